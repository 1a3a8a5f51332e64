import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newTaskId, nowSeconds, parseTaskId } from '@bailiwick/core'
import { asAgent, bearer, delegate, startControlApp } from './control-app.ts'
import type { ControlApp } from './control-app.ts'

let app: ControlApp
beforeAll(async () => {
  app = await startControlApp()
})
afterAll(() => app.close())

async function standingOf(id: string): Promise<unknown> {
  const taskId = parseTaskId(id)
  if (taskId === undefined) throw new TypeError('not a task id')
  const standing = await app.store.readStanding({ taskId, newWork: false, nowSeconds: nowSeconds(app.clock) })
  return standing.ok ? 'active' : standing.denial.reason
}

async function revoke(kind: string, id: string, change: Record<string, unknown> = {}, token = app.operatorToken): ReturnType<ControlApp['post']> {
  return await app.post('/v1/revocations', { scope: { kind, id }, reason: 'customer complained', ...change }, bearer(token))
}

describe('revoking', () => {
  it('answers confirmed once it is durable, and the very next read of the task denies', async () => {
    const { task } = (await delegate(app)).body
    const { status, body } = await revoke('task', task.id)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      scope: { kind: 'task', id: task.id },
      status: 'confirmed',
      durability: 'local',
      replicas: { needed: 0, acked: 0 },
      affected: { tasks: 1 },
      hold: false,
      nodes: [
        { id: 'node-1', last_revision: { epoch: 1 }, confirmed: true },
        { id: 'edge-1', last_revision: null, last_seen_ms: null, confirmed: false },
      ],
    })
    expect(body['id']).toMatch(/^rev_/)
    expect(await standingOf(task.id)).toBe('task_revoked')
    expect(app.journal.records.at(-1)).toMatchObject({
      kind: 'revocation',
      effect: 'allow',
      actor: { sub: 'operator:operator' },
      act: { reason: 'customer complained', scope: { kind: 'task', id: task.id } },
    })
  })

  it('ends the whole tree with its root', async () => {
    const parent = (await delegate(app)).body
    const child = (await app.post('/v1/tasks', { ...(await asAgent(app, parent['task_token'])), resources: ['payments'] })).body
    expect((await revoke('task', parent['task'].id)).body['affected']).toEqual({ tasks: 2 })
    expect(await standingOf(child['task'].id)).toBe('task_revoked')
  })

  it('ends nothing in a dry run, and says what it would end', async () => {
    const { task } = (await delegate(app)).body
    const { status, body } = await revoke('task', task.id, { dry_run: true })
    expect(status).toBe(200)
    expect(body).toMatchObject({ dry_run: true, affected: { tasks: 1 } })
    expect(body['id']).toBeUndefined()
    expect(await standingOf(task.id)).toBe('active')
  })

  it('knows no task that was never there', async () => {
    const { status, body } = await revoke('task', 'task_01939f00-0000-7000-8000-000000000000')
    expect([status, body['reason']]).toEqual([404, 'task_unknown'])
  })

  it.each([
    ['task', 'everything'],
    ['user', 'alice'],
    ['agent', 'refund agent'],
    ['client', 'a/b'],
    ['operator', 'operator'],
    ['workload', 'spiffe://example.org/../x y'],
    ['resource', 'Payments'],
    ['everything', 'all'],
    ['nothing', '*'],
  ])('refuses %s %s: an id that can match nothing must not be acknowledged', async (kind, id) => {
    const { status, body } = await revoke(kind, id)
    expect([status, body['reason']]).toEqual([400, 'request_malformed'])
  })

  it.each([
    ['task', 'nope', 'scope.id', 'task_'],
    ['task', 'task_<script>alert(1)</script>', 'scope.id', 'task_'],
    ['user', 'alice', 'scope.id', '<alias>:<id>'],
    ['agent', 'refund-agent', 'scope.id', 'client:<client id>'],
    ['resource', 'Payments', 'scope.id', 'the name of a resource'],
    ['everything', 'all', 'scope.id', '* alone'],
    ['tenant', 'x', 'scope.kind', 'task, agent, user'],
  ])('says of %s %s what such an id looks like, and repeats nothing', async (kind, id, field, expected) => {
    const { status, body } = await app.post('/v1/revocations', { scope: { kind, id }, reason: 'x' }, bearer(app.operatorToken))
    expect([status, body]).toEqual([400, expect.objectContaining({ reason: 'request_malformed', field, expected: expect.stringContaining(expected) })])
    expect(JSON.stringify(body)).not.toContain('<script>')
  })

  it('asks for a reason', async () => {
    expect((await revoke('user', 'corp:alice', { reason: ' ' })).body['reason']).toBe('request_malformed')
  })

  it.each([
    ['agent', 'client:refund-agent', true],
    ['client', 'refund-agent', true],
    ['resource', 'tickets', true],
    ['everything', '*', true],
    ['user', 'corp:carol', false],
    ['key', 'abc', false],
  ])('of %s holds by default: %s %s', async (kind, id, hold) => {
    expect((await revoke(kind, id, { dry_run: true })).body['hold']).toBe(hold)
  })

  it('is answered 503 unconfirmed when the store cannot record it, never 200', async () => {
    const { task } = (await delegate(app)).body
    const realRevoke = app.store.revoke.bind(app.store)
    app.store.revoke = () => Promise.reject(new Error('disk'))
    const { status, body } = await revoke('task', task.id)
    expect([status, body['status'], body['reason']]).toEqual([503, 'unconfirmed', 'state_unavailable'])
    expect(app.journal.records.at(-1)).toMatchObject({ kind: 'revocation', act: { revocation_id: body['id'], status: 'unknown' } })
    const unsettled = await app.get(`/v1/revocations/${body['id']}`, bearer(app.operatorToken))
    expect(unsettled).toMatchObject({ status: 200, body: { id: body['id'], status: 'unconfirmed', scope: { kind: 'task', id: task.id } } })
    // It is tried again under the same id until the store takes it.
    const settled = new Promise((resolve) => {
      app.store.revoke = (input) => {
        app.store.revoke = realRevoke
        const done = realRevoke(input)
        resolve(done)
        return done
      }
    })
    expect(await settled).toMatchObject({ ok: true, value: { status: 'confirmed' } })
    const after = await app.get(`/v1/revocations/${body['id']}`, bearer(app.operatorToken))
    expect(after).toMatchObject({ status: 200, body: { status: 'confirmed', durability: 'local', affected: { tasks: 1 } } })
    expect(await standingOf(task.id)).toBe('task_revoked')
  })

  it('that was written but not confirmed is tried again, and read as unconfirmed until it is', async () => {
    const { task } = (await delegate(app)).body
    const realRevoke = app.store.revoke.bind(app.store)
    let confirmed = false
    app.store.revoke = async (input) => {
      const done = await realRevoke(input)
      return done.ok && !confirmed ? { ok: true, value: { ...done.value, status: 'unconfirmed' } } : done
    }
    const { status, body } = await revoke('task', task.id)
    expect([status, body['status']]).toEqual([202, 'unconfirmed'])
    const read = async (): Promise<unknown> => (await app.get(`/v1/revocations/${body['id']}`, bearer(app.operatorToken))).body['status']
    expect(await read()).toBe('unconfirmed')
    confirmed = true
    expect(await read()).toBe('confirmed')
    app.store.revoke = realRevoke
  })

  it('is read as unconfirmed where the store does not say whether it could be lost', async () => {
    const { body } = await revoke('user', 'corp:dora')
    const realRevoke = app.store.revoke.bind(app.store)
    app.store.revoke = () => Promise.reject(new Error('disk'))
    expect((await app.get(`/v1/revocations/${body['id']}`, bearer(app.operatorToken))).body['status']).toBe('unconfirmed')
    app.store.revoke = realRevoke
  })

  it('says what became of it although its record cannot be written: the operator has an id to follow', async () => {
    const { task } = (await delegate(app)).body
    app.journal.fail('journal_full', (entry) => entry.kind === 'revocation')
    const { status, body } = await revoke('task', task.id)
    app.journal.heal()
    expect([status, body['status']]).toEqual([200, 'confirmed'])
    expect(await standingOf(task.id)).toBe('task_revoked')
    app.journal.fail('journal_full', (entry) => entry.kind === 'task')
    const created = await delegate(app)
    app.journal.heal()
    expect([created.status, created.body['reason'], created.body['task_token']]).toEqual([503, 'audit_unavailable', undefined])
  })

  it('is refused to an operator without the right, whatever the policy says', async () => {
    const token = app.operators.add('reader', ['read'], 'operator:operator')
    const { status, body } = await revoke('everything', '*', {}, token)
    expect([status, body['reason']]).toEqual([403, 'policy_denied'])
  })

  it('is refused to a launcher and to an agent: they get what the policy says of a client', async () => {
    app.decider.script(({ resource }) => (resource.kind === 'bailiwick:revocation' ? 'deny' : 'allow'))
    const { status, body } = await app.post('/v1/revocations', { ...(await app.credential(app.portal)), scope: { kind: 'everything', id: '*' }, reason: 'x' })
    app.decider.script('allow')
    expect([status, body['reason']]).toEqual([403, 'policy_denied'])
  })

  it.each([
    ['no credential', {}],
    ['a guessed operator token', bearer(`bwop_${'A'.repeat(43)}`)],
    ['something that is no token', bearer('x')],
  ])('is refused with %s, and counted instead of written', async (_what, headers) => {
    const before = app.journal.records.length
    const { status, body } = await app.post('/v1/revocations', { scope: { kind: 'everything', id: '*' }, reason: 'x' }, headers)
    expect([status, body['reason']]).toEqual([401, 'client_unauthenticated'])
    expect(app.journal.records.length).toBe(before)
  })

  it("is refused with a person's token made for something else: no subject token is a control credential", async () => {
    const { status, body } = await app.post('/v1/revocations', { scope: { kind: 'everything', id: '*' }, reason: 'x' }, bearer(await app.issuer.accessToken()))
    expect([status, body['reason']]).toEqual([401, 'client_unauthenticated'])
  })

  it('accepts a person whose access token was made for control, when the policy lets that person', async () => {
    const token = await app.issuer.accessToken({ aud: 'bailiwick-control' })
    const { status, body } = await app.post('/v1/revocations', { scope: { kind: 'user', id: 'corp:dave' }, reason: 'x' }, bearer(token))
    expect([status, body['status']]).toEqual([200, 'confirmed'])
    expect(app.decider.questions.at(-1)?.principal).toMatchObject({ id: 'corp:alice', roles: ['user', 'tier-1-support'] })
  })
})

