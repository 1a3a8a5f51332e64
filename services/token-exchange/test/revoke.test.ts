// `POST /oauth2/revoke` (RFC 7009): an agent gives a token back; nobody gives back another's.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Fault } from '@bailiwick/core'
import type { Task } from '@bailiwick/core'
import { openBench, TYPE, URIS } from './bench.ts'
import type { Answer, Bench } from './bench.ts'
import { expectRefusal } from './expect-refusal.ts'

let bench: Bench
let task: Task

beforeAll(async () => {
  bench = await openBench()
  task = await bench.createTask()
})
afterAll(() => bench.close())

const give = async (token: string | undefined, who: 'refund' | 'other' | 'server' = 'refund'): Promise<Answer> =>
  await bench.form('/oauth2/revoke', { ...(await bench.proofOf(who)), token_type_hint: 'access_token', ...(token === undefined ? {} : { token }) })

it('ends a runtime token at once, for exchange and introspection, and again without harm (case 34)', async () => {
  const token = await bench.runtimeToken(task)
  const introspect = async () => (await bench.form('/oauth2/introspect', { ...(await bench.proofOf('server')), token })).body['active']
  expect(await introspect()).toBe(true)
  for (let time = 0; time < 2; time += 1) {
    const answer = await give(token)
    expect([answer.status, answer.headers.get('cache-control'), answer.body]).toEqual([200, 'no-store', {}])
  }
  expect(bench.journal.records.at(-1)).toMatchObject({
    kind: 'revocation',
    effect: 'allow',
    client_id: 'refund-agent',
    task: { id: task.id },
    act: { scope: { kind: 'token' } },
  })
  expect(await introspect()).toBe(false)
  const exchanged = await bench.token({ subject_token: token, subject_token_type: `${TYPE}access_token`, resource: URIS.tickets })
  expectRefusal(bench, exchanged, { error: 'invalid_request', reason: 'task_revoked' })
})

it('ends a task token: nothing is exchanged for it any more, and the task itself lives', async () => {
  const token = await bench.taskToken(task)
  expect((await give(token)).status).toBe(200)
  expectRefusal(bench, await bench.token({ subject_token: token }), { error: 'invalid_request', reason: 'task_revoked' })
  expect((await bench.token({ subject_token: await bench.taskToken(task) })).status).toBe(200)
})

it.each<[string, () => Promise<string> | string]>([
  ['nobody knows', () => 'opaque'],
  ['of somebody else', () => bench.idp.accessToken()],
  ['that has expired', () => bench.runtimeToken(task, { iat: bench.now() - 700, exp: bench.now() - 10 })],
  ['that is oversized', () => 'x'.repeat(20_000)],
])('answers 200 for a token %s (case 34)', async (_, token) => {
  expect((await give(await token())).status).toBe(200)
})

it("refuses another client's token, which then lives on", async () => {
  const token = await bench.taskToken(task)
  expectRefusal(bench, await give(token, 'other'), { error: 'unauthorized_client', reason: 'grant_not_allowed', detail: 'token_of_another_client' })
  expect((await bench.token({ subject_token: token })).status).toBe(200)
})

it('refuses strangers, other kinds of client and a request without token', async () => {
  const token = await bench.taskToken(task)
  expectRefusal(bench, await bench.form('/oauth2/revoke', { token }), { status: 401, error: 'invalid_client', reason: 'client_unauthenticated', counted: true })
  expectRefusal(bench, await give(token, 'server'), { error: 'unauthorized_client', reason: 'grant_not_allowed', detail: 'client_kind' })
  expectRefusal(bench, await give(undefined), { error: 'invalid_request', reason: 'request_malformed', counted: true })
})

it('never says done when it may not be: 503 with Retry-After while unconfirmed, failed or unrecorded', async () => {
  const token = await bench.taskToken(task)
  const revokeToken = bench.store.revokeToken.bind(bench.store)
  const refusal = { status: 503, error: 'temporarily_unavailable', reason: 'state_unavailable' } as const
  bench.store.revokeToken = async (...input) => ({ ...(await revokeToken(...input)), status: 'unconfirmed' })
  const unconfirmed = await give(token)
  expectRefusal(bench, unconfirmed, { ...refusal, detail: 'unconfirmed' })
  expect(unconfirmed.headers.get('retry-after')).toBe('1')
  bench.store.revokeToken = () => Promise.reject(new Fault('state', 'store_timeout', 'x'))
  expectRefusal(bench, await give(token), { ...refusal, detail: 'store_timeout' })
  bench.store.revokeToken = revokeToken
  bench.journal.fail('journal_full', (entry) => entry.effect === 'allow')
  expectRefusal(bench, await give(token), { ...refusal, reason: 'audit_unavailable' })
  bench.journal.heal()
  expect((await give(token)).status).toBe(200)
})
