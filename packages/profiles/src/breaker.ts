// Stops asking what does not answer: after some failures in a row nothing is asked for a pause, then one probe at a time; each failed probe
// doubles the pause. Pure over the clock; no timers.
import type { Clock } from '@bailiwick/core'

export interface BreakerDeps {
  readonly clock: Clock
  readonly failuresToOpen: number
  readonly firstPauseMs: number
  readonly longestPauseMs: number
}

export interface Breaker {
  /** Whether to ask now. After a pause, true once: that caller is the probe, and must report. */
  admits(): boolean
  succeeded(): void
  /** `pauseMs`: what the other side asked for (Retry-After); opens at once. */
  failed(pauseMs?: number): void
  /** A probe that ended without telling anything about the other side. */
  abandoned(): void
  readonly open: boolean
}

export function createBreaker({ clock, failuresToOpen, firstPauseMs, longestPauseMs }: BreakerDeps): Breaker {
  let failures = 0
  let pauseMs = firstPauseMs
  let openUntilMs: number | undefined
  let probing = false

  return {
    admits() {
      if (openUntilMs === undefined) return true
      if (probing || clock.monotonicMs() < openUntilMs) return false
      probing = true
      return true
    },
    succeeded() {
      failures = 0
      pauseMs = firstPauseMs
      openUntilMs = undefined
      probing = false
    },
    failed(askedMs) {
      failures += 1
      const wasProbe = probing
      probing = false
      if (askedMs === undefined && openUntilMs !== undefined && !wasProbe) return
      if (askedMs === undefined && failures < failuresToOpen) return
      if (wasProbe) pauseMs = Math.min(longestPauseMs, pauseMs * 2)
      openUntilMs = clock.monotonicMs() + Math.min(longestPauseMs, Math.max(pauseMs, askedMs ?? 0))
    },
    abandoned() {
      probing = false
    },
    get open() {
      return openUntilMs !== undefined
    },
  }
}
