// Task calls with a token that is bound to a key: the key is proved for this very call, once, and a child made for oneself keeps it.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newJti } from '@bailiwick/tokens'
import { makeDpopKey } from '@bailiwick/kit/dpop-key'
import type { DpopKey, ProofOptions } from '@bailiwick/kit/dpop-key'
import { delegate, ISSUER, startControlApp } from './control-app.ts'
import type { Body, ControlApp } from './control-app.ts'

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
let app: ControlApp
let key: DpopKey
let token: string
let taskId: string

beforeAll(async () => {
  app = await startControlApp()
  key = await makeDpopKey()
  const { task } = (await delegate(app, { resources: ['tickets', 'payments'], expires_in: 1800 })).body
  taskId = task.id
  const stored = await app.store.findTask(task.id)
  if (stored === undefined) throw new Error('no task')
  token = await app.keys.mintRuntimeToken({
    iss: ISSUER,
    sub: stored.subject.sub,
    subId: stored.subject.subId,
    aud: 'https://payments.example.com/mcp',
    clientId: stored.agent.clientId,
    jti: newJti(),
    iat: now(),
    exp: now() + 600,
    scope: [],
    ...(stored.act === undefined ? {} : { act: stored.act }),
    taskId: stored.id,
    kep: stored.createdRev,
    cnf: { jkt: key.jkt },
  })
})
afterAll(() => app.close())

const now = (): number => Math.floor(app.clock.nowMs() / 1000)
const proof = (change: Partial<ProofOptions> = {}, by = key): Promise<string> => by.proof({ htu: `${ISSUER}/v1/tasks`, token, now: now(), ...change })

async function child(dpop: string | undefined, change: Record<string, unknown> = {}): Promise<{ status: number; body: Body }> {
  const credential = { ...(await app.credential(app.agent)), subject_token: token, subject_token_type: ACCESS_TOKEN }
  return await app.post('/v1/tasks', { ...credential, resources: ['payments'], ...change }, dpop === undefined ? {} : { dpop })
}

async function claimsOf(taskToken: string): Promise<Body> {
  const verified = await app.keys.verifyTaskToken(taskToken, now())
  return verified.ok ? verified.value : {}
}

it('makes a child whose task token is bound to the same key', async () => {
  const made = await child(await proof())
  expect(made.status).toBe(201)
  expect(await claimsOf(made.body['task_token'])).toMatchObject({ clientId: 'refund-agent', cnf: { jkt: key.jkt } })
  expect(app.journal.records.at(-1)).toMatchObject({ kind: 'task', effect: 'allow' })
})

it('makes a child of another agent without a key that would be of no use to it', async () => {
  const made = await child(await proof(), { agent: 'helper-agent', resources: ['tickets'] })
  expect(await claimsOf(made.body['task_token'])).toMatchObject({ clientId: 'helper-agent' })
  expect(await claimsOf(made.body['task_token'])).not.toHaveProperty('cnf')
})

it('denies the call without the proof, with another’s, for another call or token, and a used one', async () => {
  const used = await proof()
  expect((await child(used)).status).toBe(201)
  const cases: readonly (readonly [string, string | undefined, string])[] = [
    ['none', undefined, 'proof_missing'],
    ['used', used, 'proof_invalid'],
    ['another key', await proof({}, await makeDpopKey()), 'proof_invalid'],
    ['another path', await proof({ htu: `${ISSUER}/v1/tasks/${taskId}/complete` }), 'proof_invalid'],
    ['the port it came in at', await proof({ htu: `${app.url}/v1/tasks` }), 'proof_invalid'],
    ['another method', await proof({ htm: 'GET' }), 'proof_invalid'],
    ['another token', await proof({ token: 'x.y.z' }), 'proof_invalid'],
    ['two', `${await proof()}, ${await proof()}`, 'proof_invalid'],
  ]
  for (const [name, dpop, reason] of cases) {
    const denied = await child(dpop)
    expect([name, denied.status, denied.body['reason']]).toEqual([name, 403, reason])
    expect(app.journal.records.at(-1)).toMatchObject({ effect: 'deny', reason })
  }
})

it('reads its task with the token under the scheme DPoP, and not without the proof', async () => {
  const path = `/v1/tasks/${taskId}`
  const headers = async (scheme: string): Promise<Record<string, string>> => ({
    'client-assertion': await app.agent.assertion({ aud: ISSUER, now: now() }),
    authorization: `${scheme} ${token}`,
  })
  const dpop = await proof({ htm: 'GET', htu: `${ISSUER}${path}` })
  expect((await app.get(path, { ...(await headers('DPoP')), dpop })).status).toBe(200)
  expect((await app.get(path, await headers('DPoP'))).body['reason']).toBe('proof_missing')
  expect((await app.get(path, await headers('Bearer'))).body['reason']).toBe('proof_missing')
})

it('takes no operator’s token under the scheme of bound ones', async () => {
  expect((await app.get('/v1/tasks', { authorization: `DPoP ${app.operatorToken}` })).status).toBe(401)
})
