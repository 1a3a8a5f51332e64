import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asAgent, bearer, delegate, startControlApp, TASK_TOKEN } from './control-app.ts'
import type { ControlApp } from './control-app.ts'

let app: ControlApp
beforeAll(async () => {
  app = await startControlApp()
})
afterAll(() => app.close())

function lastRecord(): Record<string, unknown> {
  return { ...app.journal.records.at(-1) }
}

describe('creating a task', () => {
  it("lets a launcher with alice's own token bind a task to her ticket, and hands back a token for the agent", async () => {
    const { status, body } = await delegate(app)
    expect(status).toBe(201)
    expect(body['task']).toMatchObject({
      state: 'active',
      subject: { sub: 'corp:alice', kind: 'user' },
      agent: { id: 'client:refund-agent', client_id: 'refund-agent' },
      binding: { ticket_id: 'T-1042' },
      binding_source: 'launcher',
      resources: ['tickets', 'payments'],
      created_by: 'client:support-portal',
      created_at: '2026-11-20T12:00:00.000Z',
      expires_at: '2026-11-20T12:15:00.000Z',
    })
    const claims = await app.keys.verifyTaskToken(body['task_token'], app.clock.nowMs() / 1000)
    expect(claims).toMatchObject({ ok: true, value: { clientId: 'refund-agent', taskId: body['task'].id, sub: 'corp:alice' } })
    expect(lastRecord()).toMatchObject({
      kind: 'task',
      effect: 'allow',
      client_id: 'support-portal',
      subject: { sub: 'corp:alice' },
      task: { id: body['task'].id, binding: { ticket_id: 'T-1042' } },
    })
    expect(JSON.stringify(app.journal.records)).not.toContain('eyJ')
  })

  it('asks Cerbos on subject, agent, binding, resources and lifetime', async () => {
    await delegate(app)
    const asked = app.decider.questions.at(-1)
    expect(asked?.principal).toMatchObject({ id: 'client:support-portal', roles: ['client'] })
    expect(asked?.items).toEqual([
      {
        resource: {
          kind: 'bailiwick:task',
          id: 'new',
          attr: {
            subject: 'corp:alice',
            subject_kind: 'user',
            agent: 'client:refund-agent',
            binding: { ticket_id: 'T-1042' },
            resources: ['tickets', 'payments'],
            lifetime_s: 900,
          },
        },
        actions: ['create'],
      },
    ])
  })

  it('creates nothing when the policy says no', async () => {
    app.decider.script(() => ({ effect: 'deny', reason: 'not in your shift' }))
    const before = (await app.store.listTasks({ limit: 200 }, 0)).items.length
    const { status, body } = await delegate(app)
    app.decider.script('allow')
    expect([status, body['reason'], body['detail']]).toEqual([403, 'policy_denied', 'not in your shift'])
    expect((await app.store.listTasks({ limit: 200 }, 0)).items.length).toBe(before)
    expect(lastRecord()).toMatchObject({ kind: 'task', effect: 'deny', reason: 'policy_denied', policy_reason: 'not in your shift' })
  })

  it('creates nothing for a subject whose account is disabled', async () => {
    app.profiles.refuse('corp:alice', { reason: 'account_disabled' })
    const { status, body } = await delegate(app)
    app.profiles.set('corp:alice', {})
    expect([status, body['reason']]).toEqual([403, 'account_disabled'])
    // And everything she delegated before has ended, with a hold.
    expect((await delegate(app)).body['reason']).toMatch(/cut_off|held/)
    await app.close()
    app = await startControlApp()
  })

  const refusals: readonly [string, Record<string, unknown>, number, string][] = [
    ['an agent nobody configured', { agent: 'nobody' }, 400, 'actor_invalid'],
    ['a launcher as the agent', { agent: 'support-portal' }, 400, 'actor_invalid'],
    ['no agent', { agent: undefined }, 400, 'actor_invalid'],
    ['no resources: empty never means all', { resources: undefined }, 400, 'request_malformed'],
    ['an empty list of resources', { resources: [] }, 400, 'request_malformed'],
    ['a resource outside the agent ceiling, although the user is named by a token (case 32)', { resources: ['payroll'] }, 403, 'target_refused'],
    ['a resource nobody configured, told no differently', { resources: ['nothing'] }, 403, 'target_refused'],
    ['a repeated resource', { resources: ['tickets', 'tickets'] }, 400, 'request_malformed'],
    ['a lifetime over the cap', { expires_in: 7 * 24 * 3600 + 1 }, 400, 'request_malformed'],
    ['a lifetime that is no integer', { expires_in: 1.5 }, 400, 'request_malformed'],
    ['a binding with an object in it', { binding: { ticket_id: { any: true } } }, 400, 'request_malformed'],
    ['a binding with null in it', { binding: { ticket_id: null } }, 400, 'request_malformed'],
    ['a misspelt field', { bindings: { ticket_id: 'T-1042' } }, 400, 'request_malformed'],
    ['a parent without its own token', { parent_id: 'task_01939f00-0000-7000-8000-000000000000' }, 400, 'actor_invalid'],
    ['a subject token of no known type', { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }, 400, 'subject_invalid'],
  ]
  it.each(refusals)('refuses %s', async (_what, change, status, reason) => {
    const answer = await delegate(app, change)
    expect([answer.status, answer.body['reason']]).toEqual([status, reason])
    expect(lastRecord()).toMatchObject({ kind: 'task', effect: 'deny', reason })
  })

  it('refuses a client that may not launch, even with the token of a real person', async () => {
    const { status, body } = await delegate(app, await app.credential(app.agent))
    expect([status, body['reason']]).toEqual([403, 'grant_not_allowed'])
  })

  it('refuses a replayed client assertion', async () => {
    const credential = await app.credential(app.portal)
    expect((await delegate(app, credential)).status).toBe(201)
    const again = await delegate(app, credential)
    expect([again.status, again.body['reason']]).toEqual([401, 'client_unauthenticated'])
    expect(app.journal.refusals.at(-1)).toMatchObject({ reason: 'client_unauthenticated' })
  })

  it('lets an operator create for an autonomous agent, but for a person only with that person own token', async () => {
    const own = await app.post('/v1/tasks', { agent: 'refund-agent', resources: ['tickets'] }, bearer(app.operatorToken))
    expect(own.body['task']).toMatchObject({
      subject: { sub: 'client:refund-agent', kind: 'agent' },
      binding_source: 'operator',
      created_by: 'operator:operator',
    })
    const forAlice = await app.post(
      '/v1/tasks',
      {
        agent: 'refund-agent',
        resources: ['tickets'],
        subject_token: await app.issuer.idToken(),
        subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      },
      bearer(app.operatorToken),
    )
    expect(forAlice.body['task']).toMatchObject({ subject: { sub: 'corp:alice' } })
  })
})

