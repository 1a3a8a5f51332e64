import { rename } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Fault } from '@bailiwick/core'
import type { Task } from '@bailiwick/core'
import type { AuditRecord } from '@bailiwick/audit'
import { startService } from './running.ts'
import type { Running } from './running.ts'

let running: Running
let task: Task
let token: string

beforeEach(async () => {
  running = await startService()
  task = await running.makeTask()
  token = await running.tokenFor(task)
})
afterEach(() => running.close())

function records(): readonly AuditRecord[] {
  return running.journal.records
}

describe('a revocation that is acknowledged while a decision is under way', () => {
  it('wins over an allow whose record is being written', async () => {
    const held = running.journal.hold()
    const asked = running.check({ token })
    await held.waiting()
    await running.revoke(task)
    held.release()
    expect(await asked).toMatchObject({ code: 7, kind: 'denied', metadata: { reason: 'task_revoked' } })
    const [allow, deny] = records()
    expect(records()).toHaveLength(2)
    expect(allow).toMatchObject({ effect: 'allow' })
    expect(deny).toMatchObject({ effect: 'deny', reason: 'task_revoked', decision_id: allow?.decision_id, supersedes: allow?.id, task: { id: task.id } })
  })

  it('wins over an allow the policy is about to give', async () => {
    const gate = Promise.withResolvers<'allow'>()
    const arrived = Promise.withResolvers<undefined>()
    running.decider.script(() => {
      arrived.resolve(undefined)
      return gate.promise
    })
    const asked = running.check({ token })
    await arrived.promise
    await running.revoke(task)
    gate.resolve('allow')
    expect(await asked).toMatchObject({ kind: 'denied', metadata: { reason: 'task_revoked' } })
    expect(records().map(({ effect, reason }) => [effect, reason])).toEqual([
      ['allow', undefined],
      ['deny', 'task_revoked'],
    ])
  })

  it('wins over an allow waiting for a profile', async () => {
    const release = running.profiles.hold()
    const asked = running.check({ token })
    while (running.profiles.asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await running.revoke(task)
    release()
    expect(await asked).toMatchObject({ kind: 'denied', metadata: { reason: 'task_revoked' } })
  })

  it('wins in shadow mode too', async () => {
    const shadow = await startService({ resources: [{ name: 'payments', mode: 'shadow' }] })
    try {
      shadow.decider.script('deny')
      const shadowed = await shadow.makeTask()
      const held = shadow.journal.hold()
      const asked = shadow.check({ token: await shadow.tokenFor(shadowed) })
      await held.waiting()
      await shadow.revoke(shadowed)
      held.release()
      expect(await asked).toMatchObject({ kind: 'denied', metadata: { reason: 'task_revoked' } })
      expect(shadow.journal.records.map(({ effect }) => effect)).toEqual(['shadow_allow', 'deny'])
    } finally {
      await shadow.close()
    }
  })

  it('ends the decision of one token alone when only the token was revoked', async () => {
    const claims = running.claimsOf(task)
    const one = await running.keys.mintRuntimeToken(claims)
    await running.store.revokeToken(claims.jti, claims.exp, claims.iat)
    expect(await running.check({ token: one })).toMatchObject({ kind: 'denied', metadata: { reason: 'task_revoked' } })
    expect(await running.check({ token })).toMatchObject({ kind: 'ok' })
  })
})

describe('a fault is a deny with its own reason, in time', () => {
  it('of a policy engine that fails', async () => {
    running.decider.script(() => {
      throw new Fault('policy', 'pdp_unreachable', 'down')
    })
    expect(await running.check({ token })).toMatchObject({ kind: 'denied', status: 200, metadata: { reason: 'policy_unavailable' } })
    expect(records()).toMatchObject([{ effect: 'deny', reason: 'policy_unavailable', detail: 'pdp_unreachable' }])
  })

  it('of a policy engine that throws what nobody foresaw', async () => {
    running.decider.script(() => {
      throw new TypeError('oops')
    })
    expect(await running.check({ token })).toMatchObject({ kind: 'denied', metadata: { reason: 'state_unavailable' } })
    expect(JSON.stringify(await running.check({ token }))).not.toContain('oops')
  })

  it('of a policy engine that never answers, whose late allow changes nothing', async () => {
    const gate = Promise.withResolvers<'allow'>()
    const arrived = Promise.withResolvers<undefined>()
    running.decider.script(() => {
      arrived.resolve(undefined)
      return gate.promise
    })
    const asked = running.check({ token })
    await arrived.promise
    running.clock.advance(running.config.limits.decisionMs)
    expect(await asked).toMatchObject({ kind: 'denied', metadata: { reason: 'deadline_exceeded' } })
    gate.resolve('allow')
    await settled()
    expect(records().map(({ effect, reason }) => [effect, reason])).toEqual([['deny', 'deadline_exceeded']])
  })

  it('of a directory that never answers', async () => {
    const release = running.profiles.hold()
    const asked = running.check({ token })
    while (running.profiles.asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
    running.clock.advance(running.config.limits.decisionMs)
    expect(await asked).toMatchObject({ kind: 'denied', metadata: { reason: 'deadline_exceeded' } })
    release()
  })

  it('of a directory that fails, and of one that has disabled the subject', async () => {
    running.profiles.fail()
    expect(await running.check({ token })).toMatchObject({ metadata: { reason: 'profile_unavailable' } })
    running.profiles.heal()
    running.profiles.refuse('corp:alice', { reason: 'account_disabled' })
    expect(await running.check({ token })).toMatchObject({ metadata: { reason: 'account_disabled' } })
  })

  it('of a directory that does not know the subject', async () => {
    running.profiles.refuse('corp:alice', { reason: 'profile_not_found' })
    expect(await running.check({ token })).toMatchObject({ metadata: { reason: 'profile_not_found' } })
  })

  it('of a disabled account, which also ends everything the person delegated: the next call denies before the directory is asked', async () => {
    running.profiles.refuse('corp:alice', { reason: 'account_disabled' })
    await running.check({ token })
    expect(running.journal.records.at(-1)).toMatchObject({
      effect: 'deny',
      reason: 'account_disabled',
      act: { revocation: { scope: { kind: 'user', id: 'corp:alice' }, hold: true, status: 'confirmed' } },
    })
    running.profiles.set('corp:alice', {})
    expect(await running.check({ token })).toMatchObject({ metadata: { reason: 'cut_off' } })
  })

  it('of a journal that cannot write an allow', async () => {
    running.journal.fail('journal_unwritable', (entry) => entry.effect === 'allow')
    expect(await running.check({ token })).toMatchObject({ kind: 'denied', metadata: { reason: 'audit_unavailable' } })
    expect(records()).toMatchObject([{ effect: 'deny', reason: 'audit_unavailable', detail: 'journal_unwritable' }])
  })

  it('of a journal that cannot write at all', async () => {
    running.journal.fail('journal_full')
    expect(await running.check({ token })).toMatchObject({ kind: 'denied', metadata: { reason: 'audit_unavailable' } })
    expect(records()).toEqual([])
    expect(running.lines.join('')).toContain('a denial could not be recorded')
  })

  it('of a journal that is too slow: the allow it writes in the end is taken back', async () => {
    const held = running.journal.hold((entry) => entry.effect === 'allow')
    const asked = running.check({ token })
    await held.waiting()
    running.clock.advance(running.config.limits.decisionMs)
    expect(await asked).toMatchObject({ kind: 'denied', metadata: { reason: 'deadline_exceeded' } })
    held.release()
    await settled()
    const [allow, deny] = records()
    expect(records()).toHaveLength(2)
    expect(deny).toMatchObject({ effect: 'deny', reason: 'deadline_exceeded', supersedes: allow?.id, decision_id: allow?.decision_id })
  })

  it('of an allow that is recorded after the deny has left, with time still on the clock', async () => {
    const held = running.journal.hold((entry) => entry.effect === 'allow')
    const asked = running.check({ token })
    await held.waiting()
    running.clock.advance(running.config.limits.decisionMs - 3)
    expect(await asked).toMatchObject({ kind: 'denied', metadata: { reason: 'deadline_exceeded' } })
    held.release()
    await settled()
    expect(records().map(({ effect, reason }) => [effect, reason])).toEqual([
      ['allow', undefined],
      ['deny', 'deadline_exceeded'],
    ])
  })

  it('of an allow that arrives just after its deadline, though nothing was watching', async () => {
    const held = running.journal.hold((entry) => entry.effect === 'allow')
    const asked = running.check({ token })
    await held.waiting()
    running.clock.advance(running.config.limits.decisionMs)
    held.release()
    expect(await asked).toMatchObject({ kind: 'denied', metadata: { reason: 'deadline_exceeded' } })
    await settled()
    expect(records().map(({ effect }) => effect)).toEqual(['allow', 'deny'])
  })

  it('keeps the reason it already had when recording a deny takes too long', async () => {
    running.decider.script('deny')
    const held = running.journal.hold()
    const asked = running.check({ token })
    await held.waiting()
    running.clock.advance(running.config.limits.decisionMs)
    expect(await asked).toMatchObject({ kind: 'denied', metadata: { reason: 'policy_denied' } })
    held.release()
    await settled()
    expect(records().map(({ effect, reason }) => [effect, reason])).toEqual([['deny', 'policy_denied']])
  })

  it('of a store whose file was moved away', async () => {
    await rename(running.storeFile, `${running.storeFile}.moved`)
    expect(await running.check({ token })).toMatchObject({ kind: 'denied', metadata: { reason: 'state_unavailable' } })
    expect(records()).toMatchObject([{ effect: 'deny', reason: 'state_unavailable' }])
  })

  it('of a store that is moved away while the allow is recorded', async () => {
    const held = running.journal.hold((entry) => entry.effect === 'allow')
    const asked = running.check({ token })
    await held.waiting()
    await rename(running.storeFile, `${running.storeFile}.moved`)
    held.release()
    expect(await asked).toMatchObject({ kind: 'denied', metadata: { reason: 'state_unavailable' } })
    expect(records().map(({ effect }) => effect)).toEqual(['allow', 'deny'])
  })
})

describe('shadow mode', () => {
  it.each([
    ['a policy deny', 'deny', 'policy_denied'],
    ['a limit', { effect: 'deny', outcome: 'limit_exceeded' }, 'limit_exceeded'],
    ['an approval', { effect: 'deny', outcome: 'approval_required' }, 'approval_required'],
    ['invalid arguments', { effect: 'deny', schemaErrors: [{ path: '/arguments/amount_cents', source: 'resource' }] }, 'arguments_invalid'],
  ] as const)('passes %s and records what enforcing would have said', async (_what, script, reason) => {
    await running.close()
    running = await startService({ resources: [{ name: 'payments', mode: 'shadow' }] })
    running.decider.script(() => script)
    const shadowed = await running.tokenFor(await running.makeTask())
    expect(await running.check({ token: shadowed })).toMatchObject({ code: 0, kind: 'ok', metadata: { decision: 'allow', reason } })
    expect(records()).toMatchObject([{ effect: 'shadow_allow', reason }])
  })

  it('passes nothing else', async () => {
    await running.close()
    running = await startService({ resources: [{ name: 'payments', mode: 'shadow' }] })
    const shadowed = await running.makeTask()
    const shadowToken = await running.tokenFor(shadowed)
    expect(await running.check({ token: shadowToken, http: { rawBody: Buffer.from('{') } })).toMatchObject({ metadata: { reason: 'body_unreadable' } })
    running.decider.script(() => {
      throw new Fault('policy', 'pdp_unreachable', 'down')
    })
    expect(await running.check({ token: shadowToken })).toMatchObject({ kind: 'denied', metadata: { reason: 'policy_unavailable' } })
    await running.revoke(shadowed)
    expect(await running.check({ token: shadowToken })).toMatchObject({ kind: 'denied', metadata: { reason: 'task_revoked' } })
    const other = await running.tokenFor(await running.makeTask())
    running.profiles.refuse('corp:alice', { reason: 'account_disabled' })
    expect(await running.check({ token: other })).toMatchObject({ kind: 'denied', metadata: { reason: 'account_disabled' } })
  })
})

/** Lets what is left of an abandoned decision run to its end. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 30))
}
