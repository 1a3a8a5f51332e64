// One denial per reason and one call per shape a renderer can meet, and the rendering with everything else fixed.
import { DENIALS, parseDecisionId } from '@bailiwick/core'
import type { BodyProblem, Call, DecisionId, Denial, DenialReason, LlmCall, McpCall, UnreadCall } from '@bailiwick/core'
import { renderDenial } from '../../src/render/render-denial.ts'
import type { DenialToRender, RenderedReply } from '../../src/render/render-denial.ts'

export const DECISION: DecisionId = decisionId('dec_01936b2e-7c00-7000-8000-0123456789ab')
export const METADATA = 'https://bailiwick.example/.well-known/oauth-protected-resource/payments'

function decisionId(text: string): DecisionId {
  const id = parseDecisionId(text)
  if (id === undefined) throw new TypeError('fixture')
  return id
}

const DETAIL = { detail: 'internal-detail' } as const
const POLICY = { ...DETAIL, rule: 'internal-rule' } as const

/** A denial of every reason, carrying what must not leave. A new reason does not compile until it stands here. */
const DENIAL_OF: { readonly [R in DenialReason]: Extract<Denial, { reason: R }> } = {
  token_missing: { reason: 'token_missing', ...DETAIL },
  token_invalid: { reason: 'token_invalid', ...DETAIL },
  token_expired: { reason: 'token_expired', ...DETAIL },
  proof_unverifiable: { reason: 'proof_unverifiable', ...DETAIL },
  proof_missing: { reason: 'proof_missing', proof: 'dpop', ...DETAIL },
  proof_invalid: { reason: 'proof_invalid', proof: 'dpop', ...DETAIL },
  wrong_resource: { reason: 'wrong_resource', ...DETAIL },
  gateway_unauthenticated: { reason: 'gateway_unauthenticated', ...DETAIL },
  resource_unknown: { reason: 'resource_unknown', ...DETAIL },
  task_unknown: { reason: 'task_unknown', ...DETAIL },
  task_revoked: { reason: 'task_revoked', ...DETAIL },
  task_completed: { reason: 'task_completed', ...DETAIL },
  task_expired: { reason: 'task_expired', ...DETAIL },
  cut_off: { reason: 'cut_off', ...DETAIL },
  held: { reason: 'held', ...DETAIL },
  body_unreadable: { reason: 'body_unreadable', problem: 'syntax', ...DETAIL },
  method_unknown: { reason: 'method_unknown', ...DETAIL },
  header_mismatch: { reason: 'header_mismatch', ...DETAIL },
  arguments_invalid: { reason: 'arguments_invalid', pointers: ['/amount_cents'], ...DETAIL },
  tool_unknown: { reason: 'tool_unknown', ...DETAIL },
  binding_mismatch: { reason: 'binding_mismatch', ...DETAIL },
  profile_not_found: { reason: 'profile_not_found', ...DETAIL },
  account_disabled: { reason: 'account_disabled', ...DETAIL },
  policy_denied: { reason: 'policy_denied', ...POLICY },
  not_visible: { reason: 'not_visible', ...POLICY },
  scope_missing: { reason: 'scope_missing', scopes: ['refund:write'], ...DETAIL },
  limit_exceeded: { reason: 'limit_exceeded', ...POLICY },
  approval_required: { reason: 'approval_required', ...POLICY },
  deadline_exceeded: { reason: 'deadline_exceeded', ...DETAIL },
  state_unavailable: { reason: 'state_unavailable', ...DETAIL },
  policy_unavailable: { reason: 'policy_unavailable', ...DETAIL },
  profile_unavailable: { reason: 'profile_unavailable', ...DETAIL },
  audit_unavailable: { reason: 'audit_unavailable', ...DETAIL },
  keys_unavailable: { reason: 'keys_unavailable', ...DETAIL },
  request_malformed: { reason: 'request_malformed', ...DETAIL },
  client_unauthenticated: { reason: 'client_unauthenticated', ...DETAIL },
  grant_not_allowed: { reason: 'grant_not_allowed', ...DETAIL },
  subject_invalid: { reason: 'subject_invalid', ...DETAIL },
  actor_invalid: { reason: 'actor_invalid', ...DETAIL },
  target_refused: { reason: 'target_refused', ...DETAIL },
  scope_refused: { reason: 'scope_refused', ...DETAIL },
}

