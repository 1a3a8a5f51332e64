// The rules about allows (V1 to V4): a history that breaks each, and the nearest one that does not.
import { describe, expect, it } from 'vitest'
import { checkHistory } from '../src/checker/check-history.ts'
import type { CreateEvent } from '../src/checker/event.ts'
import { BOUNDS } from '../src/checker/rules.ts'
import { checked, created, revoked, rulesBroken, TASK } from './histories.ts'

const born = created([0, 1])

describe('V1, stale allow', () => {
  it('is an allow asked for after a revocation was confirmed', () => {
    const { violations, largestLagNs } = checkHistory([born, revoked([2, 4]), checked([7, 8], 'allow')])
    expect(violations).toMatchObject([{ rule: 'V1', lagNs: 3e6 }])
    expect(largestLagNs).toBe(3e6)
  })

  it('is not one asked for before the answer, however late it came', () => {
    expect(rulesBroken([born, revoked([2, 4]), checked([4, 90], 'allow')])).toEqual([])
  })

  it('is not one after a revocation nobody confirmed', () => {
    expect(rulesBroken([born, revoked([2, 4], { result: 'info' }), revoked([2, 4], { result: 'fail' }), checked([7, 8], 'allow')])).toEqual([])
  })

  it('counts from the first confirmation of several', () => {
    expect(rulesBroken([born, revoked([2, 20]), revoked([2, 4]), checked([7, 8], 'allow')])).toEqual(['V1'])
  })

  it('takes the published bound into account, and still reports the lag', () => {
    const { violations, largestLagNs } = checkHistory([born, revoked([2, 4]), checked([7, 8], 'allow')], { bounds: { ...BOUNDS, staleNs: 5e6 } })
    expect(violations).toEqual([])
    expect(largestLagNs).toBe(3e6)
  })

  it.each(['user', 'agent', 'client', 'everything', 'operator'] as const)('sees a cut-off of the %s', (kind) => {
    const id = { user: TASK.user, agent: TASK.agent, client: TASK.client, everything: '*', operator: TASK.createdBy }[kind]
    expect(rulesBroken([born, revoked([2, 4], { scope: { kind, id } }), checked([7, 8], 'allow')])).toEqual(['V1'])
  })

  it('does not hold a cut-off of somebody else against a task', () => {
    expect(rulesBroken([born, revoked([2, 4], { scope: { kind: 'user', id: 'corp:bob' } }), checked([7, 8], 'allow')])).toEqual([])
  })

  it('does not hold a cut-off against what was created after it, or may have been', () => {
    const cut = revoked([2, 4], { scope: { kind: 'user', id: TASK.user } })
    expect(rulesBroken([cut, created([5, 6]), checked([7, 8], 'allow')])).toEqual([])
    expect(rulesBroken([cut, created([1, 3]), checked([7, 8], 'allow')])).toEqual([])
  })

  it('sees a cut-off of a resource there, and nowhere else', () => {
    const cut = revoked([2, 4], { scope: { kind: 'resource', id: 'payments' } })
    expect(rulesBroken([born, cut, checked([7, 8], 'allow')])).toEqual(['V1'])
    expect(rulesBroken([born, cut, checked([7, 8], 'allow', { resource: 'tickets' })])).toEqual([])
  })

  it('sees the end of one token there, and not of another', () => {
    const end = revoked([2, 4], { scope: { kind: 'token', id: 'jti-1' } })
    expect(rulesBroken([born, end, checked([7, 8], 'allow')])).toEqual(['V1'])
    expect(rulesBroken([born, end, checked([7, 8], 'allow', { token: 'jti-2' })])).toEqual([])
  })

  it('sees the end of a parent in its children, before and after they were made', () => {
    const child = (times: readonly [number, number]) => created(times, { id: 'task-2', parent: TASK.id })
    expect(rulesBroken([born, child([2, 3]), revoked([4, 5]), checked([7, 8], 'allow', { task: 'task-2' })])).toEqual(['V1'])
    expect(rulesBroken([born, revoked([4, 5]), child([5, 6]), checked([7, 8], 'allow', { task: 'task-2' })])).toEqual(['V1'])
  })

  it('sees a cut-off of a parent’s agent in a child of another agent', () => {
    const child = created([2, 3], { id: 'task-2', parent: TASK.id, agent: 'client:helper' })
    const cut = revoked([4, 5], { scope: { kind: 'agent', id: TASK.agent } })
    expect(rulesBroken([born, child, cut, checked([7, 8], 'allow', { task: 'task-2' })])).toEqual(['V1'])
  })
})

