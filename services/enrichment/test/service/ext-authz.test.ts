import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Task } from '@bailiwick/core'
import { EDGE_KEY, REFUND, mcpBody, startService } from './running.ts'
import type { Running } from './running.ts'

let running: Running
let task: Task
let token: string

beforeAll(async () => {
  running = await startService()
  task = await running.makeTask()
  token = await running.tokenFor(task)
})
afterAll(() => running.close())

it('allows a call the task, the binding and the policy allow, and says on whose authority', async () => {
  const answer = await running.check({ token, headers: { 'x-request-id': 'req-1', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` } })
  expect(answer).toMatchObject({ code: 0, kind: 'ok' })
  const record = running.journal.records.at(-1)
  expect(answer.headers).toEqual({
    'x-bailiwick-subject': 'corp:alice',
    'x-bailiwick-actor': 'client:refund-agent',
    'x-bailiwick-task': task.id,
    'x-bailiwick-resource': 'payments',
    'x-bailiwick-decision': record?.decision_id,
  })
  expect(answer.remove).toEqual(['authorization'])
  expect(answer.metadata).toEqual({ decision: 'allow', decision_id: record?.decision_id, task: task.id })
  expect(record).toMatchObject({
    kind: 'decision',
    effect: 'allow',
    plane: 'gateways',
    door: 'ext_authz',
    gateway: { name: 'edge', peer: '127.0.0.1', request_id: 'req-1', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` },
    client_id: 'refund-agent',
    subject: { sub: 'corp:alice', kind: 'user' },
    actor: { sub: 'client:refund-agent', chain: ['client:refund-agent'] },
    task: { id: task.id, binding: { ticket_id: 'T-1042' }, purpose: 'refund' },
    resource: 'payments',
    action: { kind: 'mcp', method: 'tools/call', name: 'refund_issue', args_masked: { ticket_id: 'string(6)', amount_cents: 'number' } },
    token: { aud: 'https://payments.example.com/mcp' },
    profile: { roles: ['tier-1-support'], sources: { directory: { outcome: 'fresh', age_ms: 0 } } },
    policy: { kind: 'mcp:payments', id: 'refund_issue', actions: ['tools/list/refund_issue', 'tools/call/refund_issue'], call_id: 'fake-call-0' },
    state: { revision: { epoch: 1 } },
  })
  expect(record?.action?.args_digest).toMatch(/^[A-Za-z0-9_-]{43}$/)
  expect(Object.keys(record?.timing_us ?? {})).toEqual(['token', 'read', 'state', 'profile', 'policy'])
})

it('keeps the token and the arguments out of the record', async () => {
  await running.check({ token })
  const text = JSON.stringify(running.journal.records.at(-1))
  expect(text).not.toContain(token)
  expect(text).not.toContain(token.split('.')[2])
  expect(text).not.toContain('4000')
})

it('answers a policy deny so that the agent reads the reason', async () => {
  running.decider.script(() => ({ effect: 'deny', outcome: 'limit_exceeded', reason: 'over the cap', remediation: { type: 'step_up' }, rule: 'r#1' }))
  const answer = await running.check({ token })
  running.decider.script('allow')
  expect(answer).toMatchObject({ code: 7, kind: 'denied', status: 200, metadata: { decision: 'deny', task: task.id, reason: 'limit_exceeded' } })
  expect(JSON.parse(answer.body)).toMatchObject({ id: 1, result: { isError: true } })
  expect(answer.body).toContain('over the cap')
  expect(answer.headers['x-bailiwick-decision']).toBe(answer.metadata['decision_id'])
  expect(running.journal.records.at(-1)).toMatchObject({
    effect: 'deny',
    reason: 'limit_exceeded',
    policy_reason: 'over the cap',
    remediation: { type: 'step_up' },
    policy: { rule: 'r#1' },
    decision_id: answer.metadata['decision_id'],
  })
})

