// Makes requests, lets our reader judge them, and shows the bodies of those it allows to every other parser. Batched: the parsers work beside each other.
import type { Random } from '../random.ts'
import { callDisagreement, disagreementWith, expectedOf, structOf } from './compare.ts'
import type { Judge } from './judge.ts'
import { makeRequest } from './make-requests.ts'
import type { Parser } from './parser.ts'
import type { Request } from './request.ts'

export interface Finding {
  readonly request: Request
  readonly disagreement: string
}

export interface Tally {
  readonly made: number
  readonly allowed: number
  /** Of the allowed, how many each parser accepts. */
  readonly accepted: ReadonlyMap<string, number>
  readonly findings: readonly Finding[]
}

export interface DifferentialOptions {
  readonly random: Random
  readonly mutations: number
  readonly judge: Judge
  readonly parsers: readonly Parser[]
  /** Stops after so many; 1 is enough to fail. */
  readonly maxFindings?: number
  readonly onBatch?: (tally: Tally) => void
}

const BATCH = 4_000

export async function runDifferential({ random, mutations, judge, parsers, maxFindings = 1, onBatch }: DifferentialOptions): Promise<Tally> {
  let tally: Tally = { made: 0, allowed: 0, accepted: new Map(parsers.map(({ name }) => [name, 0])), findings: [] }
  while (tally.made < mutations && tally.findings.length < maxFindings) {
    const requests = Array.from({ length: Math.min(BATCH, mutations - tally.made) }, () => makeRequest(random))
    const { allowed, accepted, findings } = await compareAll(requests, judge, parsers)
    tally = {
      made: tally.made + requests.length,
      allowed: tally.allowed + allowed,
      accepted: new Map([...tally.accepted].map(([name, count]) => [name, count + (accepted.get(name) ?? 0)])),
      findings: [...tally.findings, ...findings],
    }
    onBatch?.(tally)
  }
  return tally
}

export async function compareAll(requests: readonly Request[], judge: Judge, parsers: readonly Parser[]): Promise<Omit<Tally, 'made'>> {
  const judgedRequests = requests.flatMap((request) => {
    const judged = judge(request)
    return judged === undefined ? [] : [{ request, judged }]
  })
  const asked = judgedRequests.map(({ request }) => ({ struct: structOf(request), body: request.body }))
  const answers = await Promise.all(parsers.map((parser) => parser.read(asked)))
  const accepted = new Map(
    parsers.map(({ name }, at) => [name, answers[at]?.filter((seen) => [...seen.values()].some((text) => text !== undefined)).length ?? 0]),
  )
  const findings = judgedRequests.flatMap(({ request, judged }, at): readonly Finding[] => {
    const own = callDisagreement(request, judged)
    if (own !== undefined) return [{ request, disagreement: own }]
    const expected = expectedOf(request, judged)
    return parsers.flatMap((parser, index) => {
      const seen = answers[index]?.[at]
      const disagreement = seen === undefined ? `${parser.name} gave no answer` : disagreementWith(parser, seen, expected)
      return disagreement === undefined ? [] : [{ request, disagreement }]
    })
  })
  return { allowed: judgedRequests.length, accepted, findings }
}
