// Wakes the load loop when an operation is due. A timer of Node's is up to a millisecond late, half of it on average, and that is no latency of
// anybody's: a thread of its own waits to the tenth of a millisecond and sends a message. Knows the times, not the operations.
import { Worker } from 'node:worker_threads'

export interface Ticker {
  /** Once, before anything else: when something is due, in milliseconds of `performance.now()`, rising. */
  begin(dueMs: Float64Array): void
  /** Calls back at the next of these times, or soon after; when it was late itself perhaps also with nothing new due. One call waits at a time. */
  next(call: () => void): void
}

/** What the thread is given: the times in milliseconds of `monotonicMs()`, which counts alike in every thread. */
export interface TickerData {
  readonly dueMs: Float64Array
}

/** So that what woke us is due by our own clock too: the two are read one after the other. */
const MARGIN_MS = 0.02

export function startTicker(): Ticker {
  let waiting: (() => void) | undefined
  return {
    begin(dueMs) {
      const offsetMs = monotonicMs() - performance.now() + MARGIN_MS
      const workerData: TickerData = { dueMs: dueMs.map((ms) => ms + offsetMs) }
      const thread = new Worker(new URL('./ticker-thread.ts', import.meta.url), { workerData, env: {}, execArgv: [] })
      thread.on('message', () => {
        const call = waiting
        waiting = undefined
        call?.()
      })
    },
    next(call) {
      waiting = call
    },
  }
}

/** The process's own `performance.now()` begins anew in each thread; this does not. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e3 + nanoseconds / 1e6
}
