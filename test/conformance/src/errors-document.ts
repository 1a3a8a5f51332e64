// docs/errors.md, made from the Denial union and from the converters the doors really use, so that it cannot say anything else than they do.
import { DENIALS } from '@bailiwick/core'
import type { Call, Denial, DenialReason } from '@bailiwick/core'
import { statusOf } from '../../../services/control/src/http/problem.ts'
import { renderDenial } from '../../../services/enrichment/src/render/render-denial.ts'
import { toOAuthError } from '../../../services/token-exchange/src/http/oauth-response.ts'

const WHEN: { readonly [R in DenialReason]: string } = {
  token_missing: 'no runtime token, or not where this door looks for it',
  token_invalid: 'bad signature, wrong `typ` (a task token, an id_token), unknown key, another issuer, revoked by `jti`',
  token_expired: '`exp` has passed',
  proof_unverifiable: 'the token has `cnf`, and this door cannot see the proof',
  wrong_resource: '`aud` is not the resource the gateway serves here',
  gateway_unauthenticated: 'the gateway showed no credential, or a wrong one',
  resource_unknown: 'the gateway names no resource, or one that is not in its list; at control: no such revocation or decision',
  task_unknown: 'never created, an ancestor missing, or not for this caller',
  task_revoked: 'the task or one above it was revoked',
  task_completed: 'the task or one above it was completed',
  task_expired: '`expires_at` has passed',
  cut_off: 'older than a cut-off of its user, agent, client, workload, resource, key or of everything',
  held: 'new work, while a hold is in force in one of its scopes',
  body_unreadable: 'partial, too large, encoded, not strict JSON, a batch, or no request at all',
  method_unknown: 'an MCP method or model path nobody configured a reader for',
  header_mismatch: '`Mcp-Method`, `Mcp-Name` or `MCP-Protocol-Version` and the body disagree',
  arguments_invalid: 'the arguments do not fit the schema; pointers say where',
  tool_unknown: 'the tool is not in the registry of the resource',
  binding_mismatch: 'the arguments differ from what the task is bound to, or cannot be compared',
  profile_not_found: 'a required source does not know the subject',
  account_disabled: 'the directory says the account is not active; this also sets a user cut-off with a hold',
  policy_denied: 'no rule of the policy allows it; carries the policy’s own reason and remediation',
  not_visible: 'the policy hides the tool from this task',
  scope_missing: 'the token lacks a scope the call needs',
  limit_exceeded: 'the policy names a limit as the reason',
  approval_required: 'the policy asks for somebody’s approval',
  deadline_exceeded: 'the decision was not finished inside its budget',
  state_unavailable: 'the store is moved, locked, corrupt, behind the token, or we failed ourselves',
  policy_unavailable: 'the PDP is down, hangs, or answers something that is no answer',
  profile_unavailable: 'a required source is down, slow or too old',
  audit_unavailable: 'the journal cannot be written, so nothing is allowed',
  keys_unavailable: 'an issuer’s keys or our own cannot be had',
  request_malformed: 'a parameter missing, repeated, misspelt or of the wrong type',
  client_unauthenticated: 'no client or operator proved itself; a replayed assertion too',
  grant_not_allowed: 'the client may not do this at all: unknown grant, may not launch, may not act for this issuer',
  subject_invalid: 'the subject token is bad, or of a type or issuer that is not accepted here',
  actor_invalid: 'the client is not the agent of the task, or the actor may not act here',
  target_refused: 'unknown resource, outside the task, or outside the client’s ceiling: one answer for all three',
  scope_refused: 'none of the requested scopes can be granted',
}

export function sampleDenial(reason: DenialReason): Denial {
  switch (reason) {
    case 'body_unreadable':
      return { reason, problem: 'syntax' }
    case 'arguments_invalid':
      return { reason, pointers: ['/amount_cents'] }
    case 'scope_missing':
      return { reason, scopes: ['refund'] }
    default:
      return { reason }
  }
}

export const REASONS: readonly DenialReason[] = Object.keys(DENIALS).filter((reason): reason is DenialReason => Object.hasOwn(WHEN, reason))

const MCP = { kind: 'mcp', requestId: { lexeme: '7' }, protocolVersion: '2025-11-25' } as const
const TOOL_CALL: Call = { ...MCP, shape: 'request', method: 'tools/call', name: 'refund_issue', arguments: {} }
const MCP_LIST: Call = { ...MCP, shape: 'request', method: 'tools/list' }
const NOTIFICATION: Call = { kind: 'mcp', shape: 'notification', method: 'notifications/initialized', protocolVersion: '2025-11-25' }
const MODEL_CALL: Call = { kind: 'llm', dialect: 'openai_chat', operation: 'completion', model: 'gpt-4o', tools: [], stream: false }

export function errorsDocument(): string {
  const rows = REASONS.map((reason) => {
    const denial = sampleDenial(reason)
    const { status, error } = toOAuthError(denial)
    return [
      `\`${reason}\``,
      WHEN[reason],
      DENIALS[reason].sentence,
      DENIALS[reason].retryable ? 'yes' : 'no',
      `${status} \`${error}\``,
      String(statusOf(denial)),
      onWire(denial, TOOL_CALL),
      onWire(denial, MCP_LIST),
      onWire(denial, NOTIFICATION),
      onWire(denial, MODEL_CALL),
    ]
  })
  const head = ['reason', 'when', 'what the caller reads', 'retry', 'token endpoints', 'control', '`tools/call`', 'other MCP request', 'notification', 'model call']
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return `${INTRODUCTION}\n${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`
}

function onWire(denial: Denial, call: Call): string {
  const { status, body } = renderDenial({ denial, call, decisionId: 'dec_0', channel: 'grpc' })
  const parsed: unknown = body === '' ? undefined : JSON.parse(body)
  if (typeof parsed !== 'object' || parsed === null) return String(status)
  if ('result' in parsed) return `${status} \`isError\``
  if ('error' in parsed && typeof parsed.error === 'object' && parsed.error !== null && 'code' in parsed.error && typeof parsed.error.code === 'number')
    return `${status} \`${parsed.error.code}\``
  return String(status)
}

const INTRODUCTION = `# Errors

Made from the \`Denial\` union and the converters of the doors by \`npm run generate\`; a test fails when it is out of date.

Every refusal has one reason. What a caller reads is a fixed sentence that never depends on the request; a policy may add its own reason and
remediation, and a schema failure shows pointers into the caller's own arguments. Everything else is in the audit record of the decision id.

The last four columns are Envoy's \`ext_authz\` (gRPC) and the \`reply\` of \`/v1/decide\`: a denied \`tools/call\` is an MCP result with \`isError\`, because most MCP clients
lose the reason, and some their session, on an HTTP error. No gateway door ever answers 5xx: gateways may let a call through on those.
`
