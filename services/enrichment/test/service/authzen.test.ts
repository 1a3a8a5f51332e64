import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Task } from '@bailiwick/core'
import { EDGE_KEY, startService } from './running.ts'
import type { Running, V1Answer } from './running.ts'

let running: Running
let task: Task
let token: string
const KEY = { 'x-bailiwick-gateway-key': EDGE_KEY }

beforeAll(async () => {
  running = await startService({ gateways: [{ name: 'edge', doors: ['authzen'], resource_from: 'request' }] })
  task = await running.makeTask()
  token = await running.tokenFor(task)
})
afterEach(() => running.decider.script('allow'))
afterAll(() => running.close())

const SUBJECT = { type: 'identity', id: 'corp:bob', properties: { 'cerbos.roles': ['admin'] } }
const REFUND = { type: 'tool', id: 'refund_issue', properties: { arguments: { ticket_id: 'T-1042', amount_cents: 4000 } } }

function context(change: object = {}): object {
  return { agent: 'client:somebody', bailiwick: { resource: 'payments', token, ...change } }
}

function evaluation(change: object = {}): object {
  return { subject: SUBJECT, resource: REFUND, action: { name: 'tools/call' }, context: context(), ...change }
}

function post(document: unknown, path = '/access/v1/evaluation', headers: Record<string, string> = KEY): Promise<V1Answer> {
  return running.post(path, document, headers)
}

