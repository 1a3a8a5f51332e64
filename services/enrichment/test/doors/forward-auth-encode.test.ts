import { describe, expect, it } from 'vitest'
import { newDecisionId } from '@bailiwick/core'
import type { Decision } from '@bailiwick/core'
import { passThroughHttp } from '@bailiwick/kit/http-gateway'
import { FORWARD_AUTH_DIALECTS, isForwardAuthDialect } from '../../src/doors/forward-auth/dialects.ts'
import { BROKEN_DOOR_REPLY, toForwardAuthReply } from '../../src/doors/forward-auth/encode.ts'
import { PAYMENTS, TASK, toolCall } from '../fixtures.ts'
import { CALLS, REASONS, denialFor } from '../render/fixtures.ts'

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
const DIALECTS = Object.keys(FORWARD_AUTH_DIALECTS).filter(isForwardAuthDialect)

describe.each(DIALECTS)('%s', (dialect) => {
  it.each(REASONS)('is told %s by a status that no gateway takes for leave or for a fault', (reason) => {
    for (const [kind, call] of Object.entries(CALLS)) {
      for (const statusOnly of [true, false]) {
        const reply = toForwardAuthReply({ ...ALLOW, effect: 'deny', call, denial: denialFor(reason) }, [], { dialect, statusOnly })
        expect(reply.status, kind).toBeGreaterThanOrEqual(400)
        expect(reply.status, kind).toBeLessThan(500)
        if (statusOnly) expect([401, 403]).toContain(reply.status)
        const headers = Object.fromEntries(reply.headers)
        expect(headers).toMatchObject({ 'x-bailiwick-reason': reason, 'x-bailiwick-decision': ID, 'cache-control': 'no-store' })
        expect(headers).not.toHaveProperty('x-bailiwick-subject')
        expect(headers['x-bailiwick-denial'], kind).toBe(reply.body)
        expect(JSON.stringify(reply)).not.toContain('internal-')
        expect(passThroughHttp(dialect === 'nginx' && !statusOnly ? 'nginx_lua' : dialect, reply, []).allowed, kind).toBe(false)
      }
    }
  })

  it('is told to remove the token, unless the resource wants to see it', () => {
    const names = (forwardToken: boolean): string[] =>
      (
        toForwardAuthReply({ ...ALLOW, forwardToken }, [], { dialect, statusOnly: false }).headers.find(
          ([name]) => name === FORWARD_AUTH_DIALECTS[dialect].removals,
        )?.[1] ?? ''
      ).split(',')
    expect(names(false)).toContain('authorization')
    expect(names(true)).not.toContain('authorization')
  })

  it('is told to remove a key of the client’s own, which it does not show, where it removes what it is told', () => {
    const { removesAny, removals } = FORWARD_AUTH_DIALECTS[dialect]
    const { headers } = toForwardAuthReply({ ...ALLOW, forwardToken: true }, [], { dialect, statusOnly: false })
    const removed = headers.find(([name]) => name === removals)?.[1]?.split(',') ?? []
    expect(removed.includes('x-bailiwick-gateway-key')).toBe(removesAny)
  })

  it('gets nothing that was removed and set as well', () => {
    const bare: Decision = { id: ID, effect: 'allow', call: toolCall('x'), forwardToken: false }
    const { headers } = toForwardAuthReply(bare, [['x-bailiwick-subject', 'corp:bob']], { dialect, statusOnly: false })
    const removed = headers.find(([name]) => name === FORWARD_AUTH_DIALECTS[dialect].removals)?.[1]?.split(',') ?? []
    expect(removed).toContain('x-bailiwick-subject')
    expect(headers.filter(([name, value]) => removed.includes(name) && value !== '')).toEqual([])
  })
})

it('carries words of a policy that are not ASCII in the header too', () => {
  const denial = { reason: 'policy_denied', policyReason: 'nicht für Sie 🚫' } as const
  const reply = toForwardAuthReply({ ...ALLOW, effect: 'deny', denial }, [], { dialect: 'nginx', statusOnly: true })
  const header = Object.fromEntries(reply.headers)['x-bailiwick-denial'] ?? ''
  expect(header).toMatch(/^[\x20-\x7e]+$/)
  expect(JSON.parse(header)).toEqual(JSON.parse(reply.body))
})

it('a door that broke denies', () => {
  expect(BROKEN_DOOR_REPLY.status).toBe(403)
})