describe('a child task', () => {
  it('stays within its parent: same subject, same binding, a subset of resources, no longer life', async () => {
    const parent = (await delegate(app)).body
    const child = await app.post('/v1/tasks', { ...(await asAgent(app, parent['task_token'])), resources: ['payments'] })
    expect(child.status).toBe(201)
    expect(child.body['task']).toMatchObject({
      parent_id: parent['task'].id,
      path: [parent['task'].id],
      subject: { sub: 'corp:alice' },
      binding: { ticket_id: 'T-1042' },
      binding_source: 'inherited',
      resources: ['payments'],
    })
  })

  const refusals: readonly [string, Record<string, unknown>, string][] = [
    ['another value in the binding', { binding: { ticket_id: 'T-2001' } }, 'binding_mismatch'],
    ['one more key in the binding', { binding: { ticket_id: 'T-1042', customer_id: 'C-77' } }, 'binding_mismatch'],
    ['an emptied binding', { binding: {} }, 'binding_mismatch'],
    ['a binding whose value has another type', { binding: { ticket_id: true } }, 'binding_mismatch'],
    ['a resource its parent lacks', { resources: ['models'] }, 'target_refused'],
    ['a life beyond its parent', { expires_in: 901 }, 'target_refused'],
    ['an agent it may not delegate to', { agent: 'triage-agent' }, 'actor_invalid'],
    ['another parent than the token names', { parent_id: 'task_01939f00-0000-7000-8000-000000000000' }, 'actor_invalid'],
  ]
  it.each(refusals)('is refused with %s', async (_what, change, reason) => {
    const parent = (await delegate(app)).body
    const child = await app.post('/v1/tasks', { ...(await asAgent(app, parent['task_token'])), resources: ['payments'], ...change })
    expect(child.body['reason']).toBe(reason)
  })

  it('for another agent carries the whole chain, the new actor outermost', async () => {
    const parent = (await delegate(app)).body
    const child = await app.post('/v1/tasks', { ...(await asAgent(app, parent['task_token'])), agent: 'helper-agent', resources: ['tickets'] })
    expect(child.status).toBe(201)
    expect((await app.store.findTask(child.body['task'].id))?.act).toMatchObject({ sub: 'client:helper-agent', act: { sub: 'client:refund-agent' } })
  })

  it("is refused to a client that holds another agent's task token", async () => {
    const parent = (await delegate(app)).body
    const stolen = await app.post('/v1/tasks', { ...(await asAgent(app, parent['task_token'], app.other)), resources: ['tickets'] })
    expect(stolen.body['reason']).toBe('actor_invalid')
  })

  it('is refused once the parent is revoked', async () => {
    const parent = (await delegate(app)).body
    await app.post('/v1/revocations', { scope: { kind: 'task', id: parent['task'].id }, reason: 'stop' }, bearer(app.operatorToken))
    const child = await app.post('/v1/tasks', { ...(await asAgent(app, parent['task_token'])), resources: ['payments'] })
    expect([child.status, child.body['reason']]).toEqual([409, 'task_revoked'])
  })
})