describe('an evaluation', () => {
  it('allows, asks about the token’s subject and not the request’s, and echoes the request id', async () => {
    const { status, body, headers } = await post(evaluation(), '/access/v1/evaluation', { ...KEY, 'x-request-id': 'r-7' })
    expect([status, body]).toEqual([200, { decision: true, context: { effect: 'allow', decision_id: running.journal.records.at(-1)?.decision_id } }])
    expect(headers.get('x-request-id')).toBe('r-7')
    expect(running.decider.questions.at(-1)).toMatchObject({
      principal: { id: 'corp:alice', roles: ['user', 'tier-1-support'] },
      items: [
        {
          resource: { kind: 'mcp:payments', id: 'refund_issue', attr: { tool: 'refund_issue', arguments: { ticket_id: 'T-1042', amount_cents: 4000 } } },
          actions: ['tools/list/refund_issue', 'tools/call/refund_issue'],
        },
      ],
    })
    expect(running.journal.records.at(-1)).toMatchObject({ door: 'authzen', effect: 'allow', action: { method: 'tools/call', name: 'refund_issue' } })
  })

  it('denies with 200, the reason and what may help; with 403 where the status is what counts', async () => {
    running.decider.script(() => ({ effect: 'deny', outcome: 'limit_exceeded', reason: 'over the cap', remediation: { type: 'step_up' } }))
    const { status, body } = await post(evaluation())
    expect([status, body]).toMatchObject([
      200,
      { decision: false, context: { effect: 'deny', reason: 'limit_exceeded', message: 'over the cap', remediation: { type: 'step_up' } } },
    ])
    expect((await post(evaluation(), '/access/v1/evaluation?enforce=status')).status).toBe(403)
    running.decider.script('allow')
    expect((await post(evaluation(), '/access/v1/evaluation?enforce=status')).status).toBe(200)
  })

  it.each([
    ['initialize', 'mcp_server', 'https://payments.example.com/mcp', ['initialize']],
    ['tools/list', 'mcp_server', 'https://payments.example.com/mcp', ['tools/list']],
    ['server/discover', 'mcp_server', 'https://payments.example.com/mcp', ['initialize']],
  ])('maps %s as COAZ-MCP does', async (name, type, id, actions) => {
    expect((await post(evaluation({ action: { name }, resource: { type, id } }))).body).toMatchObject({ decision: true })
    expect(running.decider.questions.at(-1)?.items[0]?.actions).toEqual(actions)
  })

  it.each([
    ['resources/read', 'resource', 'file:///a', 'resources/read'],
    ['prompts/get', 'prompt', 'greet', 'prompts/get'],
    ['tasks/cancel', 'task', 't-1', 'tasks/cancel'],
    ['completion/complete', 'prompt', 'greet', 'completion/complete'],
    ['completion/complete', 'resource', 'file:///a', 'completion/complete'],
  ])('maps %s on a %s', async (name, type, id, action) => {
    const bailiwick = { resource: 'tickets', token: await running.tokenFor(task, { aud: 'https://tickets.example.com/mcp' }) }
    expect((await post(evaluation({ action: { name }, resource: { type, id }, context: { bailiwick } }))).body).toMatchObject({ decision: true })
    expect(running.decider.questions.at(-1)?.items[0]).toMatchObject({ resource: { id }, actions: [action] })
  })

  it('asks no policy about a ping, and looks at its task', async () => {
    const ended = await running.makeTask()
    const ping = evaluation({
      action: { name: 'ping' },
      resource: { type: 'mcp_server', id: 'https://payments.example.com/mcp' },
      context: context({ token: await running.tokenFor(ended) }),
    })
    const asked = running.decider.questions.length
    expect((await post(ping)).body).toMatchObject({ decision: true })
    expect(running.decider.questions.length).toBe(asked)
    await running.revoke(ended)
    expect((await post(ping)).body).toMatchObject({ decision: false, context: { reason: 'task_revoked' } })
  })

  it('asks in the words of policies where the type is a kind, a model call too', async () => {
    const bailiwick = { token: await running.tokenFor(task, { aud: 'https://llm.example.com/v1' }) }
    const resource = { type: 'llm:models', id: 'gpt-4o', properties: { tools: ['refund_issue'], stream: true, owner: 'corp:alice' } }
    expect((await post(evaluation({ resource, action: { name: 'completion' }, context: { bailiwick } }))).body).toMatchObject({ decision: true })
    expect(running.decider.questions.at(-1)?.items).toEqual([
      { resource: { kind: 'llm:models', id: 'gpt-4o', attr: { dialect: 'openai_chat', stream: true, tools: ['refund_issue'] } }, actions: ['completion'] },
    ])
  })

  it.each([
    ['no token', { context: { bailiwick: { resource: 'payments' } } }, 'token_missing'],
    ['no context', { context: undefined }, 'resource_unknown'],
    ['a resource outside the gateway’s list', { context: { bailiwick: { resource: 'nowhere' } } }, 'resource_unknown'],
    [
      'another server’s audience',
      { action: { name: 'tools/list' }, resource: { type: 'mcp_server', id: 'https://tickets.example.com/mcp' } },
      'resource_unknown',
    ],
    ['a kind that only folds onto ours', { action: { name: 'tools/call/refund_issue' }, resource: { ...REFUND, type: 'mcp:Payments' } }, 'resource_unknown'],
    ['an action nobody knows', { action: { name: 'tools/delete' } }, 'method_unknown'],
    ['an action on another type', { action: { name: 'resources/read' } }, 'method_unknown'],
    ['arguments that were not shown', { resource: { type: 'tool', id: 'refund_issue' } }, 'binding_mismatch'],
    ['arguments of another ticket', { resource: { ...REFUND, properties: { arguments: { ticket_id: 'T-1' } } } }, 'binding_mismatch'],
    ['a kind’s action on another tool', { action: { name: 'tools/call/refund_status' }, resource: { ...REFUND, type: 'mcp:payments' } }, 'method_unknown'],
  ])('denies %s', async (_what, change, reason) => {
    expect((await post(evaluation(change))).body).toMatchObject({ decision: false, context: { reason } })
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'deny', reason, door: 'authzen' })
  })

  it.each([
    ['no subject', { subject: undefined }],
    ['a subject without id', { subject: { type: 'user' } }],
    ['no resource', { resource: undefined }],
    ['no action', { action: undefined }],
    ['an action without name', { action: {} }],
    ['a context that is none', { context: 'x' }],
    ['a token that is no text', { context: { bailiwick: { token: 7 } } }],
  ])('is malformed with %s', async (_what, change) => {
    expect((await post(evaluation(change))).status).toBe(400)
  })

  it('ignores members it does not know, and refuses what two readers could read differently', async () => {
    expect((await post({ ...evaluation(), extra: { a: 1 } })).body).toMatchObject({ decision: true })
    expect((await post(JSON.stringify(evaluation()).replace('{', '{"action":{"name":"ping"},'))).status).toBe(400)
  })

  it.each([
    ['no key', {}],
    ['a wrong key', { 'x-bailiwick-gateway-key': 'wrong' }],
    ['a key of another door’s place', { 'x-api-key': EDGE_KEY }],
  ])('answers 401 to a caller with %s', async (_what, headers) => {
    const { status, body } = await post(evaluation(), '/access/v1/evaluation', headers)
    expect([status, body]).toMatchObject([401, { decision: false, context: { reason: 'gateway_unauthenticated' } }])
  })

  it('answers what is no JSON request, and what is too large, without reading on', async () => {
    expect((await post('{', '/access/v1/evaluation')).status).toBe(400)
    expect((await post(evaluation(), '/access/v1/evaluation', { ...KEY, 'content-type': 'text/plain' })).status).toBe(415)
    expect((await fetch(`http://${running.address}/access/v1/evaluation`, { headers: KEY })).status).toBe(405)
  })
})

