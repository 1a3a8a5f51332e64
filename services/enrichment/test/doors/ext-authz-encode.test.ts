import { describe, expect, it } from 'vitest'
import { newDecisionId } from '@bailiwick/core'
import type { Decision, HeaderList } from '@bailiwick/core'
import { GRPC_GATEWAYS, passThrough } from '@bailiwick/kit/grpc-gateway'
import type { GrpcGateway } from '@bailiwick/kit/grpc-gateway'
import { authorizationService } from '@bailiwick/wire'
import type { CheckResponse } from '@bailiwick/wire'
import { brokenDoorResponse, toCheckResponse } from '../../src/doors/ext-authz/encode.ts'
import { CALLS, REASONS, denialFor } from '../render/fixtures.ts'
import { PAYMENTS, TASK, toolCall } from '../fixtures.ts'

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

describe('an allow', () => {
  it.each(GRPC_GATEWAYS)('leaves the same headers, without the client’s, behind %s', (gateway) => {
    expect(forwarded(toCheckResponse(ALLOW, SPOOFED), SPOOFED, gateway)).toEqual({
      accept: '*/*',
      'x-bailiwick-subject': 'corp:alice',
      'x-bailiwick-actor': 'client:refund-agent',
      'x-bailiwick-task': TASK.id,
      'x-bailiwick-resource': 'payments',
      'x-bailiwick-decision': ID,
    })
  })

  it.each(GRPC_GATEWAYS)('leaves no actor of the clients where there is none, behind %s', (gateway) => {
    const alone: Decision = { ...ALLOW, identity: { subject: TASK.subject, taskId: TASK.id, clientId: 'x' } }
    expect(forwarded(toCheckResponse(alone, SPOOFED), SPOOFED, gateway)).not.toHaveProperty('x-bailiwick-actor')
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
  it.each(REASONS)('for %s is a deny on the wire, for every kind of call', (reason) => {
    for (const [kind, call] of Object.entries(CALLS)) {
      // Through the bytes: an omitted default must not turn it into the empty message, which allows.
      const response = throughTheWire(toCheckResponse({ ...ALLOW, effect: 'deny', call, denial: denialFor(reason) }, SPOOFED))
      expect(response.status?.code, kind).toBe(7)
      if (response.httpResponse.case !== 'deniedResponse') throw new Error(`${kind} is not denied`)
      const { status, headers, body } = response.httpResponse.value
      expect(status?.code, kind).toBeGreaterThanOrEqual(200)
      expect(status?.code, kind).toBeLessThan(500)
      expect(headers.filter(({ header }) => header?.key === 'x-bailiwick-decision').map(({ header }) => header?.value)).toEqual([ID])
      expect(headers.every(({ append }) => append === false)).toBe(true)
      expect(Buffer.byteLength(body)).toBeLessThan(4096)
      expect(response.dynamicMetadata).toEqual({ decision: 'deny', decision_id: ID, task: TASK.id, reason })
      for (const gateway of GRPC_GATEWAYS) expect(passThrough(gateway, response, SPOOFED)).toMatchObject({ allowed: false, status: status?.code, body })
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

/** What the server gets. */
function forwarded(response: CheckResponse, sent: HeaderList, gateway: GrpcGateway): Record<string, string> {
  const passed = passThrough(gateway, response, sent)
  if (!passed.allowed) throw new Error('not an allow')
  return Object.fromEntries(passed.headers)
}
