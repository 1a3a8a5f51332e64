import { describe, expect, it } from 'vitest'
import {
  actorChain,
  compareRevisions,
  deadlineIn,
  denialOfFault,
  DENIALS,
  Fault,
  isOlder,
  isRetryable,
  publicSentence,
  remainingMs,
  sameActor,
} from '../src/index.ts'

describe('revisions', () => {
  it('compare as a pair: a later epoch wins over any revision', () => {
    expect(isOlder({ epoch: 1, revision: 900 }, { epoch: 2, revision: 1 })).toBe(true)
    expect(isOlder({ epoch: 2, revision: 1 }, { epoch: 1, revision: 900 })).toBe(false)
    expect(isOlder({ epoch: 2, revision: 1 }, { epoch: 2, revision: 2 })).toBe(true)
    expect(compareRevisions({ epoch: 2, revision: 2 }, { epoch: 2, revision: 2 })).toBe(0)
  })
})

describe('actors', () => {
  const chain = { sub: 'client:b', client_id: 'b', act: { sub: 'client:a', client_id: 'a' } }

  it('are listed outermost first', () => {
    expect(actorChain(chain)).toEqual(['client:b', 'client:a'])
    expect(actorChain(undefined)).toEqual([])
  })

  it.each([
    ['the same chain', { ...chain }, true],
    ['a shorter one', { sub: 'client:b', client_id: 'b' }, false],
    ['another order', { sub: 'client:a', client_id: 'a', act: { sub: 'client:b', client_id: 'b' } }, false],
    ['another client', { ...chain, client_id: 'c' }, false],
    ['another profile', { ...chain, sub_profile: 'ai_agent' }, false],
    ['none', undefined, false],
  ])('equal only %s', (_what, other, expected) => {
    expect(sameActor(chain, other)).toBe(expected)
  })
})

describe('denials', () => {
  it('say the policy its own words, and a fixed sentence otherwise', () => {
    expect(publicSentence({ reason: 'policy_denied', policyReason: 'cap exceeded' })).toBe('cap exceeded')
    expect(publicSentence({ reason: 'policy_denied', detail: 'internal words' })).toBe(DENIALS.policy_denied.sentence)
  })

  it('are worth repeating only where something failed', () => {
    for (const [reason, { retryable }] of Object.entries(DENIALS)) expect(retryable).toBe(reason.endsWith('_unavailable') || reason === 'deadline_exceeded')
    expect(isRetryable({ reason: 'task_revoked' })).toBe(false)
  })

  it('come of faults by their dependency, and of our own bugs as unknown state', () => {
    expect(denialOfFault(new Fault('policy', 'pdp_timeout', 'x'))).toEqual({ reason: 'policy_unavailable', detail: 'pdp_timeout' })
    expect(denialOfFault(new TypeError('secret words'))).toEqual({ reason: 'state_unavailable', detail: 'internal_error' })
    expect(denialOfFault('thrown text')).toEqual({ reason: 'state_unavailable', detail: 'internal_error' })
  })
})

it('a deadline has nothing left once it has passed, never less', () => {
  let now = 100
  const clock = { nowMs: () => 0, monotonicMs: () => now }
  const deadline = deadlineIn(clock, 50)
  expect(remainingMs(clock, deadline)).toBe(50)
  now = 500
  expect(remainingMs(clock, deadline)).toBe(0)
})
