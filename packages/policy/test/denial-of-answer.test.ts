import { describe, expect, it } from 'vitest'
import { denialOfAnswer } from '../src/index.ts'
import type { PolicyAnswer } from '../src/index.ts'

const denied: PolicyAnswer = { effect: 'deny', actions: { 'tools/call/refund_issue': 'deny' }, schemaErrors: [], callId: 'c' }

describe('the denial of an answer', () => {
  it('is none for an allow, whatever else was said', () => {
    expect(denialOfAnswer({ ...denied, effect: 'allow', reason: 'a reason', outcome: 'deny' })).toBeUndefined()
  })

  it('is policy_denied for a deny without words', () => {
    expect(denialOfAnswer(denied)).toEqual({ reason: 'policy_denied' })
  })

  it('passes on the reason, the remediation and the rule of the policy', () => {
    const remediation = { type: 'step_up', approvers_role: 'tier-2-lead' }
    const answer = { ...denied, outcome: 'deny', reason: 'tier-1-support refund cap exceeded', remediation, rule: 'resource.mcp_payments.vdefault#refund' }
    expect(denialOfAnswer(answer)).toEqual({ reason: 'policy_denied', policyReason: answer.reason, remediation, rule: answer.rule })
  })

  it.each(['not_visible', 'limit_exceeded', 'approval_required'] as const)('is %s when the policy says so', (outcome) => {
    expect(denialOfAnswer({ ...denied, outcome, reason: 'why' })).toEqual({ reason: outcome, policyReason: 'why' })
  })

  it.each(['allow', 'token_expired', 'state_unavailable', '__proto__', ''])('is policy_denied for the outcome word %j', (outcome) => {
    expect(denialOfAnswer({ ...denied, outcome })).toEqual({ reason: 'policy_denied' })
  })

  it('points into the arguments the schema refused, each place once', () => {
    const schemaErrors = ['/arguments/ticket_id', '/arguments/amount_cents', '/arguments/ticket_id'].map((path) => ({ path, source: 'resource' as const }))
    expect(denialOfAnswer({ ...denied, schemaErrors })).toEqual({ reason: 'arguments_invalid', pointers: ['/amount_cents', '/ticket_id'] })
  })

  it('points at the arguments as a whole with the empty pointer', () => {
    expect(denialOfAnswer({ ...denied, schemaErrors: [{ path: '/arguments', source: 'resource' }] })).toEqual({ reason: 'arguments_invalid', pointers: [''] })
  })

  it('keeps the list of pointers short', () => {
    const schemaErrors = Array.from({ length: 50 }, (_, at) => ({ path: `/arguments/${at}`, source: 'resource' as const }))
    expect(denialOfAnswer({ ...denied, schemaErrors })).toMatchObject({ pointers: { length: 20 } })
  })

  it.each([
    ['the principal', { path: '/task', source: 'principal' as const }],
    ['an attribute of ours', { path: '/tool', source: 'resource' as const }],
    ['something that only begins like the arguments', { path: '/arguments_of_another', source: 'resource' as const }],
    ['a principal attribute named like the arguments', { path: '/arguments/amount_cents', source: 'principal' as const }],
  ])('keeps what the schema says of %s for the audit', (_, error) => {
    const schemaErrors = [{ path: '/arguments/amount_cents', source: 'resource' as const }, error]
    const denial = denialOfAnswer({ ...denied, schemaErrors })
    expect(denial).toEqual({ reason: 'policy_denied', detail: `schema refused ${error.source} ${error.path}` })
  })
})
