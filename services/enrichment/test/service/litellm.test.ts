import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Task } from '@bailiwick/core'
import { EDGE_KEY, startService } from './running.ts'
import type { Running, V1Answer } from './running.ts'

let running: Running
let task: Task
let token: string

const PATH = '/beta/litellm_basic_guardrail_api'

beforeAll(async () => {
  running = await startService({ gateways: [{ name: 'edge', doors: ['litellm'], resources: ['models'], resource_from: 'fixed', resource: 'models' }] })
  task = await running.makeTask()
  token = await running.tokenFor(task, { aud: 'https://llm.example.com/v1' })
})
afterEach(() => running.decider.script('allow'))
afterAll(() => running.close())

const REFUND = { type: 'function', function: { name: 'refund_issue', parameters: { type: 'object' } } }
const STATUS = { type: 'function', function: { name: 'refund_status' } }

/** As LiteLLM 1.106 sends it. */
function asked(change: object = {}): object {
  return {
    input_type: 'request',
    litellm_call_id: 'c-1',
    litellm_trace_id: 't-1',
    structured_messages: [{ role: 'user', content: 'hello' }],
    images: null,
    tools: null,
    texts: ['hello'],
    request_data: { user_api_key_user_id: 'corp:bob' },
    request_headers: { host: 'litellm', authorization: '[present]', 'x-bailiwick-token': token },
    litellm_version: '1.106.2',
    additional_provider_specific_params: {},
    tool_calls: null,
    model: 'gpt-4o-mini',
    ...change,
  }
}

function post(change: object = {}, headers: Record<string, string> = { 'x-api-key': EDGE_KEY }): Promise<V1Answer> {
  return running.post(PATH, asked(change), headers)
}

describe('the guardrail API', () => {
  it('changes nothing where the call is allowed, whoever LiteLLM says the caller is', async () => {
    const { status, body, headers } = await post({ tools: [REFUND] })
    expect([status, body]).toEqual([200, { action: 'NONE' }])
    expect(headers.get('cache-control')).toBe('no-store')
    expect(running.decider.questions.at(-1)).toMatchObject({
      principal: { id: 'corp:alice' },
      items: [
        {
          resource: { kind: 'llm:models', id: 'gpt-4o-mini', attr: { dialect: 'openai_chat', stream: false, tools: ['refund_issue'] } },
          actions: ['completion'],
        },
      ],
    })
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'allow', door: 'litellm', resource: 'models', action: { kind: 'llm', name: 'gpt-4o-mini' } })
  })

  it('blocks with the reason, what may help and the decision', async () => {
    running.decider.script(() => ({ effect: 'deny', outcome: 'policy_denied', reason: 'not this model', remediation: { type: 'other_model' } }))
    const { status, body } = await post()
    expect(status).toBe(200)
    expect(body).toEqual({
      action: 'BLOCKED',
      blocked_reason: `not this model\nRemediation: {"type":"other_model"}\nDecision: ${running.journal.records.at(-1)?.decision_id}`,
    })
  })

  it('takes out the tools that are not allowed, and leaves the others as they were', async () => {
    running.decider.script(({ resource }) => (JSON.stringify(resource.attr['tools']).includes('refund_issue') ? 'deny' : 'allow'))
    expect((await post({ tools: [REFUND, STATUS] })).body).toEqual({ action: 'GUARDRAIL_INTERVENED', tools: [STATUS] })
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'allow', action: { tools: ['refund_issue', 'refund_status'], dropped: ['refund_issue'] } })
  })

  it('never answers with an empty list of tools, which would mean that nothing changed', async () => {
    running.decider.script(({ resource }) => (JSON.stringify(resource.attr['tools']) === '[]' ? 'allow' : 'deny'))
    expect((await post({ tools: [REFUND] })).body).toMatchObject({ action: 'BLOCKED' })
  })

  it.each([
    ['no token', { request_headers: {} }, 'token_missing'],
    ['no headers', { request_headers: null }, 'token_missing'],
    ['a token LiteLLM was not told to pass on', { request_headers: { 'x-bailiwick-token': '[present]' } }, 'token_missing'],
    ['two tokens', { request_headers: { 'x-bailiwick-token': 'a', 'X-Bailiwick-Token': 'b' } }, 'token_invalid'],
    ['another token', { request_headers: { 'x-bailiwick-token': 'a.b.c' } }, 'token_invalid'],
    ['a token in what the caller may write', { request_headers: {}, additional_provider_specific_params: { bailiwick: { token: 'x' } } }, 'token_missing'],
    ['no model', { model: null }, 'body_unreadable'],
    ['two models in one', { model: 'gpt-4o-mini,gpt-4o' }, 'body_unreadable'],
    ['what a model answered', { input_type: 'response' }, 'body_unreadable'],
    ['no phase', { input_type: null }, 'body_unreadable'],
    ['a tool it does not know', { tools: [{ type: 'code_interpreter' }] }, 'body_unreadable'],
    ['tools that are no list', { tools: { a: 1 } }, 'body_unreadable'],
  ])('blocks %s', async (_what, change, reason) => {
    expect((await post(change)).body).toMatchObject({ action: 'BLOCKED' })
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'deny', reason, door: 'litellm' })
  })

  it.each([
    ['no JSON', '{'],
    ['a repeated member', '{"input_type":"request","model":"a","model":"b"}'],
    ['a member that folds onto another', '{"input_type":"request","model":"a","Model":"b"}'],
    ['nothing', ''],
    ['a list', '[]'],
  ])('blocks %s', async (_what, text) => {
    expect((await running.post(PATH, text, { 'x-api-key': EDGE_KEY })).body).toMatchObject({ action: 'BLOCKED' })
  })

  it.each([
    ['without a key', {}],
    ['with a wrong key', { 'x-api-key': 'wrong' }],
    ['with the key in the place of another door', { 'x-bailiwick-gateway-key': EDGE_KEY }],
  ])('blocks a caller %s', async (_what, headers) => {
    const { status, body } = await post({}, headers)
    expect([status, body['action']]).toEqual([200, 'BLOCKED'])
    expect(body['blocked_reason']).toContain('gateway')
  })

  it('blocks what is no POST', async () => {
    const response = await fetch(`http://${running.address}${PATH}`, { headers: { 'x-api-key': EDGE_KEY } })
    expect([response.status, await response.json()]).toEqual([200, expect.objectContaining({ action: 'BLOCKED' })])
  })

  it('blocks a body that declares to be over the limit, and lets go of the connection', async () => {
    const declared = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(running.address.split(':')[1]), '127.0.0.1')
      let text = ''
      socket.on('data', (chunk) => (text += chunk.toString()))
      socket.on('error', reject)
      socket.on('close', () => resolve(text))
      socket.write(
        `POST ${PATH} HTTP/1.1\r\nhost: ${running.address}\r\nx-api-key: ${EDGE_KEY}\r\ncontent-type: application/json\r\ncontent-length: 999999999\r\n\r\n{`,
      )
    })
    expect(declared).toContain('"BLOCKED"')
    expect(declared).toMatch(/connection: close/i)
  })

  it('blocks a task that was revoked, whatever was allowed before', async () => {
    const ended = await running.makeTask()
    const headers = { 'x-bailiwick-token': await running.tokenFor(ended, { aud: 'https://llm.example.com/v1' }) }
    expect((await post({ request_headers: headers })).body).toEqual({ action: 'NONE' })
    await running.revoke(ended)
    expect((await post({ request_headers: headers })).body).toMatchObject({ action: 'BLOCKED', blocked_reason: expect.stringContaining('revoked') })
  })
})

