// The one place where a reason becomes an OAuth error: RFC 6749 section 5.2, RFC 8693 section 2.2.2, RFC 8707 section 2. Adds `reason` and
// `decision_id`. Never an inner message, a claim or a token.
import { isRetryable, publicSentence } from '@bailiwick/core'
import type { Denial, JsonObject } from '@bailiwick/core'
import { UNSUPPORTED_GRANT_TYPE } from '../exchange/parse-request.ts'
import type { Reply } from './reply.ts'

interface OAuthError {
  readonly status: number
  readonly error: string
}

export function oauthResponse(denial: Denial, decisionId: string, sentAuthorization = false): Reply {
  const { status, error } = toOAuthError(denial)
  return {
    status,
    body: { error, ...errorFields(denial), decision_id: decisionId },
    headers: {
      // RFC 6749 section 5.2: a challenge only where the client tried the header. Nothing it could send there is accepted.
      ...(status === 401 && sentAuthorization ? { 'www-authenticate': 'Bearer error="invalid_client"' } : {}),
      ...(isRetryable(denial) ? { 'retry-after': '1' } : {}),
      // What is left of a body that was not read must not be taken for the next request.
      ...(denial.reason === 'body_unreadable' ? { connection: 'close' } : {}),
    },
  }
}

/** The error of one resource inside a batch answer. */
export function itemError(denial: Denial): JsonObject {
  return { error: toOAuthError(denial).error, ...errorFields(denial) }
}

function errorFields(denial: Denial): JsonObject {
  const remediation = 'remediation' in denial && denial.remediation !== undefined ? { remediation: denial.remediation } : {}
  return { error_description: toDescription(publicSentence(denial)), reason: denial.reason, ...remediation }
}

/** RFC 6749 allows printable ASCII without `"` and `\`; a policy author may have written anything. */
function toDescription(sentence: string): string {
  return sentence.replaceAll('"', "'").replaceAll(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?')
}

export function toOAuthError(denial: Denial): OAuthError {
  switch (denial.reason) {
    case 'client_unauthenticated':
      return { status: 401, error: 'invalid_client' }
    case 'grant_not_allowed':
      return { status: 400, error: denial.detail === UNSUPPORTED_GRANT_TYPE ? 'unsupported_grant_type' : 'unauthorized_client' }
    case 'body_unreadable':
      return { status: denial.problem === 'too_large' || denial.problem === 'partial' ? 413 : 400, error: 'invalid_request' }
    case 'request_malformed':
    case 'token_missing':
    case 'token_invalid':
    case 'token_expired':
    case 'subject_invalid':
    case 'actor_invalid':
    // A dead task, and a subject or actor policy or the directory does not accept (RFC 8693 section 2.2.2).
    case 'task_unknown':
    case 'task_revoked':
    case 'task_completed':
    case 'task_expired':
    case 'cut_off':
    case 'held':
    case 'profile_not_found':
    case 'account_disabled':
    // Of calls behind a gateway; the exchange has none of them.
    case 'gateway_unauthenticated':
    case 'method_unknown':
    case 'header_mismatch':
    case 'arguments_invalid':
    case 'tool_unknown':
    case 'binding_mismatch':
      return { status: 400, error: 'invalid_request' }
    case 'proof_unverifiable':
      return { status: 400, error: 'invalid_dpop_proof' }
    case 'proof_missing':
    case 'proof_invalid':
      // RFC 8705 has no error of its own for a certificate that is missing or another one.
      return { status: 400, error: denial.proof === 'dpop' ? 'invalid_dpop_proof' : 'invalid_request' }
    case 'target_refused':
    case 'resource_unknown':
    case 'wrong_resource':
    case 'policy_denied':
    case 'not_visible':
    case 'limit_exceeded':
    case 'approval_required':
      return { status: 400, error: 'invalid_target' }
    case 'scope_refused':
    case 'scope_missing':
      return { status: 400, error: 'invalid_scope' }
    case 'deadline_exceeded':
    case 'state_unavailable':
    case 'policy_unavailable':
    case 'profile_unavailable':
    case 'audit_unavailable':
    case 'keys_unavailable':
      return { status: 503, error: denial.detail === 'internal_error' ? 'server_error' : 'temporarily_unavailable' }
  }
}
