// What the exchange refuses, to an honest caller's mistake and to a hostile agent alike. One change from a request that works; each case
// asserts the wire, the reason and the audit event. The numbers are the ported cases of other token services.
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newRevocationId, newTaskId } from '@bailiwick/core'
import type { RevocationKind, Task } from '@bailiwick/core'
import { makeTestTrustDomain } from '@bailiwick/kit/test-clients'
import { newJti, openKeyRing } from '@bailiwick/tokens'
import { client, ISSUER, JWT_BEARER, JWT_SPIFFE, names, openBench, TRIAGE, TYPE, URIS } from './bench.ts'
import type { Bench, Fields } from './bench.ts'
import { expectRefusal } from './expect-refusal.ts'
import type { Refusal } from './expect-refusal.ts'

let bench: Bench
let task: Task
let subject: string

beforeAll(async () => {
  bench = await openBench()
  task = await bench.createTask()
  subject = await bench.taskToken(task)
})
afterAll(() => bench.close())

const malformed = (detail: string): Refusal => ({ error: 'invalid_request', reason: 'request_malformed', detail, counted: true })
const badSubject = (detail?: string): Refusal => ({ error: 'invalid_request', reason: 'subject_invalid', ...(detail === undefined ? {} : { detail }) })
const badActor = (detail: string): Refusal => ({ error: 'invalid_request', reason: 'actor_invalid', detail })
const badTarget = (detail: string): Refusal => ({ error: 'invalid_target', reason: 'target_refused', detail })
const stranger = (detail: string): Refusal => ({ status: 401, error: 'invalid_client', reason: 'client_unauthenticated', detail, counted: true })

interface Case {
  readonly name: string
  readonly fields: () => Fields | Promise<Fields>
  readonly refusal: Refusal
}

function refuses(cases: readonly Case[]): void {
  it.each(cases)('refuses $name', async ({ fields, refusal }) => {
    const answer = await bench.token({ subject_token: subject, ...(await fields()) })
    expectRefusal(bench, answer, refusal)
  })
}

it('starts from a request that works', async () => {
  expect((await bench.token({ subject_token: subject })).status).toBe(200)
})

