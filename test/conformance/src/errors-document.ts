// docs/errors.md, made from the Denial union and from the converters the doors really use, so that it cannot say anything else than they do.
import { DENIALS, newDecisionId } from '@bailiwick/core'
import type { Call, Denial, DenialReason } from '@bailiwick/core'
import { statusOf } from '../../../services/control/src/http/problem.ts'
import { renderDenial } from '../../../services/enrichment/src/render/render-denial.ts'
import { toOAuthError } from '../../../services/token-exchange/src/http/oauth-response.ts'

interface Row {
  /** One denial with this reason. */
  readonly denial: Denial
  readonly when: string
}

const ROWS: readonly Row[] = [
  { denial: { reason: 'token_missing' }, when: 'no runtime token, or not where this door looks for it' },
  { denial: { reason: 'token_invalid' }, when: 'bad signature, wrong `typ` (a task token, an id_token), unknown key, another issuer, revoked by `jti`' },
  { denial: { reason: 'token_expired' }, when: '`exp` has passed' },
  { denial: { reason: 'proof_unverifiable' }, when: 'the token has `cnf`, and this door cannot see the proof' },
  {
    denial: { reason: 'proof_missing', proof: 'dpop' },
    when: 'no proof beside a bound token; or a token that is not bound where the resource or the client is to have bound ones',
  },
  { denial: { reason: 'proof_invalid', proof: 'dpop' }, when: 'a proof of another key, method, URI or token, too old, used before, or no proof at all' },
  { denial: { reason: 'wrong_resource' }, when: '`aud` is not the resource the gateway serves here' },
  { denial: { reason: 'gateway_unauthenticated' }, when: 'the gateway showed no credential, or a wrong one' },
  { denial: { reason: 'resource_unknown' }, when: 'the gateway names no resource, or one that is not in its list; at control: no such revocation or decision' },
  { denial: { reason: 'task_unknown' }, when: 'never created, an ancestor missing, or not for this caller' },
  { denial: { reason: 'task_revoked' }, when: 'the task or one above it was revoked' },
  { denial: { reason: 'task_completed' }, when: 'the task or one above it was completed' },
  { denial: { reason: 'task_expired' }, when: '`expires_at` has passed' },
  { denial: { reason: 'cut_off' }, when: 'older than a cut-off of its user, agent, client, workload, resource, key or of everything' },
  { denial: { reason: 'held' }, when: 'new work, while a hold is in force in one of its scopes' },
  { denial: { reason: 'body_unreadable', problem: 'syntax' }, when: 'partial, too large, encoded, not strict JSON, a batch, or no request at all' },
  { denial: { reason: 'method_unknown' }, when: 'an MCP method or model path nobody configured a reader for' },
  { denial: { reason: 'header_mismatch' }, when: '`Mcp-Method`, `Mcp-Name` or `MCP-Protocol-Version` and the body disagree' },
  { denial: { reason: 'arguments_invalid', pointers: ['/amount_cents'] }, when: 'the arguments do not fit the schema; pointers say where' },
  { denial: { reason: 'tool_unknown' }, when: 'the tool is not in the registry of the resource' },
  { denial: { reason: 'binding_mismatch' }, when: 'the arguments differ from what the task is bound to, or cannot be compared' },
  { denial: { reason: 'profile_not_found' }, when: 'a required source does not know the subject' },
  { denial: { reason: 'account_disabled' }, when: 'the directory says the account is not active; this also sets a user cut-off with a hold' },
  { denial: { reason: 'policy_denied' }, when: 'no rule of the policy allows it; carries the policy’s own reason and remediation' },
  { denial: { reason: 'not_visible' }, when: 'the policy hides the tool from this task' },
  { denial: { reason: 'scope_missing', scopes: ['refund'] }, when: 'the token lacks a scope the call needs' },
  { denial: { reason: 'limit_exceeded' }, when: 'the policy names a limit as the reason' },
  { denial: { reason: 'approval_required' }, when: 'the policy asks for somebody’s approval' },
  { denial: { reason: 'deadline_exceeded' }, when: 'the decision was not finished inside its budget' },
  { denial: { reason: 'state_unavailable' }, when: 'the store is moved, locked, corrupt, behind the token, or we failed ourselves' },
  { denial: { reason: 'policy_unavailable' }, when: 'the PDP is down, hangs, or answers something that is no answer' },
  { denial: { reason: 'profile_unavailable' }, when: 'a required source is down, slow or too old' },
  { denial: { reason: 'audit_unavailable' }, when: 'the journal cannot be written, so nothing is allowed' },
  { denial: { reason: 'keys_unavailable' }, when: 'an issuer’s keys or our own cannot be had' },
  { denial: { reason: 'request_malformed' }, when: 'a parameter missing, repeated, misspelt or of the wrong type' },
  { denial: { reason: 'client_unauthenticated' }, when: 'no client or operator proved itself; a replayed assertion too' },
  { denial: { reason: 'grant_not_allowed' }, when: 'the client may not do this at all: unknown grant, may not launch, may not act for this issuer' },
  { denial: { reason: 'subject_invalid' }, when: 'the subject token is bad, or of a type or issuer that is not accepted here' },
  { denial: { reason: 'actor_invalid' }, when: 'the client is not the agent of the task, or the actor may not act here' },
  { denial: { reason: 'target_refused' }, when: 'unknown resource, outside the task, or outside the client’s ceiling: one answer for all three' },
  { denial: { reason: 'scope_refused' }, when: 'none of the requested scopes can be granted' },
]

