// `POST /oauth2/token-batch`: several resources of one task in one call, each with its own answer, one record, one last check.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decodeJwt } from 'jose'
import { newRevocationId } from '@bailiwick/core'
import type { Task } from '@bailiwick/core'
import { names, openBench, TRIAGE, TYPE, URIS } from './bench.ts'
import type { Answer, Bench } from './bench.ts'
import { expectRefusal } from './expect-refusal.ts'

let bench: Bench
let task: Task
let subject: string

beforeEach(async () => {
  bench = await openBench()
  task = await bench.createTask()
  subject = await bench.taskToken(task)
})
afterEach(() => bench.close())

interface BatchItem {
  readonly resource: unknown
  readonly token?: string
  readonly reason?: unknown
  readonly error?: unknown
}

function itemsOf(answer: Answer): readonly BatchItem[] {
  const { items } = answer.body
  if (answer.status !== 200 || !Array.isArray(items)) throw new Error(JSON.stringify(answer.body))
  return items.map((item: Readonly<Record<string, unknown>>) => ({
    resource: item['resource'],
    ...(typeof item['access_token'] === 'string' ? { token: item['access_token'] } : {}),
    ...(item['reason'] === undefined ? {} : { reason: item['reason'], error: item['error'] }),
  }))
}

const audOf = (item: BatchItem | undefined): unknown => decodeJwt(item?.token ?? '').aud

it('gives "all" resources of the task, each its own token, under one record', async () => {
  const answer = await bench.batch({ subject_token: subject })
  expect(answer.body['task_id']).toBe(task.id)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  const items = itemsOf(answer)
  expect(items.map(({ resource }) => resource)).toEqual([URIS.models, URIS.tickets, URIS.payments])
  expect(items.map(audOf)).toEqual([URIS.models, URIS.tickets, URIS.payments])
  const jtis = items.map(({ token = '' }) => decodeJwt(token).jti)
  expect(new Set(jtis).size).toBe(3)
  expect(bench.journal.records).toHaveLength(1)
  expect(bench.journal.records[0]?.issued?.map(({ jti }) => jti)).toEqual(jtis)
  expect(bench.decider.questions).toHaveLength(1)
  const first: unknown = Array.isArray(answer.body['items']) ? answer.body['items'][0] : undefined
  expect(first).toEqual({
    resource: URIS.models,
    resource_name: 'models',
    access_token: items[0]?.token,
    issued_token_type: `${TYPE}access_token`,
    token_type: 'Bearer',
    expires_in: 600,
  })
})

it('answers each item in the order asked, refused beside granted, by name or URI as it was asked', async () => {
  bench.decider.script(({ resource }) => (resource.id === 'tickets' ? { effect: 'deny', reason: 'Not now.', remediation: { type: 'wait' } } : 'allow'))
  const asked = [
    { resource: 'tickets' },
    { resource: URIS.crm },
    { resource: 'payments', scope: 'refund:read' },
    { resource: 'https://no.example/mcp' },
    { resource: URIS.models, scope: 'x' },
  ]
  const answer = await bench.batch({ subject_token: subject, items: asked })
  const items = itemsOf(answer)
  expect(items.map(({ resource }) => resource)).toEqual(asked.map(({ resource }) => resource))
  expect(items.map(({ reason }) => reason)).toEqual(['policy_denied', 'target_refused', undefined, 'target_refused', 'scope_refused'])
  expect(items.map(({ error }) => error)).toEqual(['invalid_target', 'invalid_target', undefined, 'invalid_target', 'invalid_scope'])
  expect(answer.body['items']).toMatchObject([{ error_description: 'Not now.', remediation: { type: 'wait' } }, {}, { scope: 'refund:read' }, {}, {}])
  expect(audOf(items[2])).toBe(URIS.payments)
  expect(bench.journal.records.at(-1)).toMatchObject({
    effect: 'allow',
    issued: [{ resource: 'payments', scope: 'refund:read' }],
    act: {
      items: [
        { resource: 'tickets', effect: 'deny', reason: 'policy_denied', policy_reason: 'Not now.' },
        { resource: URIS.crm, effect: 'deny', reason: 'target_refused', detail: 'not_in_client_ceiling' },
        { resource: 'payments', effect: 'allow' },
        { effect: 'deny', reason: 'target_refused', detail: 'resource_unknown' },
        { effect: 'deny', reason: 'scope_refused' },
      ],
    },
  })
})

it('answers item by item also when every one is refused, and records a deny', async () => {
  bench.decider.script('deny')
  const items = itemsOf(await bench.batch({ subject_token: subject }))
  expect(items.map(({ reason }) => reason)).toEqual(['policy_denied', 'policy_denied', 'policy_denied'])
  expect(bench.journal.records).toMatchObject([{ effect: 'deny', reason: 'policy_denied' }])
  expect(bench.journal.records[0]).not.toHaveProperty('issued')
})

it('refuses the second of two spellings of one resource', async () => {
  const items = itemsOf(await bench.batch({ subject_token: subject, items: [{ resource: 'payments' }, { resource: URIS.payments }] }))
  expect(items.map(({ reason }) => reason)).toEqual([undefined, 'target_refused'])
  expect(bench.decider.questions.at(-1)?.items).toHaveLength(1)
})

it('boots a workload: one task from the template, a token for each of its resources', async () => {
  const answer = await bench.batch({ ...(await bench.svidProof()), subject_token: await bench.svid() })
  expect(itemsOf(answer).map(audOf)).toEqual([URIS.models, URIS.tickets, URIS.crm])
  expect((await bench.store.listTasks({ sub: TRIAGE, limit: 10 }, bench.now())).items.map(({ id }) => id)).toEqual([answer.body['task_id']])
})

