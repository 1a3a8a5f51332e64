import { describe, expect, it } from 'vitest'
import { DENIALS } from '@bailiwick/core'
import { BailiwickDenied, denialOf } from '../src/index.ts'
import { DECISION, json, jws, refused, TICKETS } from './fake-bailiwick.ts'

/** What the renderers of the gateway doors put into every protocol. */
const data = {
  effect: 'deny',
  decision_id: DECISION,
  reason: 'policy_denied',
  message: 'tier-1-support refund cap exceeded',
  remediation: { type: 'step_up', approvers_role: 'tier-2-lead' },
  retryable: false,
}
const expected = {
  reason: 'policy_denied',
  message: 'tier-1-support refund cap exceeded',
  remediation: { type: 'step_up', approvers_role: 'tier-2-lead' },
  decisionId: DECISION,
  retryable: false,
}
const toolResult = { content: [{ type: 'text', text: 'no' }], isError: true, _meta: { 'dev.bailiwick/decision': data } }
const rpcError = { code: -32001, message: data.message, data: { type: 'authorization_denied', ...data } }
const llmError = { message: data.message, type: 'permission_error', param: null, code: data.reason, bailiwick: data }
const errorInfo = {
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason: 'POLICY_DENIED',
  domain: 'bailiwick.dev',
  metadata: { decision_id: DECISION, reason: data.reason, retryable: 'false', remediation: JSON.stringify(data.remediation) },
}

const forms: readonly [string, unknown][] = [
  ['an MCP tool result', toolResult],
  ['a JSON-RPC envelope around one', { jsonrpc: '2.0', id: 1, result: toolResult }],
  ['a JSON-RPC error', rpcError],
  ['a JSON-RPC envelope around one', { jsonrpc: '2.0', id: 1, error: rpcError }],
  ["an MCP client's protocol error", Object.assign(new Error('denied'), { code: -32001, data: rpcError.data })],
  ["an MCP client's HTTP error", Object.assign(new Error('403'), { status: 403, data: { text: JSON.stringify({ jsonrpc: '2.0', error: rpcError }) } })],
  ['an error that wraps one', new Error('cannot connect', { cause: Object.assign(new Error('denied'), { data: rpcError.data }) })],
  ["a model endpoint's body", { error: llmError }],
  ["an Anthropic endpoint's body", { type: 'error', error: { type: 'permission_error', message: data.message, bailiwick: data }, request_id: DECISION }],
  ["a Bedrock, Cohere or Ollama endpoint's body", { message: 'prose', bailiwick: data }],
  ["an endpoint's body whose error is text", { error: 'prose', bailiwick: data }],
  ["a Google endpoint's body", { error: { code: 403, message: data.message, status: 'PERMISSION_DENIED', details: [{ '@type': 'x' }, errorInfo] } }],
  ["a model client's error", Object.assign(new Error('403'), { status: 403, error: llmError })],
  ['problem details of a gateway', { type: 'about:blank', title: 'Forbidden', status: 403, detail: data.message, ...data }],
  ["what /v1/decide's plane answers", { ...data, task: { id: 'x' } }],
]

describe('a denial is found in', () => {
  it.each(forms)('%s', (_what, form) => {
    expect(denialOf(form)).toEqual(expected)
  })

  it.each(forms.filter(([, form]) => !(form instanceof Error)))('a Response with %s, which can still be read', async (_what, form) => {
    const response = json(403, form)
    expect(await denialOf(response)).toEqual(expected)
    expect(await response.json()).toEqual(form)
  })

  it('an OAuth error, a refused item of a batch, and problem details of control', () => {
    const { sentence } = DENIALS.task_revoked
    expect(denialOf({ error: 'invalid_request', error_description: sentence, reason: 'task_revoked', decision_id: DECISION })).toEqual({
      reason: 'task_revoked',
      message: sentence,
      decisionId: DECISION,
      retryable: false,
    })
    expect(denialOf(refused(TICKETS, 'state_unavailable'))).toMatchObject({ reason: 'state_unavailable', retryable: true })
    expect(
      denialOf({ type: 'x', title: 'Conflict', status: 409, detail: sentence, reason: 'task_revoked', decision_id: DECISION, retryable: false }),
    ).toMatchObject({
      reason: 'task_revoked',
      message: sentence,
    })
  })

  it('an error of this library', () => {
    const denial = denialOf(toolResult)
    if (denial === undefined) throw new Error('no denial')
    expect(denialOf(new BailiwickDenied(denial))).toBe(denial)
  })

  it('an answer of a newer server, by its decision id', () => {
    expect(denialOf({ ...data, reason: 'moon_phase', message: undefined })).toMatchObject({ reason: 'moon_phase', message: '', decisionId: DECISION })
  })

  it('arguments at fault, with the pointers', () => {
    expect(denialOf({ ...data, reason: 'arguments_invalid', pointers: ['/amount_cents'] })).toMatchObject({ pointers: ['/amount_cents'] })
  })
})

describe('no denial is found in', () => {
  const nothing: readonly [string, unknown][] = [
    ['nothing', undefined],
    ['text', 'task_revoked'],
    ['a successful tool result', { content: [], _meta: {} }],
    ["somebody else's OAuth error", { error: 'invalid_token', error_description: 'expired' }],
    ["somebody else's reason, known by chance", { reason: 'held', message: 'your table is held' }],
    ["somebody else's reason", { error: 'conflict', reason: 'closed' }],
    ['a decision that allows', { ...data, effect: 'allow' }],
    ['a reason that is no word', { ...data, reason: 'Policy denied!' }],
    ['a decision id that is none', { ...data, decision_id: 'dec_1' }],
    ['what a tool returned to its caller', { content: [], structuredContent: data }],
    ['the prototype', JSON.parse('{"__proto__":{"reason":"task_revoked","error":"x"}}')],
    ['a tower of wrappers', { error: { error: { error: { error: { error: { error: data } } } } } }],
  ]
  it.each(nothing)('%s', (_what, value) => {
    expect(denialOf(value)).toBeUndefined()
  })

  it('a Response that is no JSON, broken, read already, or longer than any denial', async () => {
    const used = json(403, data)
    await used.text()
    const endless = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(8 * 1024).fill(0x20)) })
    const answers = [
      json(403, { ...data, padding: 'x'.repeat(16 * 1024) }),
      new Response(JSON.stringify(data), { status: 403, headers: { 'content-type': 'text/event-stream' } }),
      new Response('{', { status: 403, headers: { 'content-type': 'application/json' } }),
      new Response(null, { status: 403 }),
      new Response(endless, { status: 403, headers: { 'content-type': 'application/json' } }),
      used,
    ]
    for (const answer of answers) expect(await denialOf(answer)).toBeUndefined()
  })
})

it('takes a token out of what a denial says, and drops a remediation that holds one', () => {
  const leaking = denialOf({ ...data, message: `you sent ${jws('x')} as Bearer abc.def`, remediation: { type: 'retry', with: jws('x') } })
  expect(leaking).toEqual({ reason: 'policy_denied', message: 'you sent [token] as Bearer [token]', decisionId: DECISION, retryable: false })
})