describe('refuses, records and says why', () => {
  const cases: [string, () => Parameters<Running['check']>[0] | Promise<Parameters<Running['check']>[0]>, string, number][] = [
    ['no token', () => ({}), 'token_missing', 401],
    ['a token that is none', () => ({ token: 'abc' }), 'token_invalid', 401],
    ['a token in the query', () => ({ http: { path: `/mcp?access_token=${token}&token=${token}` } }), 'token_missing', 401],
    ['a token in another header', () => ({ headers: { 'x-bailiwick-token': token, cookie: `token=${token}` } }), 'token_missing', 401],
    [
      'a task token',
      async () => {
        const { iss, sub, subId, clientId, jti, iat, taskId, kep } = running.claimsOf(task)
        return { token: await running.keys.mintTaskToken({ iss, sub, subId, clientId, jti, iat, exp: task.expiresAt, taskId, kep }) }
      },
      'token_invalid',
      401,
    ],
    ['a token for another resource', async () => ({ token: await running.tokenFor(task, { aud: 'https://tickets.example.com/mcp' }) }), 'wrong_resource', 401],
    ['an expired token', async () => ({ token: await running.tokenFor(task, { iat: task.createdAt, exp: task.createdAt + 10 }) }), 'token_expired', 401],
    ['a token bound to a key', async () => ({ token: await running.tokenFor(task, { cnf: { jkt: 'a'.repeat(43) } }) }), 'proof_missing', 401],
    ['a token with another subject', async () => ({ token: await running.tokenFor(task, { sub: 'corp:bob' }) }), 'token_invalid', 401],
    ['a token with a longer chain', async () => ({ token: await running.tokenFor(task, { act: { sub: 'client:x' } }) }), 'token_invalid', 401],
    [
      'a token from a store that was ahead',
      async () => ({ token: await running.tokenFor(task, { kep: { epoch: 1, revision: 999 } }) }),
      'state_unavailable',
      200,
    ],
    ['a resource hint outside the gateways list', () => ({ token, resource: 'unlisted' }), 'resource_unknown', 403],
    ['no resource hint', () => ({ token, attributes: { contextExtensions: {} } }), 'resource_unknown', 403],
    ['a binding to another ticket', () => ({ token, http: { rawBody: Buffer.from(REFUND.replace('T-1042', 'T-1043')) } }), 'binding_mismatch', 200],
    [
      'a tool in neither list',
      () => ({ token, http: { rawBody: Buffer.from(mcpBody('tools/call', { name: 'refund_cancel', arguments: {} })) } }),
      'binding_mismatch',
      200,
    ],
    ['a batch', () => ({ token, http: { rawBody: Buffer.from(`[${REFUND}]`) } }), 'body_unreadable', 400],
    ['a body cut short', () => ({ token, headers: { 'x-envoy-auth-partial-body': 'true' } }), 'body_unreadable', 413],
    [
      'a body over the limit',
      () => ({ token, http: { rawBody: Buffer.from(mcpBody('tools/call', { name: 'x', arguments: { a: 'x'.repeat(1024 * 1024) } })) } }),
      'body_unreadable',
      413,
    ],
    ['a POST with no body', () => ({ token, http: { rawBody: new Uint8Array() } }), 'body_unreadable', 400],
    ['a method nobody knows', () => ({ token, http: { rawBody: Buffer.from(mcpBody('tools/other', { name: 'x' })) } }), 'method_unknown', 200],
    [
      'two tokens',
      () => ({
        http: {
          headerMap: {
            headers: [
              { key: 'authorization', value: `Bearer ${token}` },
              { key: 'Authorization', value: `Bearer ${token}` },
            ],
          },
        },
      }),
      'token_invalid',
      401,
    ],
  ]

  it.each(cases)('%s', async (_what, options, reason, status) => {
    const before = running.journal.records.length
    const answer = await running.check(await options())
    expect(answer).toMatchObject({ code: 7, kind: 'denied', status, metadata: { decision: 'deny', reason } })
    expect(answer.headers['x-bailiwick-decision']).toMatch(/^dec_/)
    expect(running.journal.records.slice(before)).toMatchObject([{ kind: 'decision', effect: 'deny', reason, gateway: { name: 'edge' } }])
    if (status === 401) expect(answer.headers['www-authenticate']).toContain('/.well-known/oauth-protected-resource/payments')
  })
})