describe('evaluations', () => {
  const many = (document: object): Promise<V1Answer> => post(document, '/access/v1/evaluations')
  const status = { resource: { type: 'tool', id: 'refund_status', properties: { arguments: {} } } }
  const other = { resource: { ...REFUND, properties: { arguments: { ticket_id: 'T-1' } } } }
  const base = { subject: SUBJECT, action: { name: 'tools/call' } }

  it('answers each in order, with what stands above as default', async () => {
    const { body } = await many({ ...base, context: context(), evaluations: [status, other, { ...status, context: {} }] })
    expect(body['evaluations']).toMatchObject([
      { decision: true },
      { decision: false, context: { reason: 'binding_mismatch' } },
      { decision: false, context: { reason: 'resource_unknown' } },
    ])
  })

  it.each([
    ['execute_all', [status, other, status], [true, false, true]],
    ['deny_on_first_deny', [status, other, status], [true, false]],
    ['permit_on_first_permit', [other, status, other], [false, true]],
  ])('ends as %s says', async (semantic, evaluations, expected) => {
    const { body } = await many({ ...base, context: context(), evaluations, options: { evaluations_semantic: semantic } })
    expect(body['evaluations']).toMatchObject(expected.map((decision) => ({ decision })))
    expect(body['evaluations']).toHaveLength(expected.length)
  })

  it('is asked like a single one without a list, and with an empty one', async () => {
    expect((await many(evaluation())).body).toMatchObject({ decision: true })
    expect((await many({ ...evaluation(), evaluations: [] })).body).toMatchObject({ decision: true })
  })

  it.each([
    ['another semantic', { evaluations: [status], options: { evaluations_semantic: 'any' } }],
    ['more than it answers at once', { evaluations: Array.from({ length: 51 }, () => status) }],
    ['what is no list', { evaluations: { a: status } }],
    ['an entry that is no object', { evaluations: [7] }],
    ['an entry without an action anywhere', { action: undefined, evaluations: [status] }],
  ])('is malformed with %s', async (_what, change) => {
    expect((await many({ ...base, context: context(), ...change })).status).toBe(400)
  })

  it('answers 403 where the status counts and one of them is denied', async () => {
    const document = { ...base, context: context(), evaluations: [status, other] }
    expect((await post(document, '/access/v1/evaluations?enforce=status')).status).toBe(403)
  })
})

it('tells where its endpoints are', async () => {
  const response = await fetch(`http://${running.address}/.well-known/authzen-configuration`)
  const base = `http://${running.address}`
  expect(await response.json()).toEqual({
    policy_decision_point: base,
    access_evaluation_endpoint: `${base}/access/v1/evaluation`,
    access_evaluations_endpoint: `${base}/access/v1/evaluations`,
  })
})
