import { describe, expect, it } from 'vitest'
import { DENIALS, newDecisionId } from '@bailiwick/core'
import type { Call, Decision, Denial, DenialReason, HeaderList } from '@bailiwick/core'
import { authorizationService } from '@bailiwick/wire'
import type { CheckResponse } from '@bailiwick/wire'
import { brokenDoorResponse, toCheckResponse } from '../../src/doors/ext-authz/encode.ts'
import { MODEL_CALL, PAYMENTS, TASK, request, toolCall, without } from '../fixtures.ts'

const ID = newDecisionId(0)
const ALLOW: Decision = {
  id: ID,
  effect: 'allow',
  call: toolCall('refund_issue'),
  resource: PAYMENTS.name,
  identity: { subject: TASK.subject, taskId: TASK.id, clientId: 'refund-agent', actor: { sub: 'client:refund-agent' } },
  taskId: TASK.id,
  forwardToken: false,
}
const SPOOFED: HeaderList = [
  ['authorization', 'Bearer x'],
  ['x-bailiwick-subject', 'corp:bob'],
  ['x_bailiwick_actor', 'client:other'],
  ['x-bailiwick-actor', 'client:other'],
  ['x-bailiwick-extra', 'y'],
  ['accept', '*/*'],
]

const DENIAL_OF: { readonly [R in DenialReason]: Denial } = {
  token_missing: { reason: 'token_missing' },
  token_invalid: { reason: 'token_invalid' },
  token_expired: { reason: 'token_expired' },
  proof_unverifiable: { reason: 'proof_unverifiable' },
  wrong_resource: { reason: 'wrong_resource' },
  gateway_unauthenticated: { reason: 'gateway_unauthenticated' },
  resource_unknown: { reason: 'resource_unknown' },
  task_unknown: { reason: 'task_unknown' },
  task_revoked: { reason: 'task_revoked' },
  task_completed: { reason: 'task_completed' },
  task_expired: { reason: 'task_expired' },
  cut_off: { reason: 'cut_off' },
  held: { reason: 'held' },
  method_unknown: { reason: 'method_unknown' },
  header_mismatch: { reason: 'header_mismatch' },
  tool_unknown: { reason: 'tool_unknown' },
  binding_mismatch: { reason: 'binding_mismatch' },
  profile_not_found: { reason: 'profile_not_found' },
  account_disabled: { reason: 'account_disabled' },
  deadline_exceeded: { reason: 'deadline_exceeded' },
  state_unavailable: { reason: 'state_unavailable' },
  policy_unavailable: { reason: 'policy_unavailable' },
  profile_unavailable: { reason: 'profile_unavailable' },
  audit_unavailable: { reason: 'audit_unavailable' },
  keys_unavailable: { reason: 'keys_unavailable' },
  request_malformed: { reason: 'request_malformed' },
  client_unauthenticated: { reason: 'client_unauthenticated' },
  grant_not_allowed: { reason: 'grant_not_allowed' },
  subject_invalid: { reason: 'subject_invalid' },
  actor_invalid: { reason: 'actor_invalid' },
  target_refused: { reason: 'target_refused' },
  scope_refused: { reason: 'scope_refused' },
  policy_denied: { reason: 'policy_denied' },
  not_visible: { reason: 'not_visible' },
  limit_exceeded: { reason: 'limit_exceeded' },
  approval_required: { reason: 'approval_required' },
  body_unreadable: { reason: 'body_unreadable', problem: 'syntax' },
  arguments_invalid: { reason: 'arguments_invalid', pointers: ['/amount_cents'] },
  scope_missing: { reason: 'scope_missing', scopes: ['refunds'] },
}