it('leaves out a resource on hold and gives the others', async () => {
  const scope = { kind: 'resource', id: 'payments' } as const
  await bench.store.revoke({ id: newRevocationId(bench.clock.nowMs()), scope, reason: 'x', hold: true, setBy: 'operator:test', atMs: bench.clock.nowMs() })
  const fresh = await bench.createTask({ resources: names('models', 'tickets'), authenticatedAt: bench.now() })
  const items = itemsOf(await bench.batch({ subject_token: await bench.taskToken(fresh), items: [{ resource: 'models' }, { resource: 'payments' }] }))
  expect(items.map(({ reason }) => reason)).toEqual([undefined, 'target_refused'])
  // The older task had the resource: it is cut off there, and lives elsewhere.
  const older = itemsOf(await bench.batch({ subject_token: subject, items: [{ resource: 'payments' }, { resource: 'models' }] }))
  expect(older.map(({ reason }) => reason)).toEqual(['cut_off', undefined])
})

describe('the whole call', () => {
  it.each<[string, () => Promise<Readonly<Record<string, unknown>>> | Readonly<Record<string, unknown>>, Parameters<typeof expectRefusal>[2]]>([
    ['another client', () => bench.proofOf('other'), { error: 'invalid_request', reason: 'actor_invalid' }],
    [
      'a stranger',
      () => ({ client_assertion: 'a.b.c', client_assertion_type: 'x' }),
      { status: 401, error: 'invalid_client', reason: 'client_unauthenticated', counted: true },
    ],
    ['a bad subject token', () => ({ subject_token: 'a.b.c' }), { error: 'invalid_request', reason: 'subject_invalid' }],
    [
      'no subject token',
      () => ({ subject_token: undefined, subject_token_type: undefined }),
      { error: 'invalid_request', reason: 'request_malformed', counted: true },
    ],
    [
      'too many items',
      () => ({ items: Array.from({ length: 21 }, (_, at) => ({ resource: `r${at}` })) }),
      { error: 'invalid_target', reason: 'target_refused', counted: true },
    ],
    ['no items', () => ({ items: [] }), { error: 'invalid_request', reason: 'request_malformed', counted: true }],
    ['items that are a text other than "all"', () => ({ items: 'any' }), { error: 'invalid_request', reason: 'request_malformed', counted: true }],
    ['items left out', () => ({ items: undefined }), { error: 'invalid_request', reason: 'request_malformed', counted: true }],
    [
      'an item with an unknown member',
      () => ({ items: [{ resource: 'payments', audience: 'crm' }] }),
      { error: 'invalid_request', reason: 'request_malformed', counted: true },
    ],
    ['an item without resource', () => ({ items: [{ scope: 'x' }] }), { error: 'invalid_request', reason: 'request_malformed', counted: true }],
    [
      'the same resource twice',
      () => ({ items: [{ resource: 'payments' }, { resource: 'payments' }] }),
      { error: 'invalid_request', reason: 'request_malformed', counted: true },
    ],
    ['an unknown member', () => ({ sub: 'corp:bob' }), { error: 'invalid_request', reason: 'request_malformed', counted: true }],
    ['a member of another type', () => ({ task_id: 7 }), { error: 'invalid_request', reason: 'request_malformed', counted: true }],
  ])('is refused to or for %s', async (_, change, refusal) => {
    expectRefusal(bench, await bench.batch({ subject_token: subject, ...(await change()) }), refusal)
  })

  it.each([
    ['a member twice', '{"items":"all","items":"all"}'],
    ['a member in another case beside it', '{"subject_token":"a","Subject_Token":"b"}'],
    ['bytes after the end', '{"items":"all"} {}'],
    ['an array', '[{"items":"all"}]'],
    ['no JSON', 'items=all'],
  ])('is refused with %s in its JSON', async (_, body) => {
    const answer = await bench.send('/oauth2/token-batch', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    expect(bench.journal.refusals).toHaveLength(1)
  })

  it('is refused when the task is dead', async () => {
    await bench.revokeTask(task)
    expectRefusal(bench, await bench.batch({ subject_token: subject }), { error: 'invalid_request', reason: 'task_revoked' })
  })

  it('is refused when the task is revoked while the record is written: nothing is released', async () => {
    const held = bench.journal.hold((entry) => entry.effect === 'allow')
    const answering = bench.batch({ subject_token: subject })
    await held.waiting()
    await bench.revokeTask(task)
    held.release()
    const answer = await answering
    expectRefusal(bench, answer, { error: 'invalid_request', reason: 'task_revoked' })
    const records = await bench.journal.decision(String(answer.body['decision_id']))
    expect(records.map(({ effect }) => effect)).toEqual(['allow', 'deny'])
    expect(records[1]?.act).toMatchObject({ withheld: records[0]?.issued?.map(({ jti }) => jti) })
  })

  it('is refused when only one of its resources is cut off in that moment: a record is released whole or not at all', async () => {
    const held = bench.journal.hold((entry) => entry.effect === 'allow')
    const answering = bench.batch({ subject_token: subject })
    await held.waiting()
    const scope = { kind: 'resource', id: 'payments' } as const
    await bench.store.revoke({ id: newRevocationId(bench.clock.nowMs()), scope, reason: 'x', hold: false, setBy: 'operator:test', atMs: bench.clock.nowMs() })
    held.release()
    expectRefusal(bench, await answering, { error: 'invalid_request', reason: 'cut_off' })
  })
})
