// What a caller is told: one fixed sentence per reason, and whether asking again later can help. The sentence never depends on
// the request. `docs/errors.md` is checked against this table.
import type { Denial, DenialReason } from './denial.ts'

interface Spoken {
  readonly sentence: string
  /** True where the same call may pass later without anybody changing anything. */
  readonly retryable: boolean
}

const never = (sentence: string): Spoken => ({ sentence, retryable: false })
const later = (sentence: string): Spoken => ({ sentence, retryable: true })

export const DENIALS: { readonly [R in DenialReason]: Spoken } = {
  token_missing: never('No runtime token was sent with this call.'),
  token_invalid: never('The runtime token is not valid here.'),
  token_expired: never('The runtime token has expired; exchange for a new one.'),
  proof_unverifiable: never('The token is bound to a key, and this path cannot verify the proof of possession.'),
  proof_missing: never('This needs a token bound to a key, shown together with a proof of possession of that key.'),
  proof_invalid: never('The proof of possession does not fit this request, or was used before.'),
  wrong_resource: never('The runtime token was issued for another resource.'),
  gateway_unauthenticated: never('The calling gateway is not authenticated.'),
  resource_unknown: never('The resource of this call is not known here.'),
  task_unknown: never('The task of this token is not known.'),
  task_revoked: never('The task was revoked.'),
  task_completed: never('The task is completed.'),
  task_expired: never('The task has expired.'),
  cut_off: never('The authority this task was created under has been cut off.'),
  held: never('New work is on hold for this identity or resource until an operator lifts the hold.'),
  body_unreadable: never('The request body could not be read completely and unambiguously.'),
  method_unknown: never('This method is not known to the gateway.'),
  header_mismatch: never('The request headers and the request body disagree.'),
  arguments_invalid: never("The arguments do not fit the tool's input schema."),
  tool_unknown: never('This tool is not registered for the resource.'),
  binding_mismatch: never('The call is outside what this task is bound to.'),
  profile_not_found: never('The subject of this task has no profile.'),
  account_disabled: never('The account of the subject is disabled.'),
  policy_denied: never('The policy does not allow this call.'),
  not_visible: never('This tool is not available to this task.'),
  scope_missing: never('The runtime token lacks a scope this call needs.'),
  limit_exceeded: never('The call exceeds a limit of this task.'),
  approval_required: never('The call needs an approval.'),
  deadline_exceeded: later('The decision took too long.'),
  state_unavailable: later('The state of the task could not be established.'),
  policy_unavailable: later('The policy decision could not be obtained.'),
  profile_unavailable: later('The profile of the subject could not be established.'),
  audit_unavailable: later('The decision could not be recorded.'),
  keys_unavailable: later('The keys needed to verify or sign are not available.'),
  request_malformed: never('The request is malformed.'),
  client_unauthenticated: never('The client could not be authenticated.'),
  grant_not_allowed: never('The client may not use this grant.'),
  subject_invalid: never('The subject token is not acceptable.'),
  actor_invalid: never('The actor is not acceptable.'),
  target_refused: never('The requested resource is not available to this client and task.'),
  scope_refused: never('The requested scope is not available.'),
}

/** The sentence a caller sees: the policy's own reason where it gave one, else the fixed text. */
export function publicSentence(denial: Denial): string {
  if ('policyReason' in denial && denial.policyReason !== undefined) return denial.policyReason
  return DENIALS[denial.reason].sentence
}

export function isRetryable(denial: Denial): boolean {
  return DENIALS[denial.reason].retryable
}