describe('an allow', () => {
  it.each([
    ['sets, then removes', 'envoy'],
    ['removes, then sets', 'agentgateway'],
  ] as const)('leaves the same headers at a gateway that %s', (_order, order) => {
    expect(forwarded(toCheckResponse(ALLOW, SPOOFED), SPOOFED, order)).toEqual({
      accept: '*/*',
      'x-bailiwick-subject': 'corp:alice',
      'x-bailiwick-actor': 'client:refund-agent',
      'x-bailiwick-task': TASK.id,
      'x-bailiwick-resource': 'payments',
      'x-bailiwick-decision': ID,
    })
  })

  it.each(['envoy', 'agentgateway'] as const)('leaves no actor of the clients where there is none, at %s', (order) => {
    const alone: Decision = { ...ALLOW, identity: { subject: TASK.subject, taskId: TASK.id, clientId: 'x' } }
    expect(forwarded(toCheckResponse(alone, SPOOFED), SPOOFED, order)).not.toHaveProperty('x-bailiwick-actor')
  })

  it('leaves no identity header of the clients where nothing was established', () => {
    const bare: Decision = { id: ID, effect: 'allow', call: toolCall('x'), forwardToken: false }
    expect(forwarded(toCheckResponse(bare, SPOOFED), SPOOFED, 'envoy')).toEqual({ accept: '*/*', 'x-bailiwick-decision': ID })
  })

  it('keeps the token only for a resource that asks for it', () => {
    expect(forwarded(toCheckResponse({ ...ALLOW, forwardToken: true }, SPOOFED), SPOOFED, 'envoy')).toHaveProperty('authorization')
  })

  it('never carries a line break, and never a value too long for a header', () => {
    const odd = { ...TASK.subject, sub: 'corp:a\r\nx-bailiwick-task: y' }
    const long = { sub: `client:${'a'.repeat(2000)}` }
    const sent = forwarded(toCheckResponse({ ...ALLOW, identity: { subject: odd, taskId: TASK.id, clientId: 'x', actor: long } }, []), SPOOFED, 'envoy')
    expect(sent['x-bailiwick-subject']).toMatch(/^[A-Za-z0-9_-]+$/)
    expect(sent).not.toHaveProperty('x-bailiwick-actor')
  })

  it('in shadow mode is an allow that says what enforcing would have said', () => {
    const response = toCheckResponse({ ...ALLOW, effect: 'shadow_allow', denial: { reason: 'policy_denied' } }, [])
    expect(response.status?.code).toBe(0)
    expect(response.httpResponse.case).toBe('okResponse')
    expect(response.dynamicMetadata).toEqual({ decision: 'allow', decision_id: ID, task: TASK.id, reason: 'policy_denied' })
  })
})

describe('a deny', () => {
  const calls: Record<string, Call> = {
    tool: toolCall('refund_issue'),
    list: request('tools/list'),
    notification: { ...without(request('notifications/cancelled'), 'requestId'), shape: 'notification' },
    stream: { ...without(request('GET'), 'requestId'), shape: 'stream' },
    model: MODEL_CALL,
    unread: { kind: 'unread' },
    'unread mcp': { kind: 'unread', resourceKind: 'mcp' },
    'unread llm': { kind: 'unread', resourceKind: 'llm' },
  }
  const reasons = Object.keys(DENIALS).filter((reason): reason is DenialReason => Object.hasOwn(DENIALS, reason))

  it.each(reasons)('for %s is a deny on the wire, for every kind of call', (reason) => {
    for (const [kind, call] of Object.entries(calls)) {
      // Through the bytes: an omitted default must not turn it into the empty message, which allows.
      const response = throughTheWire(toCheckResponse({ ...ALLOW, effect: 'deny', call, denial: DENIAL_OF[reason] }, SPOOFED))
      expect(response.status?.code, kind).toBe(7)
      if (response.httpResponse.case !== 'deniedResponse') throw new Error(`${kind} is not denied`)
      const { status, headers, body } = response.httpResponse.value
      expect(status?.code, kind).toBeGreaterThanOrEqual(200)
      expect(status?.code, kind).toBeLessThan(500)
      expect(headers.filter(({ header }) => header?.key === 'x-bailiwick-decision').map(({ header }) => header?.value)).toEqual([ID])
      expect(headers.every(({ append }) => append === false)).toBe(true)
      expect(Buffer.byteLength(body)).toBeLessThan(4096)
      expect(response.dynamicMetadata).toEqual({ decision: 'deny', decision_id: ID, task: TASK.id, reason })
    }
  })

  it('without a reason is still a deny', () => {
    expect(toCheckResponse({ ...ALLOW, effect: 'deny' }, []).httpResponse.case).toBe('deniedResponse')
  })

  it('of a door that broke is a deny on the wire', () => {
    const response = throughTheWire(brokenDoorResponse())
    expect(response.status?.code).toBe(7)
    expect(response.httpResponse).toMatchObject({ case: 'deniedResponse', value: { status: { code: 403 } } })
  })
})

function throughTheWire(response: CheckResponse): CheckResponse {
  const bytes = authorizationService.check.responseSerialize(response)
  expect(bytes.length).toBeGreaterThan(0)
  return authorizationService.check.responseDeserialize(bytes)
}

/** What the upstream gets, by each gateway's order of setting and removing. Both lists are folded as the gateways fold them. */
function forwarded(response: CheckResponse, sent: HeaderList, order: 'envoy' | 'agentgateway'): Record<string, string> {
  if (response.httpResponse.case !== 'okResponse') throw new Error('not an allow')
  const { headers, headersToRemove } = response.httpResponse.value
  const result: Record<string, string> = Object.fromEntries(sent)
  const set = (): void => {
    for (const { header } of headers) if (header !== undefined && header.value !== '') result[header.key.toLowerCase()] = header.value
  }
  const remove = (): void => {
    for (const name of headersToRemove) delete result[name.toLowerCase()]
  }
  for (const step of order === 'envoy' ? [set, remove] : [remove, set]) step()
  return result
}
