import { describe, expect, it } from 'vitest'
import { createLauncher } from '../src/index.ts'
import type { LaunchRequest } from '../src/index.ts'
import { CLIENT, DECISION, fakeBailiwick, ID_TOKEN, ISSUER, json, jws, oauthError, PAYMENTS, refused, TASK_ID, TASK_TOKEN, thrownBy } from './fake-bailiwick.ts'
import type { FakeBailiwick } from './fake-bailiwick.ts'

const JWT = 'urn:ietf:params:oauth:token-type:jwt'
const CHILD_ID = 'task_01939f00-0000-7000-8000-000000000009'
const task = {
  id: TASK_ID,
  path: [],
  state: 'active',
  subject: { sub: 'corp:alice', iss: 'https://idp.example.com', kind: 'user' },
  agent: { id: 'client:refund-agent', client_id: 'refund-agent', harness: 'x', declared: true },
  binding: { ticket_id: 'T-1042' },
  binding_source: 'launcher',
  purpose: 'refund',
  resources: ['tickets', 'payments'],
  revision: 3,
  created_at: '2026-11-20T12:00:00.000Z',
  created_by: 'client:support-portal',
  expires_at: '2026-11-20T12:30:00.000Z',
}
const child = { ...task, id: CHILD_ID, parent_id: TASK_ID, path: [TASK_ID], resources: ['payments'], binding_source: 'inherited' }
const request: LaunchRequest = {
  subjectToken: ID_TOKEN,
  subjectTokenType: 'id_token',
  agent: 'refund-agent',
  resources: ['payments', 'tickets'],
  binding: { ticket_id: 'T-1042' },
  purpose: 'refund',
  expiresIn: 1800,
  agentInfo: { harness: 'x', harnessVersion: '1' },
}

function launcher(fake: FakeBailiwick): ReturnType<typeof createLauncher> {
  return createLauncher({ issuer: ISSUER, client: CLIENT, fetch: fake.fetch, clock: fake.clock })
}

