// Which code under test ran, from V8's own precise coverage through the inspector of this very process: no instrumentation, no native addon. The code keeps
// running as it is in production, only with counters.
import { Session } from 'node:inspector'
import type { Profiler } from 'node:inspector'

export interface Coverage {
  /** The points of the code that ran since the last look, as numbers that stay the same. */
  take(): ReadonlySet<number>
  close(): void
}

/** Only scripts whose URL begins with one of `prefixes` count. One at a time per process. */
export function openCoverage(prefixes: readonly string[]): Coverage {
  const session = new Session()
  session.connect()
  session.post('Profiler.enable')
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  const numbers = new Map<string, number>()
  const points = new Map<string, Set<number>>()
  const numberOf = (point: string): number => {
    const number = numbers.get(point) ?? numbers.size
    numbers.set(point, number)
    return number
  }
  return {
    take: () => {
      const ran = new Set<number>()
      // Of one's own process the answer is there before `post` returns.
      session.post('Profiler.takePreciseCoverage', (error: Error | null, answer?: Profiler.TakePreciseCoverageReturnType) => {
        if (error !== null) throw error
        for (const { url, functions } of answer?.result ?? []) {
          if (!prefixes.some((prefix) => url.startsWith(prefix))) continue
          for (const { ranges } of functions) {
            const key = `${url}:${ranges[0]?.startOffset}`
            const known = points.get(key) ?? new Set()
            points.set(key, known)
            for (const point of coveredPoints(ranges, known)) ran.add(numberOf(`${key}:${point}`))
          }
        }
      })
      return ran
    },
    close: () => {
      session.post('Profiler.stopPreciseCoverage')
      session.disconnect()
    },
  }
}

/**
 * V8 tells ranges that lie in each other, and merges neighbours of equal counts: code behind a branch that was not taken has no range of its own. So every place
 * where a range ever began or ended is a point, and a point ran when the innermost range around it did.
 */
function coveredPoints(ranges: readonly Profiler.CoverageRange[], known: Set<number>): readonly number[] {
  for (const { startOffset, endOffset } of ranges) known.add(startOffset).add(endOffset)
  return [...known].filter((point) => (ranges.findLast(({ startOffset, endOffset }) => startOffset <= point && point < endOffset)?.count ?? 0) > 0)
}
