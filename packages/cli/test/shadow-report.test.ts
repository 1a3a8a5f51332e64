import { afterAll, beforeAll, expect, it } from 'vitest'
import { json, startFakeBailiwick } from './fake-bailiwick.ts'
import type { FakeBailiwick } from './fake-bailiwick.ts'

let fake: FakeBailiwick
beforeAll(async () => {
  fake = await startFakeBailiwick()
})
afterAll(() => fake.close())

const record = (seq: number, change: object = {}) => ({
  seq,
  effect: 'shadow_allow',
  kind: 'decision',
  time: `2026-11-20T13:42:0${seq}.000Z`,
  resource: 'payments',
  reason: 'limit_exceeded',
  action: { kind: 'mcp', method: 'tools/call', name: 'refund_issue' },
  decision_id: `dec_${seq}`,
  actor: { sub: 'client:refund-agent', chain: ['client:refund-agent'] },
  ...change,
})
const OTHERS = [
  record(3, { reason: 'not_visible', action: { kind: 'mcp', method: 'tools/list' } }),
  record(2, { actor: undefined, client_id: 'triage-agent' }),
  record(1, { resource: 'models', action: { kind: 'llm', method: 'completion', name: 'gpt-4o' }, reason: 'policy_denied' }),
]

it('counts what enforcing would have stopped by resource, call, reason and agent', async () => {
  fake.answers(json(200, { items: [record(5), record(4)], next_cursor: '4' }), json(200, { items: OTHERS }))
  const { out, code } = await fake.cli(['decisions', 'report', '--shadow', '--json'])
  expect(code).toBe(0)
  const group = { resource: 'payments', call: 'tools/call refund_issue', reason: 'limit_exceeded', agent: 'client:refund-agent' }
  expect(JSON.parse(out)).toEqual({
    records: 5,
    complete: true,
    groups: [
      { ...group, count: 2, last_time: '2026-11-20T13:42:05.000Z', last_decision_id: 'dec_5' },
      { ...group, call: 'tools/list', reason: 'not_visible', count: 1, last_time: '2026-11-20T13:42:03.000Z', last_decision_id: 'dec_3' },
      { ...group, agent: 'triage-agent', count: 1, last_time: '2026-11-20T13:42:02.000Z', last_decision_id: 'dec_2' },
      {
        ...group,
        resource: 'models',
        call: 'completion gpt-4o',
        reason: 'policy_denied',
        count: 1,
        last_time: '2026-11-20T13:42:01.000Z',
        last_decision_id: 'dec_1',
      },
    ],
  })
  expect(fake.seen.map(({ path }) => path)).toEqual([
    '/v1/decisions?kind=decision&effect=shadow_allow&final=true&limit=200',
    '/v1/decisions?kind=decision&effect=shadow_allow&final=true&limit=200&cursor=4',
  ])
})

it('is a table for people, and says how much it read', async () => {
  fake.answers(json(200, { items: [record(5), record(4)], next_cursor: '4' }))
  const { out, err } = await fake.cli(['decisions', 'report', '--shadow', '--resource', 'payments', '--records', '2'])
  expect(
    out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/)),
  ).toEqual([
    ['CALLS', 'RESOURCE', 'CALL', 'REASON', 'AGENT', 'LAST', 'DECISION'],
    ['2', 'payments', 'tools/call refund_issue', 'limit_exceeded', 'client:refund-agent', '2026-11-20 13:42:05Z', 'dec_5'],
  ])
  expect(err).toContain('only the newest 2 records were read')
  expect(fake.seen[0]?.path).toBe('/v1/decisions?kind=decision&effect=shadow_allow&final=true&resource=payments&limit=2')
})

it('says where there is nothing to report', async () => {
  fake.answers(json(200, { items: [] }))
  expect(await fake.cli(['decisions', 'report', '--shadow'])).toMatchObject({ code: 0, out: '', err: expect.stringContaining('nothing') })
})

it('is no report without --shadow', async () => {
  expect(await fake.cli(['decisions', 'report'])).toMatchObject({ code: 2 })
})
