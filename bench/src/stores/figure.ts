// One figure of a store: latencies of one thing done again and again, and the budget it has. Printing and arithmetic only.

export interface Figure {
  readonly what: string
  /** Milliseconds, one each. */
  readonly times: readonly number[]
  /** `p50 <= 0.1 ms`: which percentile, and at most how many milliseconds. */
  readonly budget?: { readonly percentile: 0.5 | 0.99 | 1; readonly ms: number }
}

export function printFigures(say: (line: string) => void, figures: readonly Figure[]): void {
  say(row('', 'n', 'p50 ms', 'p99 ms', 'max ms', 'budget', ''))
  for (const { what, times, budget } of figures) {
    if (times.length === 0) {
      say(row(what, 'not to be had here'))
      continue
    }
    const sorted = times.toSorted((a, b) => a - b)
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
    const name = budget === undefined ? '' : budget.percentile === 1 ? 'max' : `p${budget.percentile * 100}`
    const judged = budget === undefined ? '' : at(budget.percentile) <= budget.ms ? 'kept' : 'missed'
    say(row(what, String(times.length), text(at(0.5)), text(at(0.99)), text(at(1)), budget === undefined ? '' : `${name} ${budget.ms}`, judged))
  }
}

function text(ms: number): string {
  return ms < 1 ? ms.toFixed(4) : ms.toFixed(2)
}

function row(what: string, ...cells: readonly string[]): string {
  return `${what.padEnd(52)}${cells.map((cell) => cell.padStart(11)).join('')}`.trimEnd()
}

export async function timed(times: number, once: (n: number) => Promise<unknown>): Promise<readonly number[]> {
  const taken: number[] = []
  for (let n = 0; n < times; n++) {
    const from = performance.now()
    await once(n)
    taken.push(performance.now() - from)
  }
  return taken
}

/** So many at a time, each as soon as the one before it in its lane is there. */
export async function timedAtOnce(atOnce: number, times: number, once: (n: number) => Promise<unknown>): Promise<readonly number[]> {
  const lanes = await Promise.all(Array.from({ length: atOnce }, (_, lane) => timed(times / atOnce, (n) => once(n * atOnce + lane))))
  return lanes.flat()
}
