// Entry of the ticker's thread: one message for each time that is reached, one for all that were reached together. Ends after the last.
import { parentPort, workerData } from 'node:worker_threads'
import { monotonicMs } from './ticker.ts'
import type { TickerData } from './ticker.ts'

// oxlint-disable-next-line typescript/no-unsafe-assignment -- written by the loop that started this thread
const { dueMs }: TickerData = workerData
/** Nobody ever wakes it: waiting for it is sleeping, and finer than any timer. */
const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))

for (let n = 0; n < dueMs.length;) {
  const leftMs = (dueMs[n] ?? 0) - monotonicMs()
  if (leftMs > 0) {
    Atomics.wait(never, 0, 0, leftMs)
    continue
  }
  const now = monotonicMs()
  while (n < dueMs.length && (dueMs[n] ?? 0) <= now) n += 1
  parentPort?.postMessage(undefined)
}