describe('a caller who is no gateway', () => {
  it.each([
    ['without a key', { key: '' }],
    ['with a wrong key', { key: 'wrong' }],
    ['with the key only in the checked request', { key: '', headers: { 'x-bailiwick-gateway-key': EDGE_KEY } }],
    ['with two different keys', { attributes: { contextExtensions: { bailiwick_key: 'other', bailiwick_resource: 'payments' } } }],
  ])('is refused %s, counted, and not recorded', async (_what, options) => {
    const before = running.journal.records.length
    const counted = running.journal.refusals.length
    const answer = await running.check({ token, ...options })
    expect(answer).toMatchObject({ code: 7, kind: 'denied', status: 403, metadata: { reason: 'gateway_unauthenticated' } })
    expect(running.journal.records).toHaveLength(before)
    expect(running.journal.refusals.slice(counted)).toMatchObject([{ effect: 'deny', reason: 'gateway_unauthenticated', door: 'ext_authz' }])
    expect(running.journal.refusals.at(-1)?.subject).toBeUndefined()
  })

  it('may show its key in its static context instead', async () => {
    const contextExtensions = { bailiwick_key: EDGE_KEY, bailiwick_resource: 'payments' }
    const http = {
      method: 'POST',
      path: '/mcp',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'x-envoy-auth-partial-body': 'false' },
      body: Buffer.from(REFUND),
    }
    expect(await running.check({ key: '', attributes: { contextExtensions, request: { http } } })).toMatchObject({ kind: 'ok' })
  })
})

it('removes every identity header a client sent, however it is spelled, and never names one twice', async () => {
  const answer = await running.check({
    token,
    headers: {
      'x-bailiwick-subject': 'corp:bob',
      'X-Bailiwick-Approved': 'yes',
      x_bailiwick_subject: 'corp:bob',
      'x-bailiwick_task': 'task_x',
      'x-bailiwick-token': 'x',
      'x-bailiwickish': 'kept',
    },
  })
  expect(answer.headers['x-bailiwick-subject']).toBe('corp:alice')
  expect(answer.remove.toSorted()).toEqual(['authorization', 'x-bailiwick-approved', 'x-bailiwick-token', 'x-bailiwick_task', 'x_bailiwick_subject'])
  expect(answer.remove.filter((name) => Object.hasOwn(answer.headers, name))).toEqual([])
})

it('removes the actor header where the subject acts for itself', async () => {
  const own = await running.makeTask({ subject: { ...task.subject, sub: 'client:refund-agent', kind: 'agent' }, act: 'none' })
  const answer = await running.check({ token: await running.tokenFor(own), headers: { 'x-bailiwick-actor': 'client:other' } })
  expect(answer).toMatchObject({ kind: 'ok', headers: { 'x-bailiwick-subject': 'client:refund-agent' } })
  expect(answer.headers).not.toHaveProperty('x-bailiwick-actor')
  expect(answer.remove).toContain('x-bailiwick-actor')
})

