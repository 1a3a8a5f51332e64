// What was judged is what was forwarded: of every request we allow, every parser that is here sees the same document, the same call, the same arguments.
// Ten million of them: npm run fuzz -- --differential --mutations 10000000.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ourJudge } from '../src/differential/judge.ts'
import { openParsers } from '../src/differential/open-parsers.ts'
import type { OpenedParsers } from '../src/differential/open-parsers.ts'
import { compareAll, runDifferential } from '../src/differential/run-differential.ts'
import { sayFinding } from '../src/differential/say-finding.ts'
import { shrink } from '../src/differential/shrink.ts'
import { createRandom } from '../src/random.ts'
import { FOUND } from './found.ts'
import { LENIENT } from './lenient-judges.ts'

const MUTATIONS = 100_000
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)

let opened: OpenedParsers
beforeAll(async () => {
  opened = await openParsers({ fetch: false })
  for (const line of opened.skipped) process.stderr.write(`differential: skipped ${line}\n`)
}, 300_000)
afterAll(() => opened.close())

describe('the strict reader against other parsers', () => {
  it(`allows none of ${MUTATIONS} mutations in which another parser sees another call`, { timeout: 300_000 }, async () => {
    process.stderr.write(`differential: seed ${SEED}, parsers ${opened.parsers.map(({ name }) => name).join(', ')}\n`)
    const { made, allowed, accepted, findings } = await runDifferential({
      random: createRandom(SEED),
      mutations: MUTATIONS,
      judge: ourJudge,
      parsers: opened.parsers,
    })
    const smallest = await Promise.all(findings.slice(0, 1).map((finding) => shrink(finding, ourJudge, opened.parsers)))
    expect(smallest.map(sayFinding)).toEqual([])
    expect(made).toBe(MUTATIONS)
    // A comparison of nothing shows nothing: enough is allowed, and whoever is asked takes nearly all of it.
    expect(allowed).toBeGreaterThan(MUTATIONS / 5)
    for (const count of accepted.values()) expect(count).toBeGreaterThan(allowed * 0.95)
  })

  it.each(LENIENT)('would notice a reader that $what', { timeout: 120_000 }, async ({ judge, likeV8 }) => {
    if (likeV8 === true && opened.parsers.length === 1) return
    const { findings } = await runDifferential({ random: createRandom(7), mutations: 40_000, judge, parsers: opened.parsers })
    expect(findings).not.toEqual([])
  })

  it('shrinks a finding to what matters', { timeout: 120_000 }, async () => {
    const { judge } = LENIENT[0] ?? { judge: ourJudge }
    const { findings } = await runDifferential({ random: createRandom(7), mutations: 40_000, judge, parsers: opened.parsers })
    const [finding] = findings
    if (finding === undefined) throw new Error('a finding was expected')
    const { request } = await shrink(finding, judge, opened.parsers)
    expect(request.body.length).toBeLessThanOrEqual(finding.request.body.length)
    expect((await compareAll([request], judge, opened.parsers)).findings).not.toEqual([])
  })
})

describe('what the comparison once found', () => {
  it.each(FOUND)('is refused: $what', ({ request }) => expect(ourJudge(request)).toBe(undefined))
})
