import { describe, expect, it } from 'vitest'
import { DENIALS } from '@bailiwick/core'
import type { DenialReason } from '@bailiwick/core'
import { testClock } from '@bailiwick/kit/clock'
import { isCarriable, toHeaderValue } from '../../src/decide/carriable.ts'
import { createDeadlineWatch } from '../../src/decide/deadline-watch.ts'
import { dependencyDeadline } from '../../src/decide/dependency-deadline.ts'
import { passesInShadow } from '../../src/decide/shadow.ts'
import { PAYMENTS } from '../fixtures.ts'

describe('shadow mode', () => {
  const shadowed = ['policy_denied', 'not_visible', 'limit_exceeded', 'arguments_invalid', 'tool_unknown', 'approval_required']
  // Typed as the table's own keys: Object.keys forgets them.
  const reasons = Object.keys(DENIALS).filter((reason): reason is DenialReason => Object.hasOwn(DENIALS, reason))

  it.each(reasons)('treats %s as the design says', (reason) => {
    expect(passesInShadow({ ...PAYMENTS, mode: 'shadow' }, reason)).toBe(shadowed.includes(reason))
    expect(passesInShadow(PAYMENTS, reason)).toBe(false)
  })
})

describe('an identity in a header', () => {
  it('goes as it is when it is printable ASCII', () => {
    expect(toHeaderValue('spiffe://example.org/agent/triage')).toBe('spiffe://example.org/agent/triage')
    expect(toHeaderValue('corp:alice smith')).toBe('corp:alice smith')
  })

  it.each(['corp:bob ', ' corp:bob', 'corp:ünal', 'corp:a\r\nx-bailiwick-task: y', 'corp:a\tb', ''])('goes as base64url when it is %j', (identity) => {
    expect(toHeaderValue(identity)).toMatch(/^[A-Za-z0-9_-]*$/)
    expect(Buffer.from(toHeaderValue(identity), 'base64url').toString()).toBe(identity)
  })

  it('has a longest length', () => {
    expect(isCarriable('a'.repeat(1024))).toBe(true)
    expect(isCarriable('a'.repeat(1025))).toBe(false)
    expect(isCarriable('ü'.repeat(600))).toBe(false)
  })
})

describe('a deadline', () => {
  it('leaves time to record a dependency that did not answer', () => {
    const clock = testClock()
    const deadline = { atMonotonicMs: clock.monotonicMs() + 150 }
    expect(dependencyDeadline(clock, deadline).atMonotonicMs).toBe(deadline.atMonotonicMs - 25)
    expect(dependencyDeadline(clock, { atMonotonicMs: clock.monotonicMs() + 50 }).atMonotonicMs).toBe(clock.monotonicMs() + 40)
  })

  it('is told once to who still waits, and not to who is done', async () => {
    const clock = testClock()
    const watch = createDeadlineWatch(clock)
    const told: string[] = []
    const at = { atMonotonicMs: clock.monotonicMs() + 100 }
    watch.watch(at, () => told.push('waiting'))
    watch.watch(at, () => told.push('done'))()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(told).toEqual([])
    clock.advance(100)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(told).toEqual(['waiting'])
    clock.advance(100)
    watch.watch({ atMonotonicMs: clock.monotonicMs() }, () => told.push('again'))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(told).toEqual(['waiting', 'again'])
    watch.close()
  })
})
