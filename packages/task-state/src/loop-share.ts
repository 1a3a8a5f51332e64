// How much of the event loop a kind of work takes: slices of so long, each followed by a rest in which everything else has the loop to itself. Decisions
// come first: they cross the loop several times, and wait for what is in a slice each time. Order is kept; nothing is ever dropped. No I/O.
import type { Clock } from '@bailiwick/core'

export interface LoopShareOptions {
  /** How long one slice may go on taking more. What it has taken it finishes. */
  readonly sliceMs: number
  /** Rest after a slice, in times of what the slice took. 0: only whatever the loop has to do is let in between. */
  readonly rest: number
}

export interface LoopShare {
  /** Runs `slice` in a turn of its own, after those asked for before and the rest that is due. `goOn` turns false once its time is over. */
  next(slice: (goOn: () => boolean) => void): void
  /** Runs `work` now where nobody waits and no rest is due: what comes alone pays no turn. False where it did not. */
  now(work: () => void): boolean
}

/** A disk that hangs in a slice must not put the next one off for as long again: revocations are answered within a second. */
const LONGEST_REST_MS = 20
/** A rest shorter than a timer can be is carried on to the next slice's. */
const TIMER_MS = 1

/**
 * Revocations take a third of the loop at most: of ten thousand in a second each is a little later, and the decisions between them are not. What the
 * disk takes in a slice counts too.
 */
export const OF_REVOCATIONS: LoopShareOptions = { sliceMs: 1, rest: 2 }
/** Everything else that is written: a decision may be what waits for it. */
export const OF_OTHER_WRITES: LoopShareOptions = { sliceMs: 1.5, rest: 0 }

export function createLoopShare(clock: Clock, { sliceMs, rest }: LoopShareOptions): LoopShare {
  const waiting: ((goOn: () => boolean) => void)[] = []
  let scheduled = false
  let restsUntil = 0

  function schedule(): void {
    if (scheduled || waiting.length === 0) return
    scheduled = true
    const restMs = restsUntil - clock.monotonicMs()
    if (restMs < TIMER_MS) setImmediate(run)
    else setTimeout(run, restMs)
  }

  function run(): void {
    scheduled = false
    const slice = waiting.shift()
    try {
      if (slice !== undefined) timed(slice)
    } finally {
      schedule()
    }
  }

  function timed(slice: (goOn: () => boolean) => void): void {
    const began = clock.monotonicMs()
    try {
      slice(() => clock.monotonicMs() - began < sliceMs)
    } finally {
      const ended = clock.monotonicMs()
      restsUntil = Math.min(Math.max(restsUntil, ended) + (ended - began) * rest, ended + LONGEST_REST_MS)
    }
  }

  return {
    next(slice) {
      waiting.push(slice)
      schedule()
    },
    now(work) {
      if (waiting.length > 0 || clock.monotonicMs() < restsUntil) return false
      timed(work)
      return true
    },
  }
}
