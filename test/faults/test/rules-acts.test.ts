// The rules about revocations and time (V6, V9, F1, L1, L2): a history that breaks each, and the nearest one that does not.
import { describe, expect, it } from 'vitest'
import { createChecker } from '../src/checker/check-history.ts'
import { checked, created, healed, observed, revoked, rulesBroken, TASK } from './histories.ts'

const born = created([0, 1])

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
    // By a store that was lost and came back: it cuts off everything older.
    expect(rulesBroken([born, revoked([2, 4], { result: 'fail' }), observed([5, 6], 'covered')])).toEqual([])
    expect(rulesBroken([born, revoked([2, 4]), observed([5, 6], 'covered')])).toEqual([])
  })

  it('is none where the token that was shown had been ended by itself, and one where another token is refused too', () => {
    const end = revoked([2, 4], { scope: { kind: 'token', id: 'jti-1' }, result: 'info' })
    const history = [born, revoked([2, 4], { result: 'fail' }), end, checked([5, 6], 'deny', { reason: 'task_revoked' })]
    expect(rulesBroken(history)).toEqual([])
    expect(rulesBroken([...history, checked([5, 6], 'deny', { reason: 'task_revoked', token: 'jti-2' })])).toEqual(['F1'])
  })

  it('is none of a task that was cut off by nobody: a store that came back does that', () => {
    expect(rulesBroken([born, revoked([2, 4], { result: 'fail' }), checked([5, 6], 'deny', { reason: 'cut_off' })])).toEqual([])
  })

  it('is one where other acts were asked for only after it had been seen ended', () => {
    const seen = [born, revoked([2, 4], { result: 'fail' }), checked([5, 6], 'deny', { reason: 'task_revoked' })]
    for (const scope of [{ kind: 'user', id: TASK.user } as const, { kind: 'resource', id: 'payments' } as const]) {
      expect(rulesBroken([...seen, revoked([7, 8], { scope })])).toEqual(['F1'])
      expect(rulesBroken([...seen, revoked([5, 8], { scope })])).toEqual([])
    }
  })

  it('is none where a cut-off from before it was made, which nobody confirmed, may have come to cover it', () => {
    const before = (result: 'info' | 'ok') => revoked([0, 1], { result, scope: { kind: 'agent', id: TASK.agent } })
    const after = [created([2, 3]), revoked([4, 5], { result: 'fail' }), observed([6, 7], 'ended')]
    expect(rulesBroken([before('info'), ...after])).toEqual([])
    expect(rulesBroken([before('ok'), ...after])).toEqual(['F1'])
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

  it('is not over with an allow that needs no policy', () => {
    const healedAt = healed(10, ['node-1'])
    const introspected = checked([11, 12], 'allow', { door: 'introspect', asksPolicy: false })
    expect(rulesBroken([born, healedAt, introspected, checked([13, 6_000], 'deny')])).toEqual(['L1'])
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

describe('what is broken so far', () => {
  it('is counted by rule while the run goes on, a node that does not allow again among it', () => {
    const checker = createChecker()
    const history = [born, healed(2, ['node-2']), revoked([3, 4]), checked([5, 6], 'allow'), checked([6, 7], 'allow'), revoked([8, 2_000], { result: 'info' })]
    for (const event of history) checker.add(event)
    expect(Object.fromEntries(checker.broken())).toEqual({ V1: 2, L2: 1 })
    checker.add(checked([5_000, 5_003], 'deny'))
    expect(Object.fromEntries(checker.broken())).toEqual({ V1: 2, L2: 1, L1: 1 })
  })
})