describe('a launcher', () => {
  it("creates a task with the person's own token and gets the agent's token", async () => {
    const fake = fakeBailiwick()
    fake.answer('control', () => json(201, { task, task_token: TASK_TOKEN }))
    const created = await launcher(fake).createTask(request)
    expect(created.taskToken).toBe(TASK_TOKEN)
    expect(created.task).toEqual({
      id: TASK_ID,
      state: 'active',
      subject: { sub: 'corp:alice', iss: 'https://idp.example.com', kind: 'user' },
      agent: { id: 'client:refund-agent', clientId: 'refund-agent' },
      binding: { ticket_id: 'T-1042' },
      bindingSource: 'launcher',
      purpose: 'refund',
      resources: ['tickets', 'payments'],
      createdAt: '2026-11-20T12:00:00.000Z',
      createdBy: 'client:support-portal',
      expiresAt: '2026-11-20T12:30:00.000Z',
    })
    expect(fake.sent).toHaveLength(1)
    const [sent] = fake.sent
    expect(sent).toMatchObject({ url: `${ISSUER}/v1/tasks`, method: 'POST', redirect: 'manual' })
    expect(sent?.body).toEqual({
      agent: 'refund-agent',
      resources: ['payments', 'tickets'],
      binding: { ticket_id: 'T-1042' },
      purpose: 'refund',
      expires_in: 1800,
      agent_info: { harness: 'x', harness_version: '1' },
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: expect.any(String),
      subject_token: ID_TOKEN,
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    })
  })

  it("does not start an agent's own task where a person's token went missing", async () => {
    const fake = fakeBailiwick()
    // What a program without types can pass.
    const lost = JSON.parse('{"agent":"refund-agent","resources":["payments"],"subjectTokenType":"id_token"}')
    expect(await thrownBy(launcher(fake).createTask(lost))).toMatchObject({ kind: 'misconfigured', reason: 'subject_token' })
    const untyped = JSON.parse('{"agent":"refund-agent","resources":["payments"],"subjectToken":"x"}')
    expect(await thrownBy(launcher(fake).createTask(untyped))).toMatchObject({ kind: 'misconfigured', reason: 'subject_token_type' })
    expect(fake.sent).toHaveLength(0)
  })

  it.each([
    ['another agent', { agent: { ...task.agent, client_id: 'other-agent' } }],
    ['another ticket', { binding: { ticket_id: 'T-2001' } }],
    ['one fact more', { binding: { ticket_id: 'T-1042', queue: 'a' } }],
    ['a fact of another type', { binding: { ticket_id: 1042 } }],
    ['one resource more', { resources: ['tickets', 'payments', 'payroll'] }],
    ['one resource less', { resources: ['payments'] }],
  ])('does not take a task with %s for the one it asked for', async (_what, change) => {
    const fake = fakeBailiwick()
    fake.answer('control', () => json(201, { task: { ...task, ...change }, task_token: TASK_TOKEN }))
    expect(await thrownBy(launcher(fake).createTask(request))).toMatchObject({ kind: 'protocol', reason: 'another_task' })
  })

  it('tells a denial as it was told, and repeats no act whose outcome is unknown', async () => {
    const fake = fakeBailiwick()
    fake.answer('control', () =>
      json(403, { type: 'x', title: 'Forbidden', status: 403, detail: 'not in your shift', reason: 'policy_denied', decision_id: DECISION, retryable: false }),
    )
    expect(await thrownBy(launcher(fake).createTask(request))).toMatchObject({
      kind: 'denied',
      reason: 'policy_denied',
      decisionId: DECISION,
      denial: { message: 'not in your shift' },
    })
    fake.answer('control', () => json(503, { reason: 'audit_unavailable', decision_id: DECISION, retryable: true }))
    expect(await thrownBy(launcher(fake).createTask(request))).toMatchObject({ kind: 'unavailable', reason: 'audit_unavailable', retryable: true })
    expect(fake.sent).toHaveLength(2)
  })

  it('reads and completes what it created, by its own authentication alone', async () => {
    const fake = fakeBailiwick()
    fake.answer('control', ({ method }) =>
      method === 'GET' ? json(200, { task }) : json(202, { task: { ...task, state: 'completed' }, status: 'unconfirmed' }),
    )
    expect(await launcher(fake).readTask(TASK_ID)).toMatchObject({ id: TASK_ID, state: 'active' })
    expect(await launcher(fake).completeTask(TASK_ID)).toMatchObject({ task: { state: 'completed' }, status: 'unconfirmed' })
    const [read, complete] = fake.sent
    expect(read?.url).toBe(`${ISSUER}/v1/tasks/${TASK_ID}`)
    expect(read?.headers.get('client-assertion')).toMatch(/^eyJ/)
    expect(read?.headers.get('authorization')).toBeNull()
    expect(complete?.url).toBe(`${ISSUER}/v1/tasks/${TASK_ID}/complete`)
    expect(complete?.body).not.toHaveProperty('subject_token')
  })

  it.each(['', '..', 'task_1', `${TASK_ID}/complete`, `../tasks/${TASK_ID}`])('puts no other path into the URL: %j', async (id) => {
    const fake = fakeBailiwick()
    expect(await thrownBy(launcher(fake).readTask(id))).toMatchObject({ kind: 'misconfigured', reason: 'task_id' })
    expect(await thrownBy(launcher(fake).completeTask(id))).toMatchObject({ kind: 'misconfigured', reason: 'task_id' })
    expect(fake.sent).toHaveLength(0)
  })

  it('believes no answer about another task, nor half a task', async () => {
    const fake = fakeBailiwick()
    fake.answer('control', () => json(200, { task: child }))
    expect(await thrownBy(launcher(fake).readTask(TASK_ID))).toMatchObject({ reason: 'another_task' })
    for (const member of ['id', 'state', 'subject', 'agent', 'binding', 'resources', 'expires_at']) {
      fake.answer('control', () => json(200, { task: { ...task, [member]: undefined } }))
      expect(await thrownBy(launcher(fake).readTask(TASK_ID))).toMatchObject({ kind: 'protocol', reason: 'answer_malformed' })
    }
    for (const fact of [null, {}, ['T-1042']]) {
      fake.answer('control', () => json(200, { task: { ...task, binding: { ticket_id: fact } } }))
      expect(await thrownBy(launcher(fake).readTask(TASK_ID))).toMatchObject({ kind: 'protocol', reason: 'answer_malformed' })
    }
  })
})

