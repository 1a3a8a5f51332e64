// Histories with known verdicts, in the shapes public analyses of stores made known, and the checker against a plain restatement of its two main rules.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkHistory } from '../src/checker/check-history.ts'
import type { HistoryEvent } from '../src/checker/event.ts'
import { vacuityOf } from '../src/checker/tally.ts'
import { evidenceShort } from '../src/nemesis/fault.ts'
import type { Fault } from '../src/nemesis/fault.ts'
import { checked, created, observed, revoked } from './histories.ts'

const born = created([0, 1])
const broken = (events: readonly HistoryEvent[]): readonly string[] => checkHistory(events).violations.map(({ rule }) => rule)

describe('histories of known kinds', () => {
  it('a lost update: confirmed, the primary is replaced, active again', () => {
    const history = [born, revoked([10, 12]), checked([13, 14], 'deny', { reason: 'task_revoked' }), checked([900, 901], 'allow', { node: 'node-2' })]
    expect(broken(history)).toEqual(['V1', 'V2'])
  })

  it('a stale read on a minority side: one node denies, the cut-off one goes on', () => {
    const history = [born, revoked([10, 12]), checked([13, 14], 'deny', { reason: 'task_revoked' }), checked([13, 14], 'allow', { node: 'node-2' })]
    expect(broken(history)).toEqual(['V1'])
  })

  it('a dirty read: a revocation that was never confirmed is seen, then gone', () => {
    const history = [born, revoked([10, 40], { result: 'info' }), checked([13, 14], 'deny', { reason: 'task_revoked' }), checked([50, 51], 'allow')]
    expect(broken(history)).toEqual(['V2'])
  })

  it('a timeout that took effect late: allow, allow, then denied for good', () => {
    const deny = { reason: 'task_revoked' }
    const history = [born, revoked([10, 40], { result: 'info' }), checked([41, 42], 'allow'), checked([50, 51], 'deny', deny), checked([60, 61], 'deny', deny)]
    expect(broken(history)).toEqual([])
  })

  it('concurrent checks around the revocation may go either way', () => {
    expect(
      broken([born, revoked([10, 20]), checked([11, 12], 'allow'), checked([11, 15], 'deny', { reason: 'task_revoked' }), checked([14, 22], 'allow')]),
    ).toEqual([])
  })

  it('an outage in which everything is denied, and after which life goes on', () => {
    expect(broken([born, checked([5, 6], 'deny', { reason: 'state_unavailable' }), checked([7, 8], 'info'), checked([9, 10], 'allow')])).toEqual([])
  })
})

describe('whatever the history', () => {
  const span = fc.tuple(fc.integer({ min: 2, max: 60 }), fc.integer({ min: 0, max: 20 })).map(([at, lasts]) => [at, at + lasts] as const)
  const revocation = fc.tuple(span, fc.constantFrom('ok', 'fail', 'info')).map(([times, result]) => revoked(times, { result }))
  const check = fc
    .tuple(span, fc.constantFrom('allow', 'deny'))
    .map(([times, result]) => checked(times, result, result === 'deny' ? { reason: 'task_revoked' } : {}))

  it('V1 and V2 are exactly what their sentences say', () => {
    fc.assert(
      fc.property(fc.array(revocation, { maxLength: 4 }), fc.array(check, { maxLength: 12 }), (revocations, checks) => {
        const found = broken([born, ...revocations, ...checks]).filter((rule) => rule === 'V1' || rule === 'V2')
        const confirmed = revocations.filter(({ result }) => result === 'ok').map(({ endNs }) => endNs)
        const denied = checks.filter(({ result }) => result === 'deny').map(({ endNs }) => endNs)
        const allows = checks.filter(({ result }) => result === 'allow')
        const stale = allows.filter(({ invokeNs }) => confirmed.some((endNs) => invokeNs > endNs))
        const risen = allows.filter(({ invokeNs }) => denied.some((endNs) => invokeNs > endNs))
        expect(found.filter((rule) => rule === 'V1')).toHaveLength(stale.length)
        expect(found.filter((rule) => rule === 'V2')).toHaveLength(risen.length)
      }),
    )
  })
})

