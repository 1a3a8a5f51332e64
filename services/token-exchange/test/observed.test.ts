// What exchanges tell about themselves: one count per call, a span for authenticated callers only.
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Task } from '@bailiwick/core'
import { noMetrics } from '@bailiwick/runtime'
import type { Decided, ExchangeOutcome, WalkEnd } from '@bailiwick/runtime'
import { openBench, URIS } from './bench.ts'
import type { Bench } from './bench.ts'

const OWN = '00-4bf92f3577b34da6a3ce929d0e0e4736-1111111111111111-01'

let bench: Bench
let task: Task
let subject: string
let outcomes: ExchangeOutcome[]
let decided: Decided[]
let revoked: string[]
let begun: string[]
let ended: WalkEnd[]

beforeEach(async () => {
  outcomes = []
  decided = []
  revoked = []
  begun = []
  ended = []
  bench = await openBench({
    deps: () => ({
      metrics: {
        ...noMetrics,
        exchanged: (outcome) => outcomes.push(outcome),
        decided: (one) => decided.push(one),
        revoked: (kind, status) => revoked.push(`${kind} ${status}`),
      },
      tracing: {
        begin: (walk, id) => {
          begun.push(`${walk} ${id}`)
          return { traceparent: OWN, end: (end) => ended.push(structuredClone(end)) }
        },
        close: () => Promise.resolve(),
      },
    }),
  })
  task = await bench.createTask()
  subject = await bench.taskToken(task)
})
afterEach(() => bench.close())

it('counts a token issued', async () => {
  expect((await bench.token({ subject_token: subject })).status).toBe(200)
  expect(outcomes).toEqual(['issued'])
  expect(decided).toMatchObject([{ plane: 'agents', effect: 'allow', reason: undefined }])
})

it('counts a batch once, partial where one resource was refused, with the effect of the whole', async () => {
  await bench.batch({ subject_token: subject, items: [{ resource: URIS.payments }, { resource: 'https://nobody.example/' }] })
  await bench.batch({ subject_token: subject, items: [{ resource: 'https://nobody.example/' }] })
  expect(outcomes).toEqual(['partial', 'refused'])
  expect(decided).toMatchObject([
    { effect: 'allow', reason: undefined },
    { effect: 'deny', reason: 'target_refused' },
  ])
})

it('tells what was refused from what could not be established', async () => {
  await bench.token({ subject_token: 'not-a-token' })
  bench.journal.fail('journal_full')
  await bench.token({ subject_token: subject })
  expect(outcomes).toEqual(['refused', 'unavailable'])
  expect(decided.map(({ reason }) => reason)).toEqual(['subject_invalid', 'audit_unavailable'])
})

it('traces the stages of an exchange in order, and asks the policy below its span', async () => {
  const answer = await bench.token({ subject_token: subject })
  expect(answer.status).toBe(200)
  expect(begun).toEqual([`exchange ${bench.journal.records[0]?.decision_id}`])
  expect(ended).toMatchObject([{ effect: 'allow' }])
  expect(Object.keys(ended[0]?.stages ?? {})).toEqual(['client', 'subject', 'actor', 'state', 'profile', 'policy', 'sign', 'audit'])
  expect(bench.decider.questions[0]?.traceparent).toBe(OWN)
})

it('counts a stranger, and ends no span for one', async () => {
  await bench.form('/oauth2/token', { client_assertion: 'x', client_assertion_type: 'y' })
  expect(outcomes).toEqual(['refused'])
  expect(ended).toEqual([])
})

it('counts a token given back, and not one there was nothing to do about', async () => {
  const give = async (token: string): Promise<number> => (await bench.form('/oauth2/revoke', { ...(await bench.proofOf()), token })).status
  expect(await give(await bench.runtimeToken(task))).toBe(200)
  expect(await give('opaque')).toBe(200)
  expect(revoked).toEqual(['token confirmed'])
})
