// A denial as application/problem+json (RFC 9457): the one exhaustive map from reason to status at control. Details stay in the audit.
import type { ServerResponse } from 'node:http'
import { isRetryable, publicSentence } from '@bailiwick/core'
import type { Denial } from '@bailiwick/core'

export function sendProblem(response: ServerResponse, denial: Denial, decisionId: string): void {
  const status = statusOf(denial)
  const body = {
    type: `https://bailiwick.dev/problems/${denial.reason}`,
    title: TITLES[status],
    status,
    detail: publicSentence(denial),
    reason: denial.reason,
    decision_id: decisionId,
    retryable: isRetryable(denial),
    ...('remediation' in denial && denial.remediation !== undefined ? { remediation: denial.remediation } : {}),
    ...(denial.reason === 'request_malformed' ? mendable(denial) : {}),
  }
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...(status === 401 ? { 'www-authenticate': 'Bearer realm="bailiwick-control"' } : {}),
    ...(status === 503 ? { 'retry-after': '1' } : {}),
  })
  response.end(`${JSON.stringify(body)}\n`)
}

/** The caller's own field names help it mend the request, and what such a field takes; everything else a detail says is ours. What was sent is never repeated. */
function mendable({ detail, expected }: Extract<Denial, { reason: 'request_malformed' }>): { field?: string; expected?: string } {
  return { ...(detail === undefined ? {} : { field: detail }), ...(expected === undefined ? {} : { expected }) }
}

const TITLES = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Content Too Large',
  503: 'Service Unavailable',
} as const
type Status = keyof typeof TITLES

export function statusOf(denial: Denial): Status {
  switch (denial.reason) {
    case 'client_unauthenticated':
    case 'token_missing':
    case 'token_invalid':
    case 'token_expired':
      return 401
    case 'request_malformed':
    case 'subject_invalid':
    case 'actor_invalid':
    case 'arguments_invalid':
      return 400
    case 'body_unreadable':
      return denial.problem === 'too_large' ? 413 : 400
    case 'task_unknown':
    case 'resource_unknown':
    case 'method_unknown':
    case 'tool_unknown':
      return 404
    case 'task_revoked':
    case 'task_completed':
    case 'task_expired':
      return 409
    case 'cut_off':
    case 'held':
    case 'proof_unverifiable':
    case 'proof_missing':
    case 'proof_invalid':
    case 'wrong_resource':
    case 'gateway_unauthenticated':
    case 'header_mismatch':
    case 'binding_mismatch':
    case 'profile_not_found':
    case 'account_disabled':
    case 'policy_denied':
    case 'not_visible':
    case 'scope_missing':
    case 'limit_exceeded':
    case 'approval_required':
    case 'grant_not_allowed':
    case 'target_refused':
    case 'scope_refused':
      return 403
    case 'deadline_exceeded':
    case 'state_unavailable':
    case 'policy_unavailable':
    case 'profile_unavailable':
    case 'audit_unavailable':
    case 'keys_unavailable':
      return 503
  }
}