describe('what asks no policy', () => {
  const cases: [string, Parameters<Running['check']>[0]][] = [
    ['a ping', { http: { rawBody: Buffer.from(mcpBody('ping')) } }],
    ['a notification', { http: { rawBody: Buffer.from('{"jsonrpc":"2.0","method":"notifications/initialized"}') } }],
    ['a client response', { http: { rawBody: Buffer.from('{"jsonrpc":"2.0","id":7,"result":{}}') } }],
    ['a GET', { http: { method: 'GET', rawBody: new Uint8Array() } }],
    ['a DELETE', { http: { method: 'DELETE', rawBody: new Uint8Array() } }],
  ]

  it.each(cases)('%s is recorded, needs a live task, and nothing else', async (_what, options) => {
    const asked = running.decider.questions.length
    const looked = running.profiles.asked.length
    expect(await running.check({ token, ...options })).toMatchObject({ kind: 'ok' })
    expect(running.decider.questions).toHaveLength(asked)
    expect(running.profiles.asked).toHaveLength(looked)
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'allow', task: { id: task.id } })
    const dead = await running.makeTask()
    const deadToken = await running.tokenFor(dead)
    await running.revoke(dead)
    const answer = await running.check({ token: deadToken, ...options })
    expect(answer).toMatchObject({ kind: 'denied', metadata: { reason: 'task_revoked', task: dead.id } })
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'deny', reason: 'task_revoked', task: { id: dead.id }, subject: { sub: 'corp:alice' } })
  })
})

it('asks about a model call by its model', async () => {
  const modelToken = await running.tokenFor(task, { aud: 'https://llm.example.com/v1' })
  const body = JSON.stringify({ model: 'gpt-4o-mini', messages: [], tools: [{ type: 'function', function: { name: 'refund_issue' } }] })
  expect(await running.check({ resource: 'models', token: modelToken, http: { path: '/v1/chat/completions', rawBody: Buffer.from(body) } })).toMatchObject({
    kind: 'ok',
  })
  expect(running.decider.questions.at(-1)?.items).toEqual([
    { resource: { kind: 'llm:models', id: 'gpt-4o-mini', attr: { dialect: 'openai_chat', stream: false, tools: ['refund_issue'] } }, actions: ['completion'] },
  ])
  expect(running.journal.records.at(-1)).toMatchObject({ action: { kind: 'llm', method: 'completion', name: 'gpt-4o-mini' } })
})

it('answers bytes that are no CheckRequest with a deny', async () => {
  const bytes = Buffer.from([0x0a, 0xff, 0xff])
  expect(await running.checkRaw(bytes, {})).toMatchObject({ status: { code: 7 }, httpResponse: { case: 'deniedResponse' } })
  expect(running.journal.refusals.at(-1)).toMatchObject({ reason: 'gateway_unauthenticated' })
  expect(await running.checkRaw(bytes, { 'x-bailiwick-gateway-key': EDGE_KEY })).toMatchObject({
    status: { code: 7 },
    httpResponse: { case: 'deniedResponse' },
  })
  expect(running.journal.records.at(-1)).toMatchObject({ effect: 'deny', reason: 'resource_unknown' })
})

it('answers an empty CheckRequest with a deny', async () => {
  const response = await running.checkRaw(Buffer.alloc(0), { 'x-bailiwick-gateway-key': EDGE_KEY })
  expect(response).toMatchObject({ status: { code: 7 }, httpResponse: { case: 'deniedResponse' } })
})

describe('a loopback gateway in development', () => {
  const dev = { name: 'dev', doors: ['ext_authz'], dialect: 'envoy', resources: ['payments'], resource_from: 'context_extension', authentication: 'loopback' }

  it('needs no key, and is refused where its own call came through a proxy', async () => {
    const local = await startService({ gateways: [dev] })
    try {
      const localToken = await local.tokenFor(await local.makeTask())
      expect(await local.check({ token: localToken, key: '' })).toMatchObject({ kind: 'ok' })
      expect(local.journal.records.at(-1)).toMatchObject({ gateway: { name: 'dev', development: true } })
      for (const name of ['forwarded', 'via', 'x-forwarded-for']) {
        const answer = await local.check({ token: localToken, key: '', metadata: { [name]: '10.0.0.1' } })
        expect(answer).toMatchObject({ kind: 'denied', metadata: { reason: 'gateway_unauthenticated' } })
      }
    } finally {
      await local.close()
    }
  })
})

it('logs no token', () => {
  expect(running.lines.join('')).not.toContain(token)
})
