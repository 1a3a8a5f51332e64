// Latencies in constant memory: microseconds in buckets that grow with the value, 64 to each doubling, so a percentile is at most 1.6 %
// above the truth and never below it. An operation that was never answered counts as infinitely late. No I/O.

const SUB_BITS = 6
const SUB_COUNT = 1 << SUB_BITS
/** 2^37 us is a day and a half: nothing that is measured here lasts longer. */
const MAX_EXPONENT = 37
const BUCKETS = (MAX_EXPONENT - SUB_BITS + 2) * SUB_COUNT

export interface Histogram {
  /** Milliseconds; Infinity for what was never answered. Throws RangeError for anything that is no duration. */
  record(ms: number): void
  readonly count: number
  /** Milliseconds; `percentile` of nothing is undefined, and Infinity where that share was never answered. `share` lies in [0, 1]. */
  percentile(share: number): number | undefined
  /** Exact; undefined of nothing. */
  readonly maxMs: number | undefined
}

export function createHistogram(): Histogram {
  const counts = new Uint32Array(BUCKETS)
  let answered = 0
  let unanswered = 0
  let maxMs: number | undefined

  return {
    record(ms) {
      if (!(ms >= 0)) throw new RangeError('a duration is a number that is not negative')
      if (maxMs === undefined || ms > maxMs) maxMs = ms
      if (ms === Number.POSITIVE_INFINITY) {
        unanswered += 1
        return
      }
      answered += 1
      const bucket = bucketOf(Math.ceil(ms * 1000))
      counts[bucket] = (counts[bucket] ?? 0) + 1
    },
    get count() {
      return answered + unanswered
    },
    percentile(share) {
      if (!(share >= 0 && share <= 1)) throw new RangeError('a share lies between 0 and 1')
      const total = answered + unanswered
      if (total === 0 || maxMs === undefined) return undefined
      // The smallest value that at least this share of all values does not exceed: nearest rank.
      const rank = Math.max(1, Math.ceil(share * total))
      if (rank > answered) return Number.POSITIVE_INFINITY
      let seen = 0
      for (const [bucket, count] of counts.entries()) {
        seen += count
        if (seen >= rank) return Math.min(upperEdgeOf(bucket) / 1000, maxMs)
      }
      throw new Error('the buckets hold fewer values than were counted')
    },
    get maxMs() {
      return maxMs
    },
  }
}

/** Whole microseconds to a bucket: the first 64 each have their own, then each doubling is cut in 64. */
function bucketOf(us: number): number {
  if (us < SUB_COUNT) return us
  const exponent = Math.min(MAX_EXPONENT, Math.floor(Math.log2(us)))
  const within = Math.min(SUB_COUNT - 1, Math.floor(us / 2 ** (exponent - SUB_BITS)) - SUB_COUNT)
  return (exponent - SUB_BITS + 1) * SUB_COUNT + within
}

/** The largest whole number of microseconds in a bucket. */
function upperEdgeOf(bucket: number): number {
  if (bucket < SUB_COUNT) return bucket
  const step = 2 ** (Math.floor(bucket / SUB_COUNT) - 1)
  return (SUB_COUNT + (bucket % SUB_COUNT) + 1) * step - 1
}
