import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { openCoverage } from '../src/coverage/coverage.ts'
import type { Coverage } from '../src/coverage/coverage.ts'
import { explore } from '../src/coverage/explore.ts'
import type { Target } from '../src/coverage/explore.ts'
import { readCorpus } from '../src/coverage/corpus.ts'
import { problemWith } from '../src/coverage/reader-target.ts'
import { documentedRequests } from '../src/coverage/seeds.ts'
import { createRandom } from '../src/random.ts'
import { enter } from './deep.ts'

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const words: Target<string> = {
  mutate: (word, random) => {
    const at = random.below(word.length)
    return `${word.slice(0, at)}${LETTERS[random.below(LETTERS.length)] ?? ''}${word.slice(at + 1)}`
  },
  run: enter,
}

describe('the exploration', () => {
  let coverage: Coverage | undefined
  afterEach(() => {
    coverage?.close()
    coverage = undefined
  })
  // A test runner that transforms names scripts by path, Node by URL.
  const open = (file: URL): Coverage => (coverage = openCoverage([file.href, fileURLToPath(file)]))

  it('reaches code behind four conditions that no single guess passes, and reports what is wrong there', () => {
    const { problems, corpus } = explore({
      random: createRandom(1),
      coverage: open(new URL('./deep.ts', import.meta.url)),
      target: words,
      seeds: ['aaaaaa'],
      goOn: ({ runs, problems: found }) => found.length === 0 && runs < 100_000,
    })
    expect(problems.map(({ problem }) => problem)).toEqual(['the last door is open'])
    expect(corpus.length).toBeGreaterThan(3)
  })

  it('does not get there without looking at the coverage', () => {
    const { problems } = explore({
      random: createRandom(1),
      coverage: { take: () => new Set(), close: () => undefined },
      target: words,
      seeds: ['aaaaaa'],
      goOn: ({ runs }) => runs < 100_000,
    })
    expect(problems).toEqual([])
  })

  it('takes a throw for a problem, once', () => {
    const { problems } = explore<number>({
      random: createRandom(1),
      coverage: open(new URL('./nothing.ts', import.meta.url)),
      target: {
        mutate: (input) => input + 1,
        run: () => {
          throw new RangeError('planted')
        },
      },
      seeds: [0],
      goOn: ({ runs }) => runs < 100,
    })
    expect(problems).toEqual([{ input: 0, problem: 'it threw RangeError: planted' }])
  })
})

describe('the corpus', () => {
  it('and every seed is treated as it must be', () => {
    const seeds = [...documentedRequests(), ...readCorpus()]
    expect(readCorpus().length).toBeGreaterThan(100)
    expect(seeds.flatMap((request) => problemWith(request) ?? [])).toEqual([])
  })
})
