// Each rule of the checker: a history that breaks it, and the nearest one that does not.
import { describe, expect, it } from 'vitest'
import { checkHistory } from '../src/checker/check-history.ts'
import type { CreateEvent } from '../src/checker/event.ts'
import { BOUNDS } from '../src/checker/rules.ts'
import { checked, created, healed, observed, recorded, revoked, TASK } from './histories.ts'

function rulesBroken(...given: Parameters<typeof checkHistory>): readonly string[] {
  return checkHistory(...given).violations.map(({ rule }) => rule)
}

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

describe('V5, an allow without its record', () => {
  const allow = checked([2, 3], 'allow', { recordId: 'dec-1', digest: 'sha' })

  it.each([
    ['missing', []],
    ['written twice', [recorded('dec-1', { digest: 'sha' }), recorded('dec-1', { id: 'another', digest: 'sha' })]],
    ['about other arguments', [recorded('dec-1', { digest: 'other' })]],
    ['taken back', [recorded('dec-1', { digest: 'sha' }), recorded('dec-1', { id: 'back', effect: 'deny', supersedes: 'record of dec-1' })]],
    ['a deny', [recorded('dec-1', { effect: 'deny', digest: 'sha' })]],
  ])('is one whose record is %s', (_what, records) => {
    expect(rulesBroken([born, allow], { records })).toEqual(['V5'])
  })

  it('is not one with exactly one record', () => {
    expect(rulesBroken([born, allow], { records: [recorded('dec-1', { digest: 'sha' })] })).toEqual([])
  })

  it('finds an issued token by its id', () => {
    const exchange = checked([2, 3], 'allow', { door: 'exchange', recordId: 'jti-9' })
    expect(rulesBroken([born, exchange], { records: [recorded('dec-1', { issued: ['jti-8', 'jti-9'] })] })).toEqual([])
    expect(rulesBroken([born, exchange], { records: [recorded('dec-1', { issued: ['jti-8'] })] })).toEqual(['V5'])
  })

  it('says nothing of a deny, and nothing where no journal was read', () => {
    expect(rulesBroken([born, checked([2, 3], 'deny', { recordId: 'dec-1' })], { records: [] })).toEqual([])
    expect(rulesBroken([born, allow])).toEqual([])
  })
})

describe('V6, a lost revocation', () => {
  it('is a task seen active after its revocation was confirmed', () => {
    expect(rulesBroken([born, revoked([2, 4]), observed([5, 6], 'active')])).toEqual(['V6'])
  })

  it('is not one of a task that a cut-off ended: it is shown as it is stored', () => {
    expect(rulesBroken([born, revoked([2, 4], { scope: { kind: 'user', id: TASK.user } }), observed([5, 6], 'active')])).toEqual([])
  })

  it('is not one seen active before, or ended', () => {
    expect(rulesBroken([born, revoked([2, 4]), observed([3, 6], 'active'), observed([5, 6], 'ended')])).toEqual([])
  })
})

describe('V7 and V8, what reached the resource', () => {
  const allow = checked([2, 3], 'allow', { recordId: 'dec-1', digest: 'sha' })
  const records = [recorded('dec-1', { digest: 'sha' })]

  it('is a request nobody allowed', () => {
    expect(rulesBroken([born, allow], { records, upstream: [{ recordId: 'dec-2', digest: 'sha' }] })).toEqual(['V7'])
  })

  it('is a request with another body than the judged one', () => {
    expect(rulesBroken([born, allow], { records, upstream: [{ recordId: 'dec-1', digest: 'other' }] })).toEqual(['V8'])
  })

  it('is not the request that was judged', () => {
    expect(rulesBroken([born, allow], { records, upstream: [{ recordId: 'dec-1', digest: 'sha' }] })).toEqual([])
  })
})