export function denialFor(reason: DenialReason): Denial {
  return DENIAL_OF[reason]
}

export function isReason(text: string): text is DenialReason {
  return text in DENIALS
}

export const REASONS: readonly DenialReason[] = Object.keys(DENIALS).filter(isReason)
export const BODY_PROBLEMS: readonly BodyProblem[] = ['partial', 'too_large', 'encoding', 'syntax', 'not_a_request']

export const TOOL_CALL: McpCall = {
  kind: 'mcp',
  shape: 'request',
  method: 'tools/call',
  name: 'refund_issue',
  arguments: {},
  requestId: { lexeme: '0' },
  protocolVersion: '2025-11-25',
}
export const LIST: McpCall = {
  kind: 'mcp',
  shape: 'request',
  method: 'tools/list',
  requestId: { lexeme: '"server-discover-probe-1"' },
  protocolVersion: '2026-07-28',
}
export const NOTIFICATION: McpCall = { kind: 'mcp', shape: 'notification', method: 'notifications/initialized', protocolVersion: '2025-11-25' }
export const RESPONSE: McpCall = { kind: 'mcp', shape: 'response', method: 'response', protocolVersion: '2025-11-25' }
export const STREAM: McpCall = { kind: 'mcp', shape: 'stream', method: 'GET', protocolVersion: '2025-11-25' }
export const SESSION_END: McpCall = { kind: 'mcp', shape: 'session_end', method: 'DELETE', protocolVersion: '2025-11-25' }
export const LLM: LlmCall = { kind: 'llm', dialect: 'openai_chat', operation: 'completion', model: 'gpt-4o', tools: [], stream: false }
export const UNREAD: UnreadCall = { kind: 'unread', resourceKind: 'mcp' }

export const CALLS: Readonly<Record<string, Call>> = {
  'a tool call': TOOL_CALL,
  'a tool call of 2026-07-28': { ...TOOL_CALL, protocolVersion: '2026-07-28' },
  'a tool call without an id': withoutId(TOOL_CALL),
  'a tool call with the longest id': { ...TOOL_CALL, requestId: { lexeme: `"${'\\u00e9'.repeat(42)}"` } },
  'a list': LIST,
  'a notification': NOTIFICATION,
  'a client response': RESPONSE,
  'a stream': STREAM,
  'a session end': SESSION_END,
  'a model call': LLM,
  'an unread MCP call': UNREAD,
  'an unread MCP request with an id': { ...UNREAD, shape: 'request', requestId: { lexeme: '17' }, method: 'x/y' },
  'an unread MCP notification': { ...UNREAD, shape: 'notification' },
  'an unread MCP stream': { ...UNREAD, shape: 'stream' },
  'an unread MCP session end': { ...UNREAD, shape: 'session_end' },
  'an unread model call': { kind: 'unread', resourceKind: 'llm' },
  'a call to nobody knows what': { kind: 'unread' },
}

function withoutId({ requestId: _requestId, ...call }: McpCall): McpCall {
  return call
}

export function render(denial: Denial, call: Call, change: Partial<DenialToRender> = {}): RenderedReply {
  return renderDenial({ denial, call, decisionId: DECISION, resourceMetadataUrl: METADATA, channel: 'grpc', ...change })
}

export function bodyOf(reply: RenderedReply): Readonly<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(reply.body)
  if (typeof parsed !== 'object' || parsed === null) throw new TypeError('not an object')
  return { ...parsed }
}

export function headerOf(reply: RenderedReply, name: string): string | undefined {
  return reply.headers.find(([header]) => header === name)?.[1]
}
