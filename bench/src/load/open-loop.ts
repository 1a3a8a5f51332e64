// Sends operations at fixed times, whatever the answers do: each is due at its place in an even row, and its latency counts from then, not from
// when it was sent. A peer that stalls for a second is thereby charged with every operation that second should have seen (no
// coordinated omission). Bounded in count, time and operations under way. Opens no socket.
import { createHistogram } from './histogram.ts'
import type { Histogram } from './histogram.ts'
import type { Ticker } from './ticker.ts'

export interface OpenLoopOptions {
  /** Operations per second. */
  readonly rate: number
  /** Before anything is recorded, at a rate that rises evenly from nothing: a cold peer is not met with a backlog it never gets rid of. */
  readonly warmUpSeconds: number
  readonly seconds: number
  /** One that would be the next above this is not sent and counts as never answered: a peer that is this far behind has lost. */
  readonly maxInFlight: number
  /** How long after the last one its answers are waited for; what comes later counts as never answered. */
  readonly drainMs: number
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** Told the times of all operations, then asked for one after the other. */
  readonly ticker: Ticker
  /** Calls back once, after at least so many milliseconds. */
  readonly after: (ms: number, call: () => void) => void
  /** The window opens: the first operation that will be recorded is due. */
  readonly onWindowOpen: () => void
  /** The last operation was sent. */
  readonly onWindowClose: () => void
}

/** Why an operation failed, in a few words. */
export type Failure = string

/** Starts operation `n`; `done` is called once with undefined for success. What it throws counts as its failure. */
export type Operation = (n: number, done: (failure: Failure | undefined) => void) => void

export interface LoopResult {
  /** From the intended time. Operations that failed are in it as never answered: fast refusals must not flatter a percentile. */
  readonly latency: Histogram
  /** How late the loop itself sent, which `latency` includes. */
  readonly lag: Histogram
  readonly sent: number
  readonly succeeded: number
  /** Answered with a failure, by what it was; the first few kinds only. */
  readonly failures: Readonly<Record<Failure, number>>
  readonly unsent: number
  readonly unanswered: number
  readonly windowMs: number
}

const MAX_FAILURE_KINDS = 8

export function runOpenLoop(options: OpenLoopOptions, operation: Operation): Promise<LoopResult> {
  const { rate, maxInFlight, now, after } = options
  if (!(rate > 0) || !Number.isFinite(rate)) throw new RangeError('"rate" must be above 0')
  const warmUps = Math.round((rate * options.warmUpSeconds) / 2)
  const recorded = Math.max(1, Math.round(rate * options.seconds))
  const total = warmUps + recorded
  const latency = createHistogram()
  const lag = createHistogram()
  const failures: Record<Failure, number> = {}
  let next = 0
  let inFlight = 0
  let waitedFor = 0
  let sent = 0
  let succeeded = 0
  let unsent = 0
  let windowOpenedMs = 0
  let windowMs = 0
  let closed = false
  let ended = false

  return new Promise((resolve) => {
    const startMs = now()
    const windowDueMs = startMs + options.warmUpSeconds * 1000
    const dueTimes = Float64Array.from({ length: total }, (_, n) =>
      n < warmUps ? startMs + options.warmUpSeconds * 1000 * Math.sqrt(n / warmUps) : windowDueMs + ((n - warmUps) * 1000) / rate,
    )
    const dueMs = (n: number): number => dueTimes[n] ?? Number.POSITIVE_INFINITY

    const end = (): void => {
      if (ended) return
      ended = true
      const unanswered = waitedFor
      for (let n = 0; n < unanswered; n++) latency.record(Number.POSITIVE_INFINITY)
      resolve({ latency, lag, sent, succeeded, failures, unsent, unanswered, windowMs })
    }

    const start = (n: number): void => {
      const isRecorded = n >= warmUps
      if (inFlight >= maxInFlight) {
        if (!isRecorded) return
        unsent += 1
        latency.record(Number.POSITIVE_INFINITY)
        return
      }
      const intendedMs = dueMs(n)
      if (isRecorded) {
        sent += 1
        waitedFor += 1
        lag.record(Math.max(0, now() - intendedMs))
      }
      inFlight += 1
      let answered = false
      const done = (failure: Failure | undefined): void => {
        if (answered || ended) return
        answered = true
        inFlight -= 1
        if (!isRecorded) return
        waitedFor -= 1
        if (failure === undefined) {
          succeeded += 1
          latency.record(Math.max(0, now() - intendedMs))
        } else {
          countFailure(failures, failure)
          latency.record(Number.POSITIVE_INFINITY)
        }
        if (closed && waitedFor === 0) end()
      }
      try {
        operation(n, done)
      } catch (error) {
        done(error instanceof Error ? error.message : 'threw')
      }
    }

    const tick = (): void => {
      while (next < total && dueMs(next) <= now()) {
        if (next === warmUps) {
          windowOpenedMs = now()
          options.onWindowOpen()
        }
        const n = next
        next += 1
        start(n)
      }
      if (next < total) {
        options.ticker.next(tick)
        return
      }
      closed = true
      windowMs = now() - windowOpenedMs
      options.onWindowClose()
      if (waitedFor === 0) end()
      else after(options.drainMs, end)
    }
    options.ticker.begin(dueTimes)
    tick()
  })
}

function countFailure(failures: Record<Failure, number>, failure: Failure): void {
  const kind = failure in failures || Object.keys(failures).length < MAX_FAILURE_KINDS ? failure : 'other'
  failures[kind] = (failures[kind] ?? 0) + 1
}