describe('V9, late release', () => {
  const held = (releasedMs: number) => ({ held: { what: 'policy', releasedNs: releasedMs * 1e6 } }) as const

  it('is an allow let go after the revocation was confirmed, asked for before it', () => {
    expect(rulesBroken([born, revoked([3, 5]), checked([2, 7], 'allow', held(6))])).toEqual(['V9'])
  })

  it('is not one let go before, or denied', () => {
    expect(rulesBroken([born, revoked([3, 5]), checked([2, 7], 'allow', held(4))])).toEqual([])
    expect(rulesBroken([born, revoked([3, 5]), checked([2, 7], 'deny', { ...held(6), reason: 'task_revoked' })])).toEqual([])
  })
})

describe('F1, a lie', () => {
  it('is a revocation that was said to have failed and ended the task', () => {
    expect(rulesBroken([born, revoked([2, 4], { result: 'fail' }), checked([5, 6], 'deny', { reason: 'task_revoked' })])).toEqual(['F1'])
  })

  it('is seen through control too', () => {
    expect(rulesBroken([born, revoked([2, 4], { result: 'fail' }), observed([5, 6], 'ended')])).toEqual(['F1'])
    expect(rulesBroken([born, revoked([2, 4], { result: 'fail' }), observed([5, 6], 'active')])).toEqual([])
  })

  it('is none where the token that was shown had been ended by itself, and one where another token is refused too', () => {
    const end = revoked([2, 4], { scope: { kind: 'token', id: 'jti-1' }, result: 'info' })
    const history = [born, revoked([2, 4], { result: 'fail' }), end, checked([5, 6], 'deny', { reason: 'task_revoked' })]
    expect(rulesBroken(history)).toEqual([])
    expect(rulesBroken([...history, checked([5, 6], 'deny', { reason: 'task_revoked', token: 'jti-2' })])).toEqual(['F1'])
  })

  it('is none where another act may have ended it', () => {
    const other = revoked([2, 4], { result: 'info', scope: { kind: 'user', id: TASK.user } })
    expect(rulesBroken([born, revoked([2, 4], { result: 'fail' }), other, checked([5, 6], 'deny', { reason: 'task_revoked' })])).toEqual([])
  })
})

describe('L1 and L2, in time', () => {
  it('holds nothing against anybody that was late while the machine had no processor to give, and no more than that', () => {
    const history = [born, healed(10, ['node-1']), checked([11, 6_010], 'allow'), revoked([7_000, 8_500])]
    expect(rulesBroken(history)).toEqual(['L1', 'L2'])
    expect(rulesBroken(history, { starved: () => 999e6 })).toEqual(['L1'])
    expect(rulesBroken(history, { starved: () => 1_000e6 })).toEqual([])
    expect(rulesBroken(history, { starved: () => 400e6 })).toEqual(['L1', 'L2'])
  })

  it('is a node that never allows again, though it had the time, and not one that had none', () => {
    expect(rulesBroken([born, healed(10, ['node-2']), checked([11, 6_010], 'allow')])).toEqual(['L1'])
    expect(rulesBroken([born, healed(10, ['node-2']), checked([11, 5_009], 'allow')])).toEqual([])
  })

  it('is a node that does not allow within the bound after a fault', () => {
    expect(rulesBroken([born, healed(10, ['node-1', 'node-2']), checked([11, 5_009], 'allow'), checked([11, 5_011], 'allow', { node: 'node-2' })])).toEqual([
      'L1',
    ])
  })

  it('is not one that does', () => {
    expect(rulesBroken([born, healed(10, ['node-1']), checked([11, 5_009], 'allow')])).toEqual([])
  })

  it('is a revocation answered after more than a second, by a node that was running', () => {
    expect(rulesBroken([born, revoked([2, 1_003], { result: 'info' })])).toEqual(['L2'])
    expect(rulesBroken([born, revoked([2, 1_003], { result: 'info', reachable: false })])).toEqual([])
    expect(rulesBroken([born, revoked([2, 1_002])])).toEqual([])
  })
})
