// What one reading of a body costs beside another's, on a machine that does other things too: the two take turns in batches of about a tenth of a millisecond, so
// that whatever else runs hits both, and the medians are compared. Judges nothing.
import { performance } from 'node:perf_hooks'

export interface Measured {
  readonly oursUs: number
  readonly nativeUs: number
}

export interface Readings {
  readonly ours: () => unknown
  readonly native: () => unknown
}

/** `batches`: of each, after a fifth as many to warm up. `perBatch`: readings in one. */
export function measure({ ours, native }: Readings, batches: number, perBatch: number): Measured {
  const warmUp = Math.ceil(batches / 5)
  const oursUs: number[] = []
  const nativeUs: number[] = []
  for (let batch = 0; batch < batches + warmUp; batch++) {
    const first = timeOf(ours, perBatch)
    const second = timeOf(native, perBatch)
    if (batch < warmUp) continue
    oursUs.push(first)
    nativeUs.push(second)
  }
  return { oursUs: median(oursUs), nativeUs: median(nativeUs) }
}

/** Microseconds of one reading. */
function timeOf(read: () => unknown, times: number): number {
  const from = performance.now()
  for (let turn = 0; turn < times; turn++) read()
  return ((performance.now() - from) * 1000) / times
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
