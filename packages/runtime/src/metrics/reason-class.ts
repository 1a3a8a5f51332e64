// The reasons of the vocabulary in the few classes a graph can show: who must act on a rise differs by class. Exhaustive, no default arm.
import type { DenialReason } from '@bailiwick/core'

/**
 * `caller`: who called us did not prove who it is. `token`: the credential of the call. `task`: the task, or what it rests on, was ended or held.
 * `request`: the call itself. `policy`: a rule said no. `profile`: the directory did. `unavailable`: nothing was established, and so denied.
 */
export type ReasonClass = 'none' | 'caller' | 'token' | 'task' | 'request' | 'policy' | 'profile' | 'unavailable'

export function reasonClassOf(reason: DenialReason | undefined): ReasonClass {
  switch (reason) {
    case undefined:
      return 'none'
    case 'gateway_unauthenticated':
    case 'client_unauthenticated':
      return 'caller'
    case 'token_missing':
    case 'token_invalid':
    case 'token_expired':
    case 'proof_unverifiable':
    case 'proof_missing':
    case 'proof_invalid':
    case 'wrong_resource':
    case 'subject_invalid':
    case 'actor_invalid':
      return 'token'
    case 'task_unknown':
    case 'task_revoked':
    case 'task_completed':
    case 'task_expired':
    case 'cut_off':
    case 'held':
      return 'task'
    case 'resource_unknown':
    case 'body_unreadable':
    case 'method_unknown':
    case 'header_mismatch':
    case 'arguments_invalid':
    case 'tool_unknown':
    case 'request_malformed':
    case 'grant_not_allowed':
    case 'target_refused':
    case 'scope_refused':
      return 'request'
    case 'binding_mismatch':
    case 'policy_denied':
    case 'not_visible':
    case 'scope_missing':
    case 'limit_exceeded':
    case 'approval_required':
      return 'policy'
    case 'profile_not_found':
    case 'account_disabled':
      return 'profile'
    case 'deadline_exceeded':
    case 'state_unavailable':
    case 'policy_unavailable':
    case 'profile_unavailable':
    case 'audit_unavailable':
    case 'keys_unavailable':
      return 'unavailable'
  }
}