describe('V2, resurrection', () => {
  it('is an allow after a deny that said ended, though nobody confirmed the end', () => {
    const history = [born, revoked([2, 4], { result: 'info' }), checked([5, 6], 'deny', { reason: 'task_revoked' }), checked([7, 8], 'allow')]
    expect(rulesBroken(history)).toEqual(['V2'])
  })

  it('is not an allow that was under way when the deny came', () => {
    const history = [born, revoked([2, 4], { result: 'info' }), checked([5, 6], 'deny', { reason: 'task_revoked' }), checked([6, 8], 'allow')]
    expect(rulesBroken(history)).toEqual([])
  })

  it('is not an allow after a deny for any other reason', () => {
    expect(rulesBroken([born, checked([5, 6], 'deny', { reason: 'state_unavailable' }), checked([7, 8], 'allow')])).toEqual([])
  })

  it('takes a cut-off to speak of the resource that was asked for', () => {
    const deny = checked([5, 6], 'deny', { reason: 'cut_off' })
    expect(rulesBroken([born, deny, checked([7, 8], 'allow', { resource: 'tickets' })])).toEqual([])
    expect(rulesBroken([born, deny, checked([7, 8], 'allow')])).toEqual(['V2'])
  })

  it('takes an ended token to speak of that token', () => {
    const end = revoked([2, 4], { scope: { kind: 'token', id: 'jti-1' }, result: 'info' })
    const deny = checked([5, 6], 'deny', { reason: 'task_revoked' })
    expect(rulesBroken([born, end, deny, checked([7, 8], 'allow', { token: 'jti-2' })])).toEqual([])
    expect(rulesBroken([born, end, deny, checked([7, 8], 'allow')])).toEqual(['V2'])
  })
})

describe('V3, after its end', () => {
  const short = created([0, 1], { expiresNs: 10_000e6 })

  it('is an allow asked for after the end and the skew', () => {
    expect(rulesBroken([short, checked([11_001, 11_002], 'allow')])).toEqual(['V3'])
  })

  it('is not one within the skew', () => {
    expect(rulesBroken([short, checked([10_999, 11_002], 'allow')])).toEqual([])
  })
})

describe('V3, a sign-in that had ended', () => {
  const cut = revoked([100, 104], { scope: { kind: 'user', id: TASK.user } })
  const begun = (signedInMs: number, times: readonly [number, number], more: Partial<CreateEvent> = {}): CreateEvent => ({
    ...created(times, { id: 'task-2' }),
    signedInNs: signedInMs * 1e6,
    ...more,
  })

  it('is a task begun with a sign-in from before a confirmed cut-off of its user', () => {
    expect(rulesBroken([cut, begun(99, [105, 106])])).toEqual(['V3'])
  })

  it('is not one that was refused, nobody knows of, was asked for before the confirmation, or was begun with a later sign-in', () => {
    expect(rulesBroken([cut, begun(99, [105, 106], { result: 'fail' }), begun(99, [105, 106], { result: 'info' })])).toEqual([])
    expect(rulesBroken([cut, begun(99, [103, 106])])).toEqual([])
    expect(rulesBroken([cut, begun(101, [105, 106])])).toEqual([])
  })

  it('is not one of another person, or after a cut-off nobody confirmed', () => {
    expect(rulesBroken([{ ...cut, scope: { kind: 'user', id: 'corp:bob' } }, begun(99, [105, 106])])).toEqual([])
    expect(rulesBroken([{ ...cut, result: 'info' }, begun(99, [105, 106])])).toEqual([])
  })
})

describe('V4, a task nobody created', () => {
  it('is an allow of an id that never was, or whose creation failed', () => {
    expect(rulesBroken([checked([1, 2], 'allow')])).toEqual(['V4'])
    expect(rulesBroken([created([0, 1], {}, 'fail'), checked([1, 2], 'allow')])).toEqual(['V4'])
  })

  it('is not one whose creation may have happened, also where that is known late', () => {
    expect(rulesBroken([checked([1, 2], 'allow'), created([0, 50], {}, 'info')])).toEqual([])
  })
})