describe('a run in which too little happened', () => {
  const wanted = {
    confirmedRevokes: 1,
    revokesInEachFault: 1,
    postRevokeChecks: 2,
    allowedShare: 0.3,
    heldDenials: 1,
    observedEnded: 1,
    observedRefused: 1,
    forwarded: 1,
    timedShare: 0,
  }
  const whole: readonly HistoryEvent[] = [
    born,
    checked([2, 3], 'allow'),
    revoked([4, 5], { fault: 'pause' }),
    checked([3, 7], 'deny', { reason: 'task_revoked', held: { what: 'policy', releasedNs: 6e6 } }),
    checked([7, 8], 'deny', { reason: 'task_revoked' }),
    checked([8, 9], 'deny', { reason: 'task_revoked' }),
    observed([9, 10], 'ended'),
    created([10, 11], { id: 'task-2' }),
    revoked([12, 13], { result: 'fail', scope: { kind: 'task', id: 'task-2' } }),
    observed([14, 15], 'active', 'task-2'),
  ]
  const reached = { records: [], upstream: [{ recordId: 'dec-1', digest: '' }] }
  const short = (events: readonly HistoryEvent[], faults = ['pause']): readonly string[] => vacuityOf(checkHistory(events, reached).tally, faults, wanted)

  it('is told in words, and a full one is not', () => {
    expect(short(whole)).toEqual([])
    expect(short(whole, ['pause', 'disk'])).toEqual(['revocations during "disk": 0, at least 1 wanted'])
    expect(short(whole.slice(0, 3))).toHaveLength(4)
    expect(vacuityOf(checkHistory(whole).tally, ['pause'], wanted)).toEqual(['requests that reached the resource: 0, at least 1 wanted'])
    expect(short(whole.filter((event) => event.op !== 'observe'))).toEqual([
      'revoked tasks looked at through control: 0, at least 1 wanted',
      'looks at tasks whose revocation was refused: 0, at least 1 wanted',
    ])
    expect(short(whole.filter((event) => event.op !== 'check' || event.result !== 'allow'))).toEqual(['live tasks allowed: 0 %, at least 30 % wanted'])
  })

  it('says so where most of what was late was excused', () => {
    const late = [born, revoked([2, 2_003]), revoked([2_004, 2_005])]
    const { tally } = checkHistory(late, { starved: () => 1_500e6 })
    expect([tally.timed, tally.excused]).toEqual([1, 1])
    expect(vacuityOf(tally, [], { ...wanted, timedShare: 0.9 })).toContain('judged in time: 50 %, at least 90 % wanted')
  })

  it('does not count unanswered checks, or those asked before the confirmation', () => {
    const { doors } = checkHistory([...whole, checked([5, 6], 'deny'), checked([6, 9], 'info')]).tally
    expect(doors['ext_authz']).toEqual({ checks: 5, allowed: 1, postRevoke: 2 })
  })
})

describe('a fault that was none', () => {
  const fault = (name: string, atLeast?: number): Fault => ({
    name,
    stores: ['redis'],
    holds: '',
    ...(atLeast === undefined ? {} : { evidence: { what: 'scripts asked', atLeast } }),
    inject: async () => {},
  })
  const faults = [fault('cut', 50), fault('pause')]

  it('is told in words where too little of what it is there for has happened', () => {
    expect(evidenceShort(faults, { injected: ['cut', 'pause'], evidence: { cut: 49 } })).toEqual(['"cut", scripts asked: 49, at least 50 wanted'])
    expect(evidenceShort(faults, { injected: ['cut'], evidence: {} })).toHaveLength(1)
  })

  it('is not one where enough has, where it was not made, or where it says nothing of itself', () => {
    expect(evidenceShort(faults, { injected: ['cut', 'pause'], evidence: { cut: 50 } })).toEqual([])
    expect(evidenceShort(faults, { injected: ['pause'], evidence: {} })).toEqual([])
  })
})