describe('an agent in its task', () => {
  it('creates a child with its task token, and cannot say what it is bound to', async () => {
    const fake = fakeBailiwick()
    const agent = await fake.boot()
    fake.answer('control', () => json(201, { task: child, task_token: jws('child') }))
    const made = await agent.createChild({ resources: ['payments'], expiresIn: 60, purpose: 'one refund' })
    expect(made).toMatchObject({ task: { id: CHILD_ID, parentId: TASK_ID }, taskToken: jws('child') })
    expect(fake.sent[1]?.body).toEqual({
      resources: ['payments'],
      expires_in: 60,
      purpose: 'one refund',
      client_assertion_type: expect.any(String),
      client_assertion: expect.any(String),
      subject_token: TASK_TOKEN,
      subject_token_type: JWT,
    })
  })

  it('without a task token shows a runtime token of the task instead', async () => {
    const fake = fakeBailiwick()
    const agent = await fake.boot({ task: { runtimeToken: jws('first') } })
    expect(fake.sent[0]?.body).toMatchObject({ subject_token: jws('first'), subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' })
    fake.answer('control', () => json(200, { task }))
    expect(await agent.readTask()).toMatchObject({ id: TASK_ID })
    expect(fake.sent[1]?.headers.get('authorization')).toBe(`Bearer ${jws('payments-1')}`)
  })

  it('with nothing that proves its task says so', async () => {
    const fake = fakeBailiwick()
    fake.answer('exchange', () => json(200, { task_id: TASK_ID, items: [refused(PAYMENTS, 'policy_denied')] }))
    const agent = await fake.boot({ task: { runtimeToken: jws('first') } })
    expect(await thrownBy(agent.complete())).toMatchObject({ kind: 'misconfigured', reason: 'no_token' })
  })

  it('is over once it completed its task', async () => {
    const fake = fakeBailiwick()
    const agent = await fake.boot()
    fake.answer('control', () => json(200, { task: { ...task, state: 'completed' }, status: 'confirmed' }))
    expect(await agent.complete()).toMatchObject({ task: { state: 'completed' }, status: 'confirmed' })
    expect(agent.ended).toMatchObject({ reason: 'task_completed' })
    expect(await thrownBy(agent.fetch(PAYMENTS))).toBe(agent.ended)
    expect(await thrownBy(agent.createChild({ resources: ['payments'] }))).toBe(agent.ended)
    expect(fake.sent).toHaveLength(2)
  })

  it('goes on when completing failed, and when a child was refused', async () => {
    const fake = fakeBailiwick()
    const agent = await fake.boot()
    fake.answer('control', () => oauthError('state_unavailable', 503))
    expect(await thrownBy(agent.complete())).toMatchObject({ kind: 'unavailable' })
    fake.answer('control', () => oauthError('policy_denied', 403))
    expect(await thrownBy(agent.createChild({ resources: ['payments'] }))).toMatchObject({ kind: 'denied' })
    fake.answer('control', () => oauthError('task_unknown', 404))
    expect(await thrownBy(agent.readTask(CHILD_ID))).toMatchObject({ reason: 'task_unknown' })
    expect(agent.ended).toBeUndefined()
    expect(await agent.token('payments')).toBe(jws('payments-1'))
  })

  it('learns from a task call that its task is over', async () => {
    const fake = fakeBailiwick()
    const agent = await fake.boot()
    fake.answer('control', () => oauthError('task_revoked', 409))
    expect(await thrownBy(agent.createChild({ resources: ['payments'] }))).toMatchObject({ reason: 'task_revoked' })
    expect(agent.ended?.reason).toBe('task_revoked')
  })
})
