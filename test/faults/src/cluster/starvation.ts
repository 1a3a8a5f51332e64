// How long the machine kept work waiting for a processor, from Linux's own account (/proc/pressure/cpu, "some"). What was late while nothing could run says
// nothing of the product. Where there is no such account nothing is excused.
import { readFileSync } from 'node:fs'
import { nowNs } from '../clock.ts'

export interface Starvation {
  /** At most the time between the two. Rounded up to the readings around them. */
  between(fromNs: number, toNs: number): number
  stop(): void
}

const READ_EVERY_MS = 50
const ACCOUNT = '/proc/pressure/cpu'

export function watchStarvation(): Starvation {
  const readings: { readonly atNs: number; readonly waitedNs: number }[] = []
  const read = (): void => {
    const waitedNs = waitedSoFar()
    if (waitedNs !== undefined) readings.push({ atNs: nowNs(), waitedNs })
  }
  read()
  const timer = setInterval(read, READ_EVERY_MS)
  timer.unref()
  return {
    between(fromNs, toNs) {
      const first = readings[Math.max(0, lowerBound(readings, fromNs) - 1)]
      const last = readings[Math.min(readings.length - 1, lowerBound(readings, toNs))]
      return first === undefined || last === undefined ? 0 : Math.min(last.waitedNs - first.waitedNs, toNs - fromNs)
    },
    stop: () => clearInterval(timer),
  }
}

function waitedSoFar(): number | undefined {
  try {
    const total = /^some .*total=(\d+)/m.exec(readFileSync(ACCOUNT, 'utf8'))?.[1]
    return total === undefined ? undefined : Number(total) * 1_000
  } catch {
    return undefined
  }
}

/** The first reading at or after the time. */
function lowerBound(readings: readonly { readonly atNs: number }[], atNs: number): number {
  let [low, high] = [0, readings.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((readings[middle]?.atNs ?? 0) < atNs) low = middle + 1
    else high = middle
  }
  return low
}
