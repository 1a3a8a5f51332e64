// The canary of this node, round after round until the process ends, with its numbers. The first round comes after one interval: a start is busy enough.
import type { Logger, Metrics } from '@bailiwick/runtime'
import type { Canary, CanaryRound } from './canary.ts'

export interface CanaryScheduleDeps {
  readonly canary: Canary
  readonly everySeconds: number
  readonly log: Logger
  readonly metrics: Pick<Metrics, 'canaried'>
}

export function startCanary({ canary, everySeconds, log, metrics }: CanaryScheduleDeps): { close(): Promise<void> } {
  let running: Promise<void> = Promise.resolve()
  let closed = false
  const tell = ({ outcome, ms, cause }: CanaryRound): void => {
    metrics.canaried({ outcome, ...(ms === undefined ? {} : { ms }) })
    if (outcome === 'allowed_after') log.error({ outcome, ms }, 'a check that began after a confirmed revocation allowed: the promise is broken on this node')
    else if (outcome !== 'denied') log.warn({ outcome, err: cause }, 'the revocation canary measured nothing')
  }
  const schedule = (): NodeJS.Timeout => {
    // Up to a tenth earlier or later, so that nodes started together do not act together.
    const timer = setTimeout(
      () => {
        running = canary.round().then((round) => {
          tell(round)
          if (!closed) next = schedule()
        })
      },
      everySeconds * 1000 * (0.9 + Math.random() * 0.2),
    )
    timer.unref()
    return timer
  }
  let next = schedule()
  return {
    async close() {
      closed = true
      clearTimeout(next)
      await running
    },
  }
}