export const REASONS: readonly DenialReason[] = ROWS.map(({ denial }) => denial.reason)

const MCP = { kind: 'mcp', requestId: { lexeme: '7' }, protocolVersion: '2025-11-25' } as const
const TOOL_CALL: Call = { ...MCP, shape: 'request', method: 'tools/call', name: 'refund_issue', arguments: {} }
const MCP_LIST: Call = { ...MCP, shape: 'request', method: 'tools/list' }
const NOTIFICATION: Call = { kind: 'mcp', shape: 'notification', method: 'notifications/initialized', protocolVersion: '2025-11-25' }
const MODEL_CALL: Call = { kind: 'llm', dialect: 'openai_chat', operation: 'completion', model: 'gpt-4o', tools: [], stream: false }

export function errorsDocument(): string {
  const rows = ROWS.map(({ denial, when }) => {
    const { reason } = denial
    const { status, error } = toOAuthError(denial)
    return [
      `\`${reason}\``,
      when,
      DENIALS[reason].sentence,
      DENIALS[reason].retryable ? 'yes' : 'no',
      `${status} \`${error}\``,
      String(statusOf(denial)),
      onWire(denial, TOOL_CALL),
      onWire(denial, MCP_LIST),
      onWire(denial, NOTIFICATION),
      onWire(denial, MODEL_CALL),
      onWire(denial, TOOL_CALL, 'http'),
    ]
  })
  const head = [
    'reason',
    'when',
    'what the caller reads',
    'retry',
    'token endpoints',
    'control',
    '`tools/call`',
    'other MCP request',
    'notification',
    'model call',
    'MCP over forward-auth',
  ]
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return `${INTRODUCTION}\n${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`
}

function onWire(denial: Denial, call: Call, channel: 'grpc' | 'http' = 'grpc'): string {
  const { status, body } = renderDenial({ denial, call, decisionId: newDecisionId(0), channel })
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

The four columns before the last are Envoy's \`ext_authz\` (gRPC) and the \`reply\` of \`/v1/decide\`: a denied \`tools/call\` is an MCP result with \`isError\`, because most MCP clients
lose the reason, and some their session, on an HTTP error. A gateway that asks with an HTTP sub-request takes 2xx for leave to pass, so the last column, forward-auth,
has none; model calls are answered there as everywhere, and nginx's \`auth_request\` gets 401 or 403 for all of it, with the body in \`x-bailiwick-denial\`. No gateway door
ever answers 5xx: gateways may let a call through on those.

The other doors have one form for every reason. ExtMcp: a JSON-RPC error, -32600 where the token, the params or the versions are at fault, -32603 where we
could not decide, else -32001, with the decision in \`data\`. AuthZEN: \`decision: false\` with reason, message and remediation in \`context\`. Cerbos's API:
\`EFFECT_DENY\` with an output of source \`bailiwick\`. LiteLLM's guardrail API: \`BLOCKED\` with the same in prose. A caller that is no gateway gets 401 at AuthZEN, Cerbos's
API (gRPC: UNAUTHENTICATED) and \`/v1\`.
`