describe('a hold', () => {
  it('refuses new work until another operator, who was there before, lifts it; lifting revives nothing', async () => {
    const fresh = await startControlApp()
    try {
      const second = fresh.operators.add('second', ['lift', 'read'], 'first-start')
      const addedBySetter = fresh.operators.add('friend', ['lift'], 'operator:operator')
      const { task } = (await delegate(fresh)).body
      const set = await fresh.post(
        '/v1/revocations',
        { scope: { kind: 'agent', id: 'client:refund-agent' }, reason: 'misbehaves' },
        bearer(fresh.operatorToken),
      )
      expect(set.body).toMatchObject({ hold: true, affected: { tasks: 1 } })
      expect((await delegate(fresh)).body['reason']).toBe('held')
      const latecomer = fresh.operators.rotate('friend')
      const lift = (token: string): ReturnType<ControlApp['post']> => fresh.post(`/v1/revocations/${set.body['id']}/lift`, {}, bearer(token))

      expect((await lift(fresh.operatorToken)).body['detail']).toBe('A hold is lifted by somebody other than who set it.')
      expect((await lift(addedBySetter)).status).toBe(401) // rotated away
      expect((await lift(latecomer)).body['detail']).toBe('A hold is not lifted by an operator whom its setter added.')
      const lifted = await lift(second)
      expect([lifted.status, lifted.body['lifted_by']]).toEqual([200, 'operator:second'])
      expect((await delegate(fresh)).status).toBe(201)
      const standing = await fresh.get(`/v1/tasks/${task.id}`, bearer(fresh.operatorToken))
      expect(standing.status).toBe(200)
      const read = await fresh.store.readStanding({ taskId: task.id, newWork: false, nowSeconds: nowSeconds(fresh.clock) })
      expect(read).toMatchObject({ ok: false, denial: { reason: 'cut_off' } })
    } finally {
      await fresh.close()
    }
  })

  it('comes with the revocation of a task its agent made for itself: or it would simply start again', async () => {
    const fresh = await startControlApp()
    try {
      const { task } = (await delegate(fresh)).body
      const stored = await fresh.store.findTask(task.id)
      if (stored === undefined) throw new Error('no task')
      const { id: _id, path: _path, state: _state, version: _version, createdRev: _rev, ...facts } = stored
      const own = await fresh.store.createTask({ ...facts, id: newTaskId(0), bindingSource: 'template' }, stored.createdAt)
      if (!own.ok) throw new Error('no template task')
      const ownId = own.value.task.id
      const ask = (change: Record<string, unknown>): ReturnType<ControlApp['post']> =>
        fresh.post('/v1/revocations', { scope: { kind: 'task', id: ownId }, reason: 'x', ...change }, bearer(fresh.operatorToken))
      expect((await ask({ dry_run: true, hold: false })).body).toMatchObject({ hold: false, can_restart: true })
      const done = await ask({})
      expect(done.body).toMatchObject({ hold: true, can_restart: false, affected: { tasks: 1 } })
      expect((await fresh.get(`/v1/revocations/${done.body['id']}`, bearer(fresh.operatorToken))).body).toMatchObject({
        hold_scope: { kind: 'agent', id: 'client:refund-agent' },
      })
      expect((await delegate(fresh)).body['reason']).toBe('held')
    } finally {
      await fresh.close()
    }
  })

  it('is not lifted by an operator added after it was set', async () => {
    const fresh = await startControlApp()
    try {
      const set = await fresh.post('/v1/revocations', { scope: { kind: 'resource', id: 'tickets' }, reason: 'leak' }, bearer(fresh.operatorToken))
      fresh.clock.advance(120_000)
      const late = fresh.operators.add('late', ['lift'], 'first-start')
      const { status, body } = await fresh.post(`/v1/revocations/${set.body['id']}/lift`, {}, bearer(late))
      expect([status, body['detail']]).toEqual([403, 'A hold is lifted by an operator who was there before it.'])
    } finally {
      await fresh.close()
    }
  })
})