describe('/v1/decide beside it', () => {
  const KEY = { 'x-bailiwick-gateway-key': EDGE_KEY }
  let v1: Running
  beforeAll(async () => {
    v1 = await startService()
  })
  afterAll(() => v1.close())

  it('says which tools a model call may go on with, where the gateway can take some out', async () => {
    v1.decider.script(({ resource }) => (JSON.stringify(resource.attr['tools']).includes('refund_issue') ? 'deny' : 'allow'))
    const owner = await v1.makeTask()
    const body = JSON.stringify({ model: 'gpt-4o-mini', messages: [], tools: [REFUND, STATUS] })
    const http = { method: 'POST', path: '/v1/chat/completions', headers: [['content-type', 'application/json']], body }
    const question = { resource: 'models', token: await v1.tokenFor(owner, { aud: 'https://llm.example.com/v1' }), http }
    expect((await v1.post('/v1/decide', { ...question, can_drop_tools: true }, KEY)).body).toMatchObject({
      effect: 'allow',
      kept: ['refund_status'],
      dropped: ['refund_issue'],
    })
    expect((await v1.post('/v1/decide', question, KEY)).body).toMatchObject({ effect: 'deny', reason: 'policy_denied' })
  })

  it('says which names of a list’s answer the task may know', async () => {
    v1.decider.script(({ actions }) => (actions.includes('tools/list/refund_issue') ? 'deny' : 'allow'))
    const mcp = { method: 'tools/list', version: '2025-06-18', listed: ['refund_issue', 'refund_status', 'refund_void'] }
    const question = { resource: 'payments', token: await v1.tokenFor(await v1.makeTask()), mcp }
    expect((await v1.post('/v1/decide', question, KEY)).body).toMatchObject({
      effect: 'allow',
      kept: ['refund_status'],
      dropped: ['refund_issue', 'refund_void'],
    })
  })
})
