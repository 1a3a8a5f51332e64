// Every way Bailiwick refuses. A denial is a value, never thrown. `detail` and the other data of an arm are for the audit
// record; the only things a caller may see are the reason, its public sentence (denial-sentences.ts), a policy's own
// reason and remediation, and pointers into the caller's own arguments.
import type { JsonValue } from './json-value.ts'

/** What the denied caller could do about it, as the policy's output wrote it: `{type: 'step_up', approvers_role: 'tier-2-lead'}`. */
export interface Remediation {
  readonly type: string
  readonly [key: string]: JsonValue
}

/** For the audit record and the debug log only: a stable word or short phrase, never a token, a secret or a caller's content. */
interface Detailed {
  readonly detail?: string
}

/** A denial that the policy decided, with what its outputs said. */
interface PolicySpoken extends Detailed {
  /** The policy's own words; shown to the caller. */
  readonly policyReason?: string
  readonly remediation?: Remediation
  /** `resource.mcp_payments.vdefault#refund-cap`, for the audit. */
  readonly rule?: string
}

/** Why a body was not read. `partial` and `too_large` are 413, the others 400. */
export type BodyProblem = 'partial' | 'too_large' | 'encoding' | 'syntax' | 'not_a_request'

type PlainReason =
  // the credential
  | 'token_missing'
  | 'token_invalid'
  | 'token_expired'
  | 'proof_unverifiable'
  | 'wrong_resource'
  | 'gateway_unauthenticated'
  | 'resource_unknown'
  // the task and its state
  | 'task_unknown'
  | 'task_revoked'
  | 'task_completed'
  | 'task_expired'
  | 'cut_off'
  | 'held'
  // the call
  | 'method_unknown'
  | 'header_mismatch'
  | 'tool_unknown'
  // what the call may do
  | 'binding_mismatch'
  | 'profile_not_found'
  | 'account_disabled'
  // we could not establish it
  | 'deadline_exceeded'
  | 'state_unavailable'
  | 'policy_unavailable'
  | 'profile_unavailable'
  | 'audit_unavailable'
  | 'keys_unavailable'
  // the exchange adds, beside request_malformed
  | 'client_unauthenticated'
  | 'grant_not_allowed'
  | 'subject_invalid'
  | 'actor_invalid'
  | 'target_refused'
  | 'scope_refused'

/** Of which kind the missing or wrong proof is: what is asked for next differs. */
type ProofReason = 'proof_missing' | 'proof_invalid'

/** `dpop`: RFC 9449. `mtls`: a client certificate, RFC 8705. */
export type ProofKind = 'dpop' | 'mtls'

type PolicyReason = 'policy_denied' | 'not_visible' | 'limit_exceeded' | 'approval_required'

export type Denial =
  | { [R in PlainReason]: { readonly reason: R } & Detailed }[PlainReason]
  | { [R in PolicyReason]: { readonly reason: R } & PolicySpoken }[PolicyReason]
  /** `expected`: what the field that `detail` names takes, in words of ours; shown to the caller. */
  | ({ readonly reason: 'request_malformed'; readonly expected?: string } & Detailed)
  | ({ readonly reason: 'body_unreadable'; readonly problem: BodyProblem } & Detailed)
  | ({ readonly reason: 'arguments_invalid'; readonly pointers: readonly string[] } & Detailed)
  | ({ readonly reason: 'scope_missing'; readonly scopes: readonly string[] } & Detailed)
  | { [R in ProofReason]: { readonly reason: R; readonly proof: ProofKind } & Detailed }[ProofReason]

export type DenialReason = Denial['reason']