describe('reading and completing', () => {
  it('opens nothing with a task id alone', async () => {
    const { task } = (await delegate(app)).body
    expect((await app.get(`/v1/tasks/${task.id}`)).status).toBe(401)
    expect((await app.post(`/v1/tasks/${task.id}/complete`, {})).status).toBe(401)
    // An authenticated client that did not create it learns no more than that there is nothing for it.
    const foreign = await app.post(`/v1/tasks/${task.id}/complete`, await app.credential(app.other))
    expect([foreign.status, foreign.body['reason']]).toEqual([404, 'task_unknown'])
  })

  it('lets the agent of the task read it with its own authentication and the task token', async () => {
    const created = (await delegate(app)).body
    const { client_assertion: assertion } = await app.credential(app.agent)
    const headers = { ...bearer(created['task_token']), 'client-assertion': assertion ?? '' }
    const { status, body } = await app.get(`/v1/tasks/${created['task'].id}`, headers)
    expect([status, body['task']?.id]).toEqual([200, created['task'].id])
  })

  it('hides a task from the agent of another one', async () => {
    const mine = (await delegate(app)).body
    const theirs = (await delegate(app)).body
    const answer = await app.post(`/v1/tasks/${theirs['task'].id}/complete`, await asAgent(app, mine['task_token']))
    expect([answer.status, answer.body['reason']]).toEqual([404, 'task_unknown'])
  })

  it('ends children with their parent, confirmed', async () => {
    const parent = (await delegate(app)).body
    const child = (await app.post('/v1/tasks', { ...(await asAgent(app, parent['task_token'])), resources: ['payments'] })).body
    const done = await app.post(`/v1/tasks/${parent['task'].id}/complete`, await asAgent(app, parent['task_token']))
    expect([done.status, done.body['status'], done.body['task'].state]).toEqual([200, 'confirmed', 'completed'])
    const standing = await app.store.readStanding({ taskId: child['task'].id, newWork: false, nowSeconds: app.clock.nowMs() / 1000 })
    expect(standing).toMatchObject({ ok: false, denial: { reason: 'task_completed' } })
  })

  it('derives "expired" instead of storing it', async () => {
    const { task } = (await delegate(app, { expires_in: 60 })).body
    app.clock.advance(61_000)
    const { body } = await app.get(`/v1/tasks/${task.id}`, bearer(app.operatorToken))
    expect(body['task'].state).toBe('expired')
  })

  it('refuses a misspelt filter instead of listing everything', async () => {
    const { status, body } = await app.get('/v1/tasks?subject=corp:bob', bearer(app.operatorToken))
    expect([status, body['reason']]).toEqual([400, 'request_malformed'])
  })

  it('pages through tasks without losing one', async () => {
    const seen = new Set<string>()
    let cursor = ''
    do {
      const { body } = await app.get(`/v1/tasks?limit=3${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`, bearer(app.operatorToken))
      for (const task of body['items']) {
        expect(seen.has(task.id)).toBe(false)
        seen.add(task.id)
      }
      cursor = body['next_cursor'] ?? ''
    } while (cursor !== '')
    expect(seen.size).toBe((await app.store.listTasks({ limit: 200 }, 0)).items.length)
  })
})

describe('what a request must be', () => {
  it.each([
    ['a duplicate member', '{"agent":"refund-agent","agent":"triage-agent"}'],
    ['trailing bytes', '{} {}'],
    ['an array', '[]'],
    ['no JSON', 'agent=refund-agent'],
  ])('refuses %s', async (_what, text) => {
    const { status, body } = await app.post('/v1/tasks', text, bearer(app.operatorToken))
    expect([status, body['reason']]).toEqual([400, 'body_unreadable'])
  })

  it('refuses an operator token together with a client assertion: which one counted would be a guess', async () => {
    const { status, body } = await app.post('/v1/tasks', await app.credential(app.portal), bearer(app.operatorToken))
    expect([status, body['reason']]).toEqual([400, 'request_malformed'])
  })

  it('says a task token is not a runtime token and a runtime token not a task token', async () => {
    const created = (await delegate(app)).body
    const asAccess = await app.post('/v1/tasks', {
      ...(await asAgent(app, created['task_token'])),
      subject_token_type: TASK_TOKEN.replace('jwt', 'access_token'),
      resources: ['payments'],
    })
    expect(asAccess.body['reason']).toBe('subject_invalid')
  })
})
