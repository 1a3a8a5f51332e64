import { describe, expect, it } from 'vitest'
import type { Denial, DenialReason } from '@bailiwick/core'
import { oauthResponse, toOAuthError } from '../../src/http/oauth-response.ts'

const DECISION = 'dec_01920000-0000-7000-8000-000000000000'

const INNER = 'inner words'
const ONE_OF_EACH: { readonly [R in DenialReason]: Denial } = {
  token_missing: { reason: 'token_missing', detail: INNER },
  token_invalid: { reason: 'token_invalid', detail: INNER },
  token_expired: { reason: 'token_expired', detail: INNER },
  proof_unverifiable: { reason: 'proof_unverifiable', detail: INNER },
  proof_missing: { reason: 'proof_missing', proof: 'dpop', detail: INNER },
  proof_invalid: { reason: 'proof_invalid', proof: 'mtls', detail: INNER },
  wrong_resource: { reason: 'wrong_resource', detail: INNER },
  gateway_unauthenticated: { reason: 'gateway_unauthenticated', detail: INNER },
  resource_unknown: { reason: 'resource_unknown', detail: INNER },
  task_unknown: { reason: 'task_unknown', detail: INNER },
  task_revoked: { reason: 'task_revoked', detail: INNER },
  task_completed: { reason: 'task_completed', detail: INNER },
  task_expired: { reason: 'task_expired', detail: INNER },
  cut_off: { reason: 'cut_off', detail: INNER },
  held: { reason: 'held', detail: INNER },
  body_unreadable: { reason: 'body_unreadable', detail: INNER, problem: 'syntax' },
  method_unknown: { reason: 'method_unknown', detail: INNER },
  header_mismatch: { reason: 'header_mismatch', detail: INNER },
  arguments_invalid: { reason: 'arguments_invalid', detail: INNER, pointers: [] },
  tool_unknown: { reason: 'tool_unknown', detail: INNER },
  binding_mismatch: { reason: 'binding_mismatch', detail: INNER },
  profile_not_found: { reason: 'profile_not_found', detail: INNER },
  account_disabled: { reason: 'account_disabled', detail: INNER },
  policy_denied: { reason: 'policy_denied', detail: INNER },
  not_visible: { reason: 'not_visible', detail: INNER },
  scope_missing: { reason: 'scope_missing', detail: INNER, scopes: [] },
  limit_exceeded: { reason: 'limit_exceeded', detail: INNER },
  approval_required: { reason: 'approval_required', detail: INNER },
  deadline_exceeded: { reason: 'deadline_exceeded', detail: INNER },
  state_unavailable: { reason: 'state_unavailable', detail: INNER },
  policy_unavailable: { reason: 'policy_unavailable', detail: INNER },
  profile_unavailable: { reason: 'profile_unavailable', detail: INNER },
  audit_unavailable: { reason: 'audit_unavailable', detail: INNER },
  keys_unavailable: { reason: 'keys_unavailable', detail: INNER },
  request_malformed: { reason: 'request_malformed', detail: INNER },
  client_unauthenticated: { reason: 'client_unauthenticated', detail: INNER },
  grant_not_allowed: { reason: 'grant_not_allowed', detail: INNER },
  subject_invalid: { reason: 'subject_invalid', detail: INNER },
  actor_invalid: { reason: 'actor_invalid', detail: INNER },
  target_refused: { reason: 'target_refused', detail: INNER },
  scope_refused: { reason: 'scope_refused', detail: INNER },
}

describe('an OAuth error', () => {
  it.each(Object.values(ONE_OF_EACH))('for $reason has a code of the RFCs, the reason, the decision, and no inner word', (denial) => {
    const { reason } = denial
    const answer = oauthResponse(denial, DECISION)
    expect([400, 401, 413, 503]).toContain(answer.status)
    expect(answer.body).toMatchObject({ reason, decision_id: DECISION })
    expect(JSON.stringify(answer.body)).not.toContain(INNER)
    expect(JSON.stringify(answer.body)).toMatch(
      /"error":"(invalid_request|invalid_client|invalid_target|invalid_scope|invalid_dpop_proof|unauthorized_client|temporarily_unavailable)"/,
    )
  })

  it.each<[Denial, number, string]>([
    [{ reason: 'task_revoked' }, 400, 'invalid_request'],
    [{ reason: 'subject_invalid' }, 400, 'invalid_request'],
    [{ reason: 'actor_invalid' }, 400, 'invalid_request'],
    [{ reason: 'client_unauthenticated' }, 401, 'invalid_client'],
    [{ reason: 'grant_not_allowed' }, 400, 'unauthorized_client'],
    [{ reason: 'grant_not_allowed', detail: 'unsupported_grant_type' }, 400, 'unsupported_grant_type'],
    [{ reason: 'target_refused' }, 400, 'invalid_target'],
    [{ reason: 'policy_denied' }, 400, 'invalid_target'],
    [{ reason: 'scope_refused' }, 400, 'invalid_scope'],
    [{ reason: 'proof_unverifiable' }, 400, 'invalid_dpop_proof'],
    [{ reason: 'body_unreadable', problem: 'too_large' }, 413, 'invalid_request'],
    [{ reason: 'audit_unavailable' }, 503, 'temporarily_unavailable'],
    [{ reason: 'state_unavailable', detail: 'internal_error' }, 503, 'server_error'],
  ])('for %j is %i %s', (denial, status, error) => {
    expect(toOAuthError(denial)).toEqual({ status, error })
  })

  it('passes on what the policy says, in the characters RFC 6749 allows', () => {
    const { body } = oauthResponse(
      { reason: 'policy_denied', policyReason: 'Over "limit" \\ ask für\n', remediation: { type: 'step_up' }, rule: 'r' },
      DECISION,
    )
    expect(body).toEqual({
      error: 'invalid_target',
      error_description: "Over 'limit' ? ask f?r?",
      reason: 'policy_denied',
      remediation: { type: 'step_up' },
      decision_id: DECISION,
    })
  })

  it('challenges only a client that tried the Authorization header', () => {
    expect(oauthResponse({ reason: 'client_unauthenticated' }, DECISION, true).headers).toHaveProperty('www-authenticate')
    expect(oauthResponse({ reason: 'client_unauthenticated' }, DECISION).headers).not.toHaveProperty('www-authenticate')
    expect(oauthResponse({ reason: 'subject_invalid' }, DECISION, true).headers).not.toHaveProperty('www-authenticate')
  })

  it('tells when to come back where that can help, and only there', () => {
    expect(oauthResponse({ reason: 'keys_unavailable' }, DECISION).headers).toHaveProperty('retry-after', '1')
    expect(oauthResponse({ reason: 'task_revoked' }, DECISION).headers).not.toHaveProperty('retry-after')
  })
})
