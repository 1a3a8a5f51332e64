import { Fault, parseClientId, parseResourceName } from '@bailiwick/core'

import { describe, expect, it } from 'vitest'
import { BASE_ROLES, operatorProfile, policyKindOf, toPrincipal } from '../src/index.ts'
import { aliceProfile, refundAgentForAlice, taskId } from './fixtures.ts'

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('the fixture is not valid')
  return value
}

const EMPTY = { attributes: {}, roles: [], meta: {} }

describe('a principal', () => {
  it('states a person, the agent acting for her and the task it acts in', () => {
    expect(refundAgentForAlice()).toEqual({
      id: 'corp:alice',
      roles: ['user', 'tier-1-support'],
      attr: {
        kind: 'user',
        profile: { refund_limit_cents: 5000 },
        profile_meta: { directory: { age_ms: 1200, stale: false } },
        actor: { id: 'client:refund-agent', kind: 'agent', chain: ['client:refund-agent'] },
        task: {
          id: taskId(),
          state: 'active',
          binding: { ticket_id: 'T-1042' },
          binding_source: 'launcher',
          purpose: 'refund',
          depth: 0,
          expires_at: 1_900_000_000,
        },
        token: { client_id: 'refund-agent', scope: [], proof: 'none' },
      },
    })
  })

  it('that acts for itself is its own actor', () => {
    const { attr } = toPrincipal({ subject: { sub: 'spiffe://example.org/agent/triage' }, baseRole: 'workload', profile: EMPTY })
    expect(attr['actor']).toEqual({ id: 'spiffe://example.org/agent/triage', kind: 'workload', chain: ['spiffe://example.org/agent/triage'] })
  })

  it('names every actor of a chain, the one acting now first', () => {
    const { attr } = refundAgentForAlice({ act: { sub: 'spiffe://example.org/agent/helper', act: { sub: 'client:refund-agent' } } })
    expect(attr['actor']).toEqual({
      id: 'spiffe://example.org/agent/helper',
      kind: 'workload',
      chain: ['spiffe://example.org/agent/helper', 'client:refund-agent'],
    })
  })

  it('has no key for a fact that is not known', () => {
    const { attr } = toPrincipal({ subject: { sub: 'corp:alice' }, baseRole: 'user', profile: EMPTY })
    expect(Object.keys(attr).toSorted()).toEqual(['actor', 'kind', 'profile', 'profile_meta'])
  })

  it('has no key for what a profile or a binding leaves empty, at any depth', () => {
    const { attr } = refundAgentForAlice({
      profile: aliceProfile({ team: null, region: '', manager: { mail: '', name: 'Ada' }, groups: ['', 'eu', null] }),
      task: { id: taskId(), state: 'active', binding: { ticket_id: '', order: null, queue: 7 }, bindingSource: 'subject', purpose: '', path: [], expiresAt: 1 },
    })
    expect(attr['profile']).toEqual({ manager: { name: 'Ada' }, groups: ['eu'] })
    expect(attr['task']).toMatchObject({ binding: { queue: 7 } })
    expect(attr['task']).not.toHaveProperty('purpose')
  })

  it('tells what the agent only said of itself', () => {
    const clientId = known(parseClientId('refund-agent'))
    const { attr } = refundAgentForAlice({ agent: { id: 'client:refund-agent', clientId, harness: 'loop', harnessVersion: '2', model: '', declared: true } })
    expect(attr['agent']).toEqual({ id: 'client:refund-agent', harness: 'loop', harness_version: '2', declared: true })
  })

  it('counts how deep in the tree its task is', () => {
    const { attr } = refundAgentForAlice({
      task: { id: taskId(), state: 'active', binding: {}, bindingSource: 'subject', path: [taskId(), taskId()], expiresAt: 1 },
    })
    expect(attr['task']).toMatchObject({ depth: 2 })
  })

  it.each(BASE_ROLES)('never gets the base role %s from a profile', (role) => {
    const make = () => toPrincipal({ subject: { sub: 'corp:alice' }, baseRole: 'user', profile: { ...EMPTY, roles: ['tier-1-support', role] } })
    expect(make).toThrowError(Fault)
    expect(make).toThrowError(expect.objectContaining({ dependency: 'policy', code: 'question_malformed' }))
  })

  it('has each role once, the base role first', () => {
    expect(toPrincipal({ subject: { sub: 'corp:alice' }, baseRole: 'user', profile: { ...EMPTY, roles: ['b', 'a', 'b'] } }).roles).toEqual(['user', 'b', 'a'])
  })

  it('of an operator carries its rights', () => {
    const rights = ['revoke', 'read']
    expect(toPrincipal({ subject: { sub: 'operator:olga' }, baseRole: 'operator', profile: operatorProfile(rights) }).attr['profile']).toEqual({ rights })
  })
})

it('a resource is asked about under its kind and name', () => {
  expect(policyKindOf({ kind: 'mcp', name: known(parseResourceName('payments')) })).toBe('mcp:payments')
})
