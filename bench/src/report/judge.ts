// From measured rows to what the report says: what one operation cost in all, how many times its floor, and which budgets it keeps. No I/O.
import type { MeasuredRow } from '../run-row.ts'
import { ROWS } from '../rows.ts'
import type { Row, RowName } from '../rows.ts'

export interface JudgedRow {
  readonly row: Row
  readonly measured: MeasuredRow
  /** Microseconds of CPU that one operation cost: the process that did the work, without the load loop's own share. */
  readonly ownUs: number | null
  readonly pdpUs: number | null
  readonly totalUs: number | null
  /** Null where a row of the base was not measured. */
  readonly ratio: number | null
  readonly verdicts: readonly Verdict[]
  /** Something went wrong with the measurement itself: its numbers prove nothing. */
  readonly invalid?: string
  /** Not the rate the budgets are for: this machine did not carry that one. */
  readonly isSlower: boolean
}

export interface Verdict {
  readonly budget: 'p50' | 'p99' | 'cpu' | 'rss'
  readonly limit: number
  readonly actual: number | null
  readonly kept: boolean
}

/** A row may be there at several rates; its floor is what the bare rows cost at the same one where they were measured at it. */
export function judge(measured: readonly MeasuredRow[]): readonly JudgedRow[] {
  const loopUs = measured.find(({ name }) => name === 'loop')?.cpuUs.generator ?? 0
  const costAt = (name: RowName, rate: number): Cost => {
    const known = measured.filter((row) => row.name === name)
    const row = known.find((one) => one.rate === rate) ?? known[0]
    return row === undefined ? { ownUs: null, pdpUs: null, totalUs: null } : costsOf(row, loopUs)
  }
  return measured.flatMap((one) => {
    const row = ROWS.find(({ name }) => name === one.name)
    if (row === undefined) return []
    const cost = costsOf(one, loopUs)
    const floor = row.base.reduce<number | null>((sum, name) => plus(sum, costAt(name, one.rate).totalUs), 0)
    const ratio = cost.totalUs === null || floor === null || floor <= 0 ? null : cost.totalUs / floor
    const invalid = problemWith(one)
    const isSlower = measured.some(({ name, rate }) => name === one.name && rate > one.rate)
    return [{ row, measured: one, ...cost, ratio, isSlower, verdicts: verdictsOn(row, one, ratio), ...(invalid === undefined ? {} : { invalid }) }]
  })
}

/**
 * Latency budgets that nothing could keep on this machine at this moment: the bare call, which every decision contains, is over them alone.
 * A sentence each.
 */
export function impossibleHere(judged: readonly JudgedRow[]): readonly string[] {
  const bare = judged.find(({ row, isSlower }) => row.name === 'bare-cerbos' && !isSlower)
  if (bare === undefined) return []
  const { p50, p99 } = bare.measured.load.latencyMs
  return judged.flatMap(({ row, isSlower }) => {
    if (isSlower || !row.base.includes('bare-cerbos') || row.name === 'bare-cerbos' || row.rate !== bare.measured.rate) return []
    return (['p50', 'p99'] as const).flatMap((which) => {
      const limit = which === 'p50' ? row.budgets.p50Ms : row.budgets.p99Ms
      const alone = which === 'p50' ? p50 : p99
      if (limit === undefined || (alone !== null && alone <= limit)) return []
      return [
        `${row.title}: the bare call alone has a ${which} of ${alone === null ? 'more than the run' : `${alone.toFixed(2)} ms`}, above the ${limit} ms of the whole decision`,
      ]
    })
  })
}

interface Cost {
  readonly ownUs: number | null
  readonly pdpUs: number | null
  readonly totalUs: number | null
}

function costsOf(measured: MeasuredRow, loopUs: number): Cost {
  const { service, generator, pdp } = measured.cpuUs
  if (measured.name === 'loop') return { ownUs: generator, pdpUs: null, totalUs: generator }
  const ownUs = measured.place === 'service' ? service : generator === null ? null : Math.max(0, generator - loopUs)
  // The parts that run inside the generator ask nobody; what the decision point does meanwhile is its own housekeeping.
  const asks = measured.place === 'service' || measured.name === 'bare-cerbos'
  return { ownUs, pdpUs: asks ? pdp : null, totalUs: asks ? plus(ownUs, pdp) : ownUs }
}

function plus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b
}

function verdictsOn(row: Row, measured: MeasuredRow, ratio: number | null): readonly Verdict[] {
  const { budgets } = row
  const { latencyMs } = measured.load
  const verdicts: Verdict[] = []
  const add = (budget: Verdict['budget'], limit: number | undefined, actual: number | null): void => {
    if (limit !== undefined) verdicts.push({ budget, limit, actual, kept: actual !== null && actual <= limit })
  }
  add('p50', budgets.p50Ms, latencyMs.p50)
  add('p99', budgets.p99Ms, latencyMs.p99)
  add('cpu', budgets.timesBase, ratio)
  add('rss', budgets.rssBytes, measured.rssBytes.service)
  return verdicts
}

/** Operations failed, were not sent or not answered: the machine, or we, did not carry the rate. */
export function hasFailures(measured: MeasuredRow): boolean {
  return problemWith(measured) !== undefined
}

function problemWith({ load }: MeasuredRow): string | undefined {
  const failed = Object.entries(load.failures).map(([what, times]) => `${times} x ${what}`)
  if (load.unsent > 0) failed.push(`${load.unsent} not sent: too many under way`)
  if (load.unanswered > 0) failed.push(`${load.unanswered} never answered`)
  return failed.length === 0 ? undefined : failed.join('; ')
}
