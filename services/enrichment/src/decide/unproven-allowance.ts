// How many refusals of calls that showed no valid token get a record of their own. Anyone who reaches a gateway can send such calls, as many as
// they like, and each decision record is kept for good: the rest are counted, a row per reason and interval. Decides nothing about calls.
import type { Clock } from '@bailiwick/core'

export interface UnprovenAllowance {
  /** Takes one from the gateway's allowance; false when it is used up. Names are those of the configuration, so there are few. */
  take(gateway: string): boolean
}

/** A person who tries things sees each try recorded; a flood costs the journal about a megabyte an hour and gateway. */
const PER_SECOND = 1
const BURST = 60

interface Bucket {
  left: number
  atMs: number
}

export function createUnprovenAllowance(clock: Clock): UnprovenAllowance {
  const buckets = new Map<string, Bucket>()
  return {
    take(gateway) {
      const now = clock.monotonicMs()
      const bucket = buckets.get(gateway) ?? { left: BURST, atMs: now }
      bucket.left = Math.min(BURST, bucket.left + ((now - bucket.atMs) / 1000) * PER_SECOND)
      bucket.atMs = now
      buckets.set(gateway, bucket)
      if (bucket.left < 1) return false
      bucket.left -= 1
      return true
    },
  }
}
