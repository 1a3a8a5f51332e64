// Every denial reason as the situation a caller is in. The one place where reasons are told apart for the wire: each protocol's
// renderer knows situations only. Rows of the denial table; no default arm, so a new reason does not compile until it has one.
import type { BodyProblem, Denial } from '@bailiwick/core'

export type Situation =
  /** 401: another token, or another proof, could help. Without an error no token was shown. */
  | { readonly kind: 'challenge'; readonly error?: 'invalid_token' | 'invalid_dpop_proof' }
  | { readonly kind: 'scope'; readonly scopes: readonly string[] }
  /** 403 whatever the call was: it was not established whom or what it concerns. */
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'header_mismatch' }
  /** 400. `syntax`: not even JSON. */
  | { readonly kind: 'unreadable'; readonly syntax: boolean }
  /** 413. */
  | { readonly kind: 'too_large' }
  | { readonly kind: 'method_unknown' }
  /** We could not establish it. Never a 5xx: gateways may let through on those. */
  | { readonly kind: 'unavailable' }
  /** Policy and kill alike. Never a 401, which would start an OAuth flow. */
  | { readonly kind: 'refused' }

export function situationOf(denial: Denial): Situation {
  switch (denial.reason) {
    case 'token_missing':
      return { kind: 'challenge' }
    case 'token_invalid':
    case 'token_expired':
    case 'proof_unverifiable':
    case 'wrong_resource':
      return { kind: 'challenge', error: 'invalid_token' }
    case 'proof_missing':
    case 'proof_invalid':
      // RFC 9449 section 7.1; RFC 8705 section 3.
      return { kind: 'challenge', error: denial.proof === 'dpop' ? 'invalid_dpop_proof' : 'invalid_token' }
    case 'scope_missing':
      return { kind: 'scope', scopes: denial.scopes }
    case 'gateway_unauthenticated':
    case 'resource_unknown':
      return { kind: 'forbidden' }
    case 'header_mismatch':
      return { kind: 'header_mismatch' }
    case 'body_unreadable':
      return situationOfBody(denial.problem)
    case 'method_unknown':
      return { kind: 'method_unknown' }
    case 'deadline_exceeded':
    case 'state_unavailable':
    case 'policy_unavailable':
    case 'profile_unavailable':
    case 'audit_unavailable':
    case 'keys_unavailable':
      return { kind: 'unavailable' }
    case 'task_unknown':
    case 'task_revoked':
    case 'task_completed':
    case 'task_expired':
    case 'cut_off':
    case 'held':
    case 'arguments_invalid':
    case 'tool_unknown':
    case 'binding_mismatch':
    case 'profile_not_found':
    case 'account_disabled':
    case 'policy_denied':
    case 'not_visible':
    case 'limit_exceeded':
    case 'approval_required':
      return { kind: 'refused' }
    // Of the exchange; no gateway's question ends in them, and a deny is right if one ever did.
    case 'request_malformed':
    case 'client_unauthenticated':
    case 'grant_not_allowed':
    case 'subject_invalid':
    case 'actor_invalid':
    case 'target_refused':
    case 'scope_refused':
      return { kind: 'refused' }
  }
}

function situationOfBody(problem: BodyProblem): Situation {
  switch (problem) {
    case 'partial':
    case 'too_large':
      return { kind: 'too_large' }
    case 'encoding':
    case 'syntax':
      return { kind: 'unreadable', syntax: true }
    case 'not_a_request':
      return { kind: 'unreadable', syntax: false }
  }
}
