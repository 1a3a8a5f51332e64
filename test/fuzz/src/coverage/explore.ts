// The loop: mutate what was interesting, run it, keep what ran code that nothing before it ran. Inputs run in batches, because looking at the coverage costs
// more than running does; a batch that ran something new is run again in halves, until it is known which input did.
import type { Random } from '../random.ts'
import type { Coverage } from './coverage.ts'

export interface Target<T> {
  mutate(input: T, random: Random): T
  /** What is wrong with how the input was treated; undefined when nothing is. What it throws is wrong too. */
  run(input: T): string | undefined
}

export interface Problem<T> {
  readonly input: T
  readonly problem: string
}

export interface Explored<T> {
  readonly runs: number
  /** How many different points of the code ran. */
  readonly points: number
  /** Those that ran something new, seeds first. */
  readonly corpus: readonly T[]
  readonly problems: readonly Problem<T>[]
}

export interface ExploreOptions<T> {
  readonly random: Random
  readonly coverage: Coverage
  readonly target: Target<T>
  readonly seeds: readonly T[]
  /** Asked between batches. */
  readonly goOn: (sofar: Explored<T>) => boolean
}

const BATCH = 2_000
const MOST_MUTATIONS = 4
const MAX_PROBLEMS = 10
/** What was found last is mutated more often. */
const LATEST = 32

export function explore<T>({ random, coverage, target, seeds, goOn }: ExploreOptions<T>): Explored<T> {
  const known = new Set<number>()
  const corpus: T[] = []
  const problems: Problem<T>[] = []
  let runs = 0

  function run(input: T): void {
    runs += 1
    const problem = problemOf(target, input)
    if (problem !== undefined && problems.length < MAX_PROBLEMS && problems.every((each) => each.problem !== problem)) problems.push({ input, problem })
  }

  function runAll(inputs: readonly T[]): void {
    for (const input of inputs) run(input)
    const fresh = new Set([...coverage.take()].filter((point) => !known.has(point)))
    for (const point of fresh) known.add(point)
    if (fresh.size > 0) sift(inputs, fresh)
  }

  /** Whichever of `inputs` runs one of the fresh points is kept; a point counts for the first. What runs in a batch and not again (a cache, a first call) is nobody's. */
  function sift(inputs: readonly T[], fresh: Set<number>): void {
    const [first] = inputs
    if (first === undefined || fresh.size === 0) return
    if (inputs.length === 1) {
      corpus.push(first)
      return
    }
    const middle = inputs.length >>> 1
    for (const half of [inputs.slice(0, middle), inputs.slice(middle)]) {
      for (const input of half) run(input)
      const own = new Set([...coverage.take()].filter((point) => fresh.has(point)))
      for (const point of own) fresh.delete(point)
      if (own.size > 0) sift(half, own)
    }
  }

  coverage.take()
  runAll(seeds)
  const sofar = (): Explored<T> => ({ runs, points: known.size, corpus, problems })
  while (problems.length < MAX_PROBLEMS && goOn(sofar())) {
    const from = corpus.length === 0 ? seeds : corpus
    runAll(
      Array.from({ length: BATCH }, () => {
        let input = random.pick(random.oneIn(2) ? from : from.slice(-LATEST))
        for (let left = 1 + random.below(MOST_MUTATIONS); left > 0; left--) input = target.mutate(input, random)
        return input
      }),
    )
  }
  return sofar()
}

function problemOf<T>(target: Target<T>, input: T): string | undefined {
  try {
    return target.run(input)
  } catch (error) {
    return `it threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`
  }
}
