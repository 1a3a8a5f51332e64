// `POST /oauth2/introspect`: the resource a token is for learns whether the task lives now; anybody else learns nothing.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Fault } from '@bailiwick/core'
import type { Task } from '@bailiwick/core'
import { client, ISSUER, names, openBench, URIS } from './bench.ts'
import type { Answer, Bench } from './bench.ts'
import { expectRefusal } from './expect-refusal.ts'

let bench: Bench
let task: Task

beforeAll(async () => {
  bench = await openBench()
  task = await bench.createTask()
})
afterAll(() => bench.close())

const ask = async (token: string | undefined, who: 'server' | 'refund' = 'server'): Promise<Answer> =>
  await bench.form('/oauth2/introspect', { ...(await bench.proofOf(who)), ...(token === undefined ? {} : { token }) })

async function expectInactive(token: string, why: string): Promise<void> {
  const answer = await ask(token)
  expect(answer).toMatchObject({ status: 200 })
  expect(answer.body).toEqual({ active: false })
  expect(bench.journal.records.at(-1)).toMatchObject({ kind: 'introspection', effect: 'deny', detail: why, client_id: 'payments-server', resource: 'payments' })
}

it('tells the resource everything the token says, while the task lives', async () => {
  const token = await bench.runtimeToken(task, { scope: ['refund:read'], cnf: { jkt: 'k'.repeat(43) } })
  const answer = await ask(token)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.body).toEqual({
    active: true,
    iss: ISSUER,
    sub: 'corp:alice',
    sub_id: { format: 'iss_sub', iss: bench.idp.issuer, sub: 'alice' },
    aud: URIS.payments,
    client_id: 'refund-agent',
    jti: answer.body['jti'],
    iat: bench.now(),
    exp: bench.now() + 300,
    token_type: 'DPoP',
    scope: 'refund:read',
    act: task.act,
    cnf: { jkt: 'k'.repeat(43) },
    task_id: task.id,
    kep: [task.createdRev.epoch, task.createdRev.revision],
  })
  expect(bench.journal.records.at(-1)).toMatchObject({ kind: 'introspection', effect: 'allow', token: { jti: answer.body['jti'] }, task: { id: task.id } })
})

describe('a token is inactive and nothing else is said (case 34)', () => {
  it.each<[string, () => Promise<string> | string, string]>([
    ['that is none', () => 'opaque', 'token_invalid'],
    ['of another resource (case 31)', () => bench.runtimeToken(task, { aud: URIS.tickets }), 'wrong_resource'],
    ['that is a task token', () => bench.taskToken(task), 'token_invalid'],
    ["that is the user's own", () => bench.idp.accessToken(), 'token_invalid'],
    ['that has expired', () => bench.runtimeToken(task, { iat: bench.now() - 700, exp: bench.now() - 10 }), 'token_expired'],
    ['that is oversized', () => 'x'.repeat(20_000), 'token_too_large'],
    ['that says another subject than its task', () => bench.runtimeToken(task, { sub: 'corp:bob' }), 'token_invalid'],
    ['that says another client than its task', () => bench.runtimeToken(task, { clientId: client('other-agent') }), 'token_invalid'],
    [
      'that lost its actor',
      () => {
        const { act: _, ...bare } = task
        return bench.runtimeToken(bare)
      },
      'token_invalid',
    ],
    ['for a resource its task has not', async () => await bench.runtimeToken(await bench.createTask({ resources: names('tickets') })), 'token_invalid'],
  ])('%s', async (_, token, why) => {
    await expectInactive(await token(), why)
  })

  it('once its task is revoked, completed, or its own id is revoked (case 10)', async () => {
    const [one, two, three] = [await bench.createTask(), await bench.createTask(), await bench.createTask()]
    const tokens = [await bench.runtimeToken(one), await bench.runtimeToken(two), await bench.runtimeToken(three, { jti: 'j'.repeat(22) })]
    for (const token of tokens) expect((await ask(token)).body['active']).toBe(true)
    await bench.revokeTask(one)
    await bench.store.completeTask(two.id, 'client:refund-agent', bench.clock.nowMs())
    await bench.store.revokeToken('j'.repeat(22), bench.now() + 300, bench.now())
    await expectInactive(String(tokens[0]), 'task_revoked')
    await expectInactive(String(tokens[1]), 'task_completed')
    await expectInactive(String(tokens[2]), 'task_revoked')
  })

  it('when the task is revoked while the answer is recorded', async () => {
    const doomed = await bench.createTask()
    const token = await bench.runtimeToken(doomed)
    const held = bench.journal.hold((entry) => entry.effect === 'allow')
    const answering = ask(token)
    await held.waiting()
    await bench.revokeTask(doomed)
    held.release()
    expect((await answering).body).toEqual({ active: false })
    const [allow, deny] = bench.journal.records.slice(-2)
    expect([allow?.effect, deny?.effect, deny?.supersedes]).toEqual(['allow', 'deny', allow?.id])
  })
})

describe('introspection is refused', () => {
  it('to an agent, and to whoever does not authenticate', async () => {
    const token = await bench.runtimeToken(task)
    expectRefusal(bench, await ask(token, 'refund'), { error: 'unauthorized_client', reason: 'grant_not_allowed', detail: 'client_kind' })
    expectRefusal(bench, await bench.form('/oauth2/introspect', { token }), {
      status: 401,
      error: 'invalid_client',
      reason: 'client_unauthenticated',
      counted: true,
    })
  })

  it('without a token, or with two', async () => {
    expectRefusal(bench, await ask(undefined), { error: 'invalid_request', reason: 'request_malformed', counted: true })
    const twice = await bench.form('/oauth2/introspect', { ...(await bench.proofOf('server')), token: ['a', 'b'] })
    expectRefusal(bench, twice, { error: 'invalid_request', reason: 'request_malformed', counted: true })
  })

  it('with 503, never "active", when state or journal cannot be had', async () => {
    const token = await bench.runtimeToken(task)
    bench.journal.fail('journal_full', (entry) => entry.effect === 'allow')
    expectRefusal(bench, await ask(token), { status: 503, error: 'temporarily_unavailable', reason: 'audit_unavailable' })
    bench.journal.heal()
    const readStanding = bench.store.readStanding.bind(bench.store)
    bench.store.readStanding = () => Promise.reject(new Fault('state', 'store_timeout', 'x'))
    expectRefusal(bench, await ask(token), { status: 503, error: 'temporarily_unavailable', reason: 'state_unavailable' })
    bench.store.readStanding = readStanding
    const held = bench.journal.hold((entry) => entry.effect === 'allow')
    const answering = ask(token)
    await held.waiting()
    bench.clock.advance(bench.config.limits.exchangeMs)
    held.release()
    expect(expectRefusal(bench, await answering, { status: 503, error: 'temporarily_unavailable', reason: 'deadline_exceeded' })).toHaveProperty('supersedes')
    expect((await ask(token)).body['active']).toBe(true)
  })
})
