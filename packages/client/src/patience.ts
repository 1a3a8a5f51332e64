// How long to wait before asking an unavailable token service again, and when to stop waiting.
import type { Clock } from '@bailiwick/core'
import { BailiwickUnavailable } from './errors.ts'

export interface PatienceDeps {
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly wait: (ms: number) => Promise<void>
  /** How long a caller who has no usable token is kept waiting over retries. */
  readonly patienceMs: number
}

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 30_000

/** Doubles with each failure; half of it is left to chance. Never shorter than the server asked, within the longest pause. */
export function pauseAfter(failures: number, random: number, retryAfterMs = 0): number {
  const full = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 16), LONGEST_PAUSE_MS)
  return Math.max(Math.round(full * (0.5 + 0.5 * random)), Math.min(retryAfterMs, LONGEST_PAUSE_MS))
}

/** Repeats `attempt` while it is unavailable and another try still fits; every other outcome is final. */
export async function withPatience<T>({ clock, random, wait, patienceMs }: PatienceDeps, attempt: () => Promise<T>): Promise<T> {
  const giveUpAt = clock.monotonicMs() + patienceMs
  for (let failures = 0; ; failures++) {
    try {
      return await attempt()
    } catch (thrown) {
      if (!(thrown instanceof BailiwickUnavailable)) throw thrown
      const pause = pauseAfter(failures, random(), thrown.retryAfterMs)
      if (clock.monotonicMs() + pause >= giveUpAt) throw thrown
      await wait(pause)
    }
  }
}