describe('the request', () => {
  refuses([
    {
      name: 'a missing subject token, and never takes the client for the subject',
      fields: () => ({ subject_token: undefined }),
      refusal: malformed('subject_token_type without subject_token'),
    },
    { name: 'an empty subject token', fields: () => ({ subject_token: '' }), refusal: malformed('subject_token_type without subject_token') },
    { name: 'a blank subject token', fields: () => ({ subject_token: '  ' }), refusal: malformed('subject_token blank') },
    { name: 'a repeated subject token', fields: () => ({ subject_token: [subject, subject] }), refusal: malformed('parameter_repeated') },
    { name: 'an oversized subject token', fields: () => ({ subject_token: 'x'.repeat(20_000) }), refusal: malformed('subject_token too_large') },
    {
      name: 'an unsupported subject token type (case 1)',
      fields: () => ({ subject_token_type: `${TYPE}saml2` }),
      refusal: malformed('subject_token_type unsupported'),
    },
    { name: 'an unsupported requested type (case 2)', fields: () => ({ requested_token_type: `${TYPE}id_token` }), refusal: malformed('requested_token_type') },
    {
      name: 'an actor token type alone (case 22)',
      fields: () => ({ actor_token_type: `${TYPE}jwt` }),
      refusal: malformed('actor_token_type without actor_token'),
    },
    {
      name: 'a grant nobody may use here',
      fields: () => ({ grant_type: 'password' }),
      refusal: { error: 'unsupported_grant_type', reason: 'grant_not_allowed', counted: true },
    },
    { name: 'no target', fields: () => ({ resource: undefined }), refusal: { ...badTarget('no_target'), counted: true } },
    {
      name: 'several targets (case 23)',
      fields: () => ({ resource: [URIS.payments, URIS.tickets] }),
      refusal: { ...badTarget('several_targets'), counted: true },
    },
    {
      name: 'the task id of another task beside a token of ours',
      fields: () => ({ task_id: newTaskId(0) }),
      refusal: { error: 'invalid_request', reason: 'request_malformed', detail: 'task_id_of_another_task' },
    },
  ])

  it('refuses a body of another media type, a compressed one and an oversized one', async () => {
    const post = (headers: Record<string, string>, body: string) => bench.send('/oauth2/token', { method: 'POST', headers, body })
    const unreadable = { error: 'invalid_request', reason: 'body_unreadable', counted: true } as const
    expectRefusal(bench, await post({ 'content-type': 'application/json' }, '{}'), unreadable)
    expectRefusal(bench, await post({ 'content-type': 'application/x-www-form-urlencoded; charset=utf-7' }, 'a=b'), unreadable)
    expectRefusal(bench, await post({ 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip' }, 'a=b'), unreadable)
    expectRefusal(bench, await post({ 'content-type': 'application/x-www-form-urlencoded' }, `a=${'b'.repeat(100_000)}`), { ...unreadable, status: 413 })
  })

  it('refuses a DPoP proof that is none, rather than answer with an unbound token (case 26)', async () => {
    expectRefusal(bench, await bench.token({ subject_token: subject }, { dpop: 'x.y.z' }), { error: 'invalid_dpop_proof', reason: 'proof_invalid' })
  })
})

describe('the client', () => {
  refuses([
    { name: 'a public client (case 4)', fields: () => ({ client_assertion: undefined, client_id: 'refund-agent' }), refusal: stranger('no_credential') },
    {
      name: 'a client secret',
      fields: () => ({ client_assertion: undefined, client_id: 'refund-agent', client_secret: 'x' }),
      refusal: stranger('credential_unsupported'),
    },
    {
      name: 'two credentials in one request',
      fields: async () => ({ ...(await bench.proofOf()), client_secret: 'x' }),
      refusal: malformed('two_credentials'),
    },
    {
      name: 'an assertion for another audience',
      fields: async () => ({
        client_assertion_type: JWT_BEARER,
        client_assertion: await bench.agents.refund.assertion({ aud: `${ISSUER}/oauth2/token`, now: bench.now() }),
      }),
      refusal: stranger('audience_refused'),
    },
    {
      name: 'an assertion for us and somebody else',
      fields: async () => ({
        client_assertion_type: JWT_BEARER,
        client_assertion: await bench.agents.refund.assertion({ aud: [ISSUER, 'https://evil.example'], now: bench.now() }),
      }),
      refusal: stranger('audience_refused'),
    },
    {
      name: "another client's assertion under its own client_id",
      fields: async () => ({ ...(await bench.proofOf('other')), client_id: 'refund-agent' }),
      refusal: stranger('client_id_differs'),
    },
    {
      name: "an agent's task token as its client assertion",
      fields: () => ({ client_assertion_type: JWT_BEARER, client_assertion: subject }),
      refusal: stranger('typ_refused'),
    },
    {
      name: 'a client of kind resource, which acts for nobody',
      fields: () => bench.proofOf('server'),
      refusal: { error: 'unauthorized_client', reason: 'grant_not_allowed', detail: 'client_kind' },
    },
  ])

  it('refuses an assertion that was used before, and of many at once lets one pass', async () => {
    const assertion = await bench.agents.refund.assertion({ aud: ISSUER, now: bench.now(), jti: randomUUID() })
    const proof = { client_assertion_type: JWT_BEARER, client_assertion: assertion }
    const answers = await Promise.all(Array.from({ length: 10 }, () => bench.token({ subject_token: subject, ...proof })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const answer of answers) if (answer.status !== 200) expectRefusal(bench, answer, stranger('assertion_replayed'))
    expectRefusal(bench, await bench.token({ subject_token: subject, ...proof }), stranger('assertion_replayed'))
  })

  it('challenges a client that used the Authorization header, and takes no credential from there', async () => {
    const answer = await bench.token({ subject_token: subject, client_assertion: undefined }, { authorization: 'Basic cmVmdW5kLWFnZW50Og==' })
    expectRefusal(bench, answer, stranger('credential_unsupported'))
    expect(answer.headers.get('www-authenticate')).toContain('invalid_client')
  })
})

describe('the subject token', () => {
  refuses([
    { name: "another client's task token (case 17)", fields: () => bench.proofOf('other'), refusal: badActor('token_of_another_client') },
    {
      name: "another client's runtime token",
      fields: async () => ({ ...(await bench.proofOf('other')), subject_token: await bench.runtimeToken(task), subject_token_type: `${TYPE}access_token` }),
      refusal: badActor('token_of_another_client'),
    },
    {
      name: 'a task token as access token (case 24)',
      fields: () => ({ subject_token_type: `${TYPE}access_token` }),
      refusal: badSubject('task_token_as_access_token'),
    },
    { name: 'a task token as ID token (case 24)', fields: () => ({ subject_token_type: `${TYPE}id_token` }), refusal: badSubject('own_token_as_id_token') },
    { name: 'a runtime token as jwt', fields: async () => ({ subject_token: await bench.runtimeToken(task) }), refusal: badSubject() },
    {
      name: 'a runtime token as ID token',
      fields: async () => ({ subject_token: await bench.runtimeToken(task), subject_token_type: `${TYPE}id_token` }),
      refusal: badSubject('own_token_as_id_token'),
    },
    {
      name: 'a runtime token bound to a key, without stripping the binding (case 26)',
      fields: async () => ({ subject_token: await bench.runtimeToken(task, { cnf: { jkt: 'x'.repeat(43) } }), subject_token_type: `${TYPE}access_token` }),
      refusal: { error: 'invalid_dpop_proof', reason: 'proof_missing', detail: 'bound_subject_token' },
    },
    {
      name: 'a runtime token that lost its actor (case 19)',
      fields: async () => {
        const { act: _, ...bare } = task
        return { subject_token: await bench.runtimeToken(bare), subject_token_type: `${TYPE}access_token` }
      },
      refusal: badSubject('not_the_tasks_actor_chain'),
    },
    {
      name: 'a task token that names another subject than its task',
      fields: async () => ({ subject_token: await bench.taskToken(task, { sub: 'corp:bob' }) }),
      refusal: badSubject('not_the_tasks_subject'),
    },
    {
      name: 'a task token of a task nobody made',
      fields: async () => ({ subject_token: await bench.taskToken(task, { taskId: newTaskId(1) }) }),
      refusal: { error: 'invalid_request', reason: 'task_unknown' },
    },
    {
      name: "the agent's own client assertion",
      fields: async () => ({ subject_token: await bench.agents.refund.assertion({ aud: ISSUER, now: bench.now() }) }),
      refusal: badSubject(),
    },
    { name: 'something that is no token', fields: () => ({ subject_token: 'let-me-in' }), refusal: badSubject() },
    { name: 'a task id in place of a token', fields: () => ({ subject_token: task.id }), refusal: badSubject() },
  ])

  it('refuses a task token signed by somebody else in our name, or by us under another issuer', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bailiwick-foreign-'))
    try {
      for (const issuer of [ISSUER, 'https://staging.example.com']) {
        const foreign = await openKeyRing({ directory: join(folder, encodeURIComponent(issuer)), issuer, algorithm: 'ES256', clock: bench.clock })
        const forged = await foreign.mintTaskToken({
          iss: issuer,
          sub: task.subject.sub,
          subId: task.subject.subId,
          clientId: task.agent.clientId,
          jti: newJti(),
          iat: bench.now(),
          exp: bench.now() + 60,
          taskId: task.id,
          kep: task.createdRev,
        })
        expectRefusal(bench, await bench.token({ subject_token: forged }), badSubject())
        await foreign.close()
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('refuses a token cut short or altered anywhere', async () => {
    const step = Math.ceil(subject.length / 12)
    for (let at = 1; at < subject.length; at += step) {
      expectRefusal(bench, await bench.token({ subject_token: subject.slice(0, at) }), badSubject())
      const flipped = subject[at] === 'A' ? 'B' : 'A'
      expectRefusal(bench, await bench.token({ subject_token: `${subject.slice(0, at)}${flipped}${subject.slice(at + 1)}` }), badSubject())
    }
  })
})

describe("a user's own token", () => {
  const fields = async (token: Promise<string>, type: 'id_token' | 'access_token', change: Fields = {}): Promise<Fields> => ({
    ...(await bench.proofOf('portal')),
    subject_token: await token,
    subject_token_type: `${TYPE}${type}`,
    ...change,
  })
  let own: Task
  beforeAll(async () => {
    own = await bench.createTask({ agent: { id: 'client:support-portal', clientId: client('support-portal'), declared: false } })
  })

  refuses([
    {
      name: 'it without a task',
      fields: () => fields(bench.idp.idToken(), 'id_token'),
      refusal: { error: 'invalid_request', reason: 'request_malformed', detail: 'task_id_missing' },
    },
    {
      name: 'it with a task that has another agent, also from the launcher that made it',
      fields: () => fields(bench.idp.idToken(), 'id_token', { task_id: task.id }),
      refusal: badActor('not_the_tasks_agent'),
    },
    {
      name: 'it with a task that somebody else made (a task id opens nothing)',
      fields: async () => {
        const foreign = await bench.createTask({ createdBy: 'operator:op', createdByClient: client('other-agent'), agent: own.agent })
        return await fields(bench.idp.idToken(), 'id_token', { task_id: foreign.id })
      },
      refusal: badActor('task_of_another_creator'),
    },
    {
      name: "another user's token for this user's task",
      fields: () => fields(bench.idp.idToken({ sub: 'bob' }), 'id_token', { task_id: own.id }),
      refusal: badSubject('not_the_tasks_subject'),
    },
    ...(
      [
        ['an issuer that had the alias before', { iss: 'https://old-idp.example', kind: 'user' }],
        ['another kind of subject', { iss: '', kind: 'agent' }],
      ] as const
    ).map(([whose, { iss, kind }]) => ({
      name: `it for a task of the same sub from ${whose}`,
      fields: async () => {
        const from = iss === '' ? bench.idp.issuer : iss
        const namesake = { sub: 'corp:alice', iss: from, kind, subId: { format: 'iss_sub', iss: from, sub: 'alice' } } as const
        const other = await bench.createTask({ agent: own.agent, subject: namesake })
        return await fields(bench.idp.idToken(), 'id_token', { task_id: other.id })
      },
      refusal: badSubject('not_the_tasks_subject'),
    })),
    {
      name: 'it from a client that acts for no issuer (cases 5 and 16)',
      fields: async () => ({ ...(await fields(bench.idp.idToken(), 'id_token', { task_id: own.id })), ...(await bench.proofOf('refund')) }),
      refusal: { error: 'unauthorized_client', reason: 'grant_not_allowed', detail: 'client_may_not_act_for_issuer' },
    },
    {
      name: 'it made for another client (case 3)',
      fields: () => fields(bench.idp.idToken({ aud: 'other-app' }), 'id_token', { task_id: own.id }),
      refusal: badSubject(),
    },
    { name: 'an ID token as access token (case 24)', fields: () => fields(bench.idp.idToken(), 'access_token', { task_id: own.id }), refusal: badSubject() },
    { name: 'an access token as ID token (case 24)', fields: () => fields(bench.idp.accessToken(), 'id_token', { task_id: own.id }), refusal: badSubject() },
    {
      name: 'an ID token as jwt',
      fields: async () => ({ ...(await fields(bench.idp.idToken(), 'id_token', { task_id: own.id })), subject_token_type: `${TYPE}jwt` }),
      refusal: badSubject(),
    },
    {
      name: 'one that has expired',
      fields: () => fields(bench.idp.idToken({ exp: bench.now() - 10, iat: bench.now() - 300 }), 'id_token', { task_id: own.id }),
      refusal: { error: 'invalid_request', reason: 'token_expired' },
    },
    {
      name: 'one of an issuer nobody configured',
      fields: () => fields(bench.idp.idToken({ iss: 'https://evil.example' }), 'id_token', { task_id: own.id }),
      refusal: badSubject(),
    },
    { name: 'one in our own name', fields: () => fields(bench.idp.accessToken({ iss: ISSUER }), 'access_token', { task_id: own.id }), refusal: badSubject() },
    {
      name: 'one with a chain of actors, rather than drop it (case 19)',
      fields: () => fields(bench.idp.idToken({ act: { sub: 'x' } }), 'id_token', { task_id: own.id }),
      refusal: badSubject('foreign_act'),
    },
    {
      name: 'one with act and may_act (case 18)',
      fields: () => fields(bench.idp.idToken({ act: { sub: 'x' }, may_act: { iss: ISSUER, sub: 'support-portal' } }), 'id_token', { task_id: own.id }),
      refusal: badSubject('act_and_may_act'),
    },
    ...[
      { sub: 'client:refund-agent' },
      { iss: ISSUER, sub: 'refund-agent' },
      { iss: 'https://idp.example', sub: 'client:support-portal' },
      { client_id: 'support-portal' },
      { sub: 'client:support-portal', client_id: 'refund-agent' },
      { iss: ISSUER },
      ['client:support-portal'],
      'client:support-portal',
    ].map((mayAct) => ({
      name: `one whose may_act is ${JSON.stringify(mayAct)} (case 18)`,
      fields: () => fields(bench.idp.idToken({ may_act: mayAct }), 'id_token', { task_id: own.id }),
      refusal: badActor('may_act_names_another'),
    })),
    {
      name: 'a scope its access token lacks (case 27)',
      fields: () => fields(bench.idp.accessToken({ scope: 'openid' }), 'access_token', { task_id: own.id, scope: 'refund:read' }),
      refusal: { error: 'invalid_scope', reason: 'scope_refused' },
    },
  ])

  it('refuses a sign-in older than a cut-off of the user, though the task is newer, and takes a newer sign-in (case 30)', async () => {
    const carol = { sub: 'corp:carol', iss: bench.idp.issuer, kind: 'user', subId: { format: 'iss_sub', iss: bench.idp.issuer, sub: 'carol' } } as const
    bench.profiles.set('corp:carol', {})
    await revoke('user', carol.sub, false)
    bench.clock.advance(60_000)
    const later = await bench.createTask({ subject: carol, agent: own.agent, authenticatedAt: bench.now() })
    const old = await fields(bench.idp.idToken({ sub: 'carol', auth_time: bench.now() - 3000 }), 'id_token', { task_id: later.id })
    expectRefusal(bench, await bench.token(old), { error: 'invalid_request', reason: 'cut_off' })
    const silent = await fields(bench.idp.idToken({ sub: 'carol', auth_time: undefined }), 'id_token', { task_id: later.id })
    expectRefusal(bench, await bench.token(silent), { error: 'invalid_request', reason: 'held' })
    const fresh = await fields(bench.idp.idToken({ sub: 'carol', auth_time: bench.now() - 20 }), 'id_token', { task_id: later.id })
    expect((await bench.token(fresh)).status).toBe(200)
  })
})

describe('an actor token', () => {
  const withActor = async (token: string, type = `${TYPE}jwt`): Promise<Fields> => ({ actor_token: token, actor_token_type: type })
  const delegated = async (change: Fields): Promise<Fields> => {
    const act = { sub: TRIAGE, client_id: 'triage-agent' }
    const mine = await bench.createTask({ agent: { id: TRIAGE, clientId: client('triage-agent'), declared: false }, act, resources: names('tickets') })
    return { ...(await bench.svidProof()), subject_token: await bench.taskToken(mine), resource: URIS.tickets, ...change }
  }
  refuses([
    {
      name: 'one from a client that has no workload identity',
      fields: async () => withActor(await bench.svid()),
      refusal: badActor('actor_token_unsupported'),
    },
    {
      name: "another agent's runtime token as actor (case 17)",
      fields: async () => withActor(await bench.runtimeToken(task), `${TYPE}access_token`),
      refusal: badActor('actor_token_unsupported'),
    },
    {
      name: "another workload's SVID as actor (case 17)",
      fields: async () => delegated(await withActor(await bench.svid({ sub: 'spiffe://example.org/agent/other' }))),
      refusal: badActor('actor_token_of_another_workload'),
    },
    {
      name: 'an SVID for another audience as actor',
      fields: async () => delegated(await withActor(await bench.svid({ aud: 'https://evil.example' }))),
      refusal: badActor('token_invalid'),
    },
    {
      name: 'an SVID for us and others as actor',
      fields: async () => delegated(await withActor(await bench.svid({ aud: [ISSUER, 'https://evil.example'] }))),
      refusal: badActor('actor_token_of_several_audiences'),
    },
    {
      name: 'an ID token as actor (case 24)',
      fields: async () => delegated(await withActor(await bench.idp.idToken(), `${TYPE}id_token`)),
      refusal: badActor('actor_token_unsupported'),
    },
    {
      name: 'a workload as its own actor (case 14)',
      fields: async () => ({
        ...(await bench.svidProof()),
        subject_token: await bench.svid(),
        resource: URIS.tickets,
        ...(await withActor(await bench.svid())),
      }),
      refusal: badActor('subject_acts_for_itself'),
    },
  ])
})

describe('a workload on its own', () => {
  const alone = async (change: Fields = {}): Promise<Fields> => ({
    ...(await bench.svidProof()),
    subject_token: await bench.svid(),
    resource: URIS.tickets,
    ...change,
  })
  refuses([
    {
      name: "another workload's SVID",
      fields: async () => alone({ subject_token: await bench.svid({ sub: 'spiffe://example.org/agent/other' }) }),
      refusal: badSubject('svid_of_another_workload'),
    },
    {
      name: 'an SVID from a client that authenticated with a key',
      fields: async () => ({ subject_token: await bench.svid() }),
      refusal: badSubject('svid_of_another_workload'),
    },
    {
      name: 'an SVID for us and others',
      fields: async () => alone({ subject_token: await bench.svid({ aud: [ISSUER, 'https://evil.example'] }) }),
      refusal: badSubject('svid_of_several_audiences'),
    },
    {
      name: 'an SVID for another audience',
      fields: async () => alone({ subject_token: await bench.svid({ aud: 'https://evil.example' }) }),
      refusal: badSubject(),
    },
    { name: 'a task that a launcher made', fields: () => alone({ task_id: task.id }), refusal: badActor('task_of_another_creator') },
    { name: 'a task nobody made', fields: () => alone({ task_id: newTaskId(1) }), refusal: { error: 'invalid_request', reason: 'task_unknown' } },
    { name: 'a resource outside its template', fields: () => alone({ resource: URIS.payments }), refusal: badTarget('not_in_client_ceiling') },
  ])

  it('refuses an SVID of another trust domain, and one signed by another authority in our domain', async () => {
    const evil = await makeTestTrustDomain('evil.example')
    for (const sub of ['spiffe://evil.example/agent/triage', TRIAGE]) {
      const forged = await evil.svid({ sub, aud: ISSUER, now: bench.now() })
      expectRefusal(bench, await bench.token(await alone({ subject_token: forged })), badSubject())
      expectRefusal(bench, await bench.token({ subject_token: subject, client_assertion_type: JWT_SPIFFE, client_assertion: forged }), {
        status: 401,
        error: 'invalid_client',
        reason: 'client_unauthenticated',
        counted: true,
      })
    }
  })
})

describe('the target', () => {
  refuses([
    { name: 'a resource nobody configured (case 6)', fields: () => ({ resource: 'https://unknown.example.com/mcp' }), refusal: badTarget('resource_unknown') },
    { name: 'a resource outside the ceiling of the client (case 6)', fields: () => ({ resource: URIS.crm }), refusal: badTarget('not_in_client_ceiling') },
    {
      name: 'a resource outside the task, though the client may have it',
      fields: async () => ({ subject_token: await bench.taskToken(await bench.createTask({ resources: names('tickets') })) }),
      refusal: badTarget('not_in_task'),
    },
    {
      name: 'widening by exchange of a runtime token',
      fields: async () => {
        const narrow = await bench.createTask({ resources: names('tickets') })
        return { subject_token: await bench.runtimeToken(narrow, { aud: URIS.tickets }), subject_token_type: `${TYPE}access_token` }
      },
      refusal: badTarget('not_in_task'),
    },
    {
      name: 'a forbidden target under the other parameter',
      fields: () => ({ resource: undefined, audience: 'crm' }),
      refusal: badTarget('not_in_client_ceiling'),
    },
    { name: 'a longer URI with a known beginning (case 31)', fields: () => ({ resource: `${URIS.payments}/admin` }), refusal: badTarget('resource_unknown') },
    { name: 'another case of the path (case 31)', fields: () => ({ resource: 'https://payments.example.com/MCP' }), refusal: badTarget('resource_unknown') },
    { name: 'a relative URI (case 22)', fields: () => ({ resource: '/mcp' }), refusal: badTarget('resource_unknown') },
    { name: 'a URI with a fragment (case 22)', fields: () => ({ resource: `${URIS.payments}#x` }), refusal: badTarget('resource_unknown') },
    { name: 'our own issuer as audience', fields: () => ({ resource: undefined, audience: ISSUER }), refusal: badTarget('resource_unknown') },
  ])

  it('says the same of a resource that is forbidden and of one that does not exist', async () => {
    const [forbidden, unknown] = [
      await bench.token({ subject_token: subject, resource: URIS.payroll }),
      await bench.token({ subject_token: subject, resource: 'https://x.example/mcp' }),
    ]
    const { decision_id: _, ...first } = forbidden.body
    const { decision_id: __, ...second } = unknown.body
    expect(first).toEqual(second)
  })

  refuses([
    {
      name: 'a scope the resource does not define (case 7)',
      fields: () => ({ scope: 'refund:read root' }),
      refusal: { error: 'invalid_scope', reason: 'scope_refused', detail: 'scope_unknown' },
    },
    {
      name: 'a scope the client may not have (case 7)',
      fields: () => ({ scope: 'refund:admin' }),
      refusal: { error: 'invalid_scope', reason: 'scope_refused', detail: 'no_scope_left' },
    },
    {
      name: 'a scope of another resource',
      fields: () => ({ resource: URIS.tickets, scope: 'refund:read' }),
      refusal: { error: 'invalid_scope', reason: 'scope_refused', detail: 'scope_unknown' },
    },
    {
      name: 'more scope than the runtime token has',
      fields: async () => ({
        subject_token: await bench.runtimeToken(task, { scope: ['refund:read'] }),
        subject_token_type: `${TYPE}access_token`,
        scope: 'refund:write',
      }),
      refusal: { error: 'invalid_scope', reason: 'scope_refused', detail: 'no_scope_left' },
    },
  ])
})

async function revoke(kind: RevocationKind, id: string, hold: boolean): Promise<void> {
  const done = await bench.store.revoke({
    id: newRevocationId(bench.clock.nowMs()),
    scope: { kind, id },
    reason: 'test',
    hold,
    setBy: 'operator:test',
    atMs: bench.clock.nowMs(),
  })
  if (!done.ok) throw new Error(done.denial.reason)
}

describe('the task', () => {
  const dead = (reason: Refusal['reason']): Refusal => ({ error: 'invalid_request', reason })

  it('that was revoked, is completed or has expired gives no token (cases 11 and 20)', async () => {
    const [revoked, completed, short] = [await bench.createTask(), await bench.createTask(), await bench.createTask({ expiresAt: bench.now() + 5 })]
    const tokens = [await bench.taskToken(revoked), await bench.taskToken(completed), await bench.taskToken(short, { exp: bench.now() + 900 })]
    await bench.revokeTask(revoked)
    await bench.store.completeTask(completed.id, 'client:refund-agent', bench.clock.nowMs())
    bench.clock.advance(5_000)
    expectRefusal(bench, await bench.token({ subject_token: String(tokens[0]) }), dead('task_revoked'))
    expectRefusal(bench, await bench.token({ subject_token: String(tokens[1]) }), dead('task_completed'))
    expectRefusal(bench, await bench.token({ subject_token: String(tokens[2]) }), dead('task_expired'))
  })

  it('below a revoked one gives none, whatever token of it is shown (cases 11 and 20)', async () => {
    const parent = await bench.createTask()
    const child = await bench.createTask({ parentId: parent.id, bindingSource: 'inherited', createdByClient: client('refund-agent') })
    const [token, runtime] = [await bench.taskToken(child), await bench.runtimeToken(child)]
    expect((await bench.token({ subject_token: token })).status).toBe(200)
    await bench.revokeTask(parent)
    expectRefusal(bench, await bench.token({ subject_token: token }), dead('task_revoked'))
    expectRefusal(bench, await bench.token({ subject_token: runtime, subject_token_type: `${TYPE}access_token`, resource: URIS.tickets }), dead('task_revoked'))
  })

  it('of an agent on hold gives none, and the agent cannot start a new one', async () => {
    await revoke('agent', TRIAGE, true)
    const asked = bench.decider.questions.length
    const answer = await bench.token({ ...(await bench.svidProof()), subject_token: await bench.svid(), resource: URIS.tickets })
    expectRefusal(bench, answer, dead('held'))
    expect(bench.decider.questions).toHaveLength(asked)
  })

  it('that is cut off by its user, its creator or its resource gives none', async () => {
    for (const [kind, id] of [
      ['user', 'corp:alice'],
      ['client', 'support-portal'],
      ['resource', 'payments'],
    ] as const) {
      const fresh = await bench.createTask({ authenticatedAt: bench.now() + 30 })
      const token = await bench.taskToken(fresh)
      await revoke(kind, id, false)
      expectRefusal(bench, await bench.token({ subject_token: token }), dead('cut_off'))
      bench.clock.advance(60_000)
    }
  })

  it('whose token was revoked by id gives none with that token, and goes on with another', async () => {
    const fresh = await bench.createTask({ authenticatedAt: bench.now() })
    const jti = newJti()
    const [gone, kept] = [await bench.taskToken(fresh, { jti }), await bench.taskToken(fresh)]
    await bench.store.revokeToken(jti, fresh.expiresAt, bench.now())
    expectRefusal(bench, await bench.token({ subject_token: gone }), dead('task_revoked'))
    expect((await bench.token({ subject_token: kept })).status).toBe(200)
  })

  it('of the same client under another identity gives none', async () => {
    const agent = { id: 'spiffe://example.org/agent/refund', clientId: client('refund-agent'), declared: false }
    const elsewhere = await bench.createTask({ authenticatedAt: bench.now(), agent })
    expectRefusal(bench, await bench.token({ subject_token: await bench.taskToken(elsewhere) }), badActor('not_the_tasks_agent'))
  })

  it('with a chain that does not end in its agent gives none (case 13)', async () => {
    const broken = await bench.createTask({ authenticatedAt: bench.now(), act: { sub: 'client:other-agent', client_id: 'other-agent' } })
    expectRefusal(bench, await bench.token({ subject_token: await bench.taskToken(broken) }), badActor('broken_actor_chain'))
  })
})