describe('reading', () => {
  it('lists revocations newest first and shows one by id', async () => {
    const made = await revoke('user', 'corp:erin')
    const page = await app.get('/v1/revocations?limit=1', bearer(app.operatorToken))
    expect(page.body['items'][0]).toMatchObject({
      id: made.body['id'],
      scope: { kind: 'user', id: 'corp:erin' },
      set_by: 'operator:operator',
      set_at: '2026-11-20T12:00:00.000Z',
    })
    expect((await app.get(`/v1/revocations/${made.body['id']}`, bearer(app.operatorToken))).body).toMatchObject({ id: made.body['id'] })
    expect((await app.get('/v1/revocations/rev_01939f00-0000-7000-8000-000000000000', bearer(app.operatorToken))).status).toBe(404)
  })

  it('shows the records of one decision, and only to who may read the audit', async () => {
    const made = await delegate(app)
    const record = app.journal.records.findLast((held) => held.task?.id === made.body['task'].id)
    const shown = await app.get(`/v1/decisions/${record?.decision_id}`, bearer(app.operatorToken))
    expect(shown.body['items']).toMatchObject([{ id: record?.id, kind: 'task' }])
    const token = app.operators.add('lifter', ['lift'], 'operator:operator')
    expect((await app.get('/v1/decisions', bearer(token))).status).toBe(403)
    expect((await app.get('/v1/decisions?effect=maybe', bearer(app.operatorToken))).body['reason']).toBe('request_malformed')
  })

  it.each([
    ['/v1/tasks/nope', 'id', 'task_ and a version 7 UUID'],
    ['/v1/decisions/nope', 'id', 'dec_ and a version 7 UUID'],
    ['/v1/revocations/nope', 'id', 'rev_ and a version 7 UUID'],
    ['/v1/decisions?task_id=nope', 'task_id', 'task_ and'],
    ['/v1/decisions?decision_id=nope', 'decision_id', 'dec_ and'],
    ['/v1/decisions?reason=nope', 'reason', 'policy_denied'],
    ['/v1/decisions?final=no', 'final', 'true'],
    ['/v1/decisions?cursor=x', 'cursor', 'next_cursor'],
    ['/v1/revocations?cursor=x', 'cursor', 'next_cursor'],
    ['/v1/tasks?cursor=x', 'cursor', 'next_cursor'],
    ['/v1/tasks?limit=1000', 'limit', 'from 1 to 200'],
  ])('says what %s should have been', async (path, field, expected) => {
    const { status, body } = await app.get(path, bearer(app.operatorToken))
    expect([status, body]).toEqual([400, expect.objectContaining({ reason: 'request_malformed', field, expected: expect.stringContaining(expected) })])
    expect(JSON.stringify(body)).not.toContain('nope')
  })

  it('streams records as they become durable', async () => {
    const abort = new AbortController()
    const stream = await fetch(`${app.url}/v1/decisions/stream`, { headers: bearer(app.operatorToken), signal: abort.signal })
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    const reader = stream.body?.getReader()
    await reader?.read()
    const made = await delegate(app)
    let text = ''
    while (!text.includes('\n\n')) text += new TextDecoder().decode((await reader?.read())?.value)
    expect(text).toContain(made.body['task'].id)
    abort.abort()
  })
})
