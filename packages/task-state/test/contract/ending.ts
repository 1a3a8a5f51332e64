import { describe, expect, it } from 'vitest'
import { newTaskId } from '@bailiwick/core'
import { TEST_EPOCH_MS } from '@bailiwick/kit/clock'
import type { ContractContext } from '../contract.ts'
import { created, expectConfirmed, expectDenied, faultOf, valueOf } from '../expectations.ts'
import { childOf, newTask, NOW, query, revocation } from '../fixtures.ts'

const AGENT = 'client:refund-agent'

export function describeEnding(context: ContractContext): void {
  describe('completing a task', () => {
    it('ends it and its children, says who and when, and counts them', async () => {
      const store = context.store()
      const task = await created(store, newTask())
      const child = await created(store, childOf(task))
      expectConfirmed(await store.completeTask(task.id, AGENT, TEST_EPOCH_MS), 2)
      expectDenied(await store.readStanding(query(task.id)), 'task_completed')
      expectDenied(await store.readStanding(query(child.id)), 'task_completed')
      expect(await store.findTask(task.id)).toMatchObject({ state: 'completed', endedBy: AGENT, endedAt: NOW, version: 2 })
    })

    it('is confirmed again when repeated, also after a restart, and keeps the first end', async () => {
      const task = await created(context.store(), newTask())
      expectConfirmed(await context.store().completeTask(task.id, AGENT, TEST_EPOCH_MS), 1)
      await context.restart()
      expectConfirmed(await context.store().completeTask(task.id, 'corp:alice', TEST_EPOCH_MS + 5000), 0)
      expect(await context.store().findTask(task.id)).toMatchObject({ endedBy: AGENT, endedAt: NOW })
    })

    it('is refused for a task that is unknown, revoked or expired', async () => {
      const store = context.store()
      expectDenied(await store.completeTask(newTaskId(TEST_EPOCH_MS), AGENT, TEST_EPOCH_MS), 'task_unknown')
      const revoked = await created(store, newTask())
      expectConfirmed(await store.revoke(revocation('task', revoked.id)))
      expectDenied(await store.completeTask(revoked.id, AGENT, TEST_EPOCH_MS), 'task_revoked')
      const expired = await created(store, newTask())
      expectDenied(await store.completeTask(expired.id, AGENT, TEST_EPOCH_MS + 3_600_000), 'task_expired')
    })

    it('may be followed by a revocation, which wins', async () => {
      const store = context.store()
      const task = await created(store, newTask())
      expectConfirmed(await store.completeTask(task.id, AGENT, TEST_EPOCH_MS))
      expectConfirmed(await store.revoke(revocation('task', task.id)), 0)
      expectDenied(await store.readStanding(query(task.id)), 'task_revoked')
      expectDenied(await store.completeTask(task.id, AGENT, TEST_EPOCH_MS), 'task_revoked')
    })
  })

  describe('revoking a task', () => {
    it('ends it with its tree, says who and why, and counts the live ones only', async () => {
      const store = context.store()
      const root = await created(store, newTask())
      const done = await created(store, childOf(root))
      await created(store, childOf(done))
      await created(store, childOf(root))
      await created(store, childOf(root, { expiresAt: NOW + 5 }))
      valueOf(await store.completeTask(done.id, AGENT, TEST_EPOCH_MS))
      expect(await store.countAffected({ kind: 'task', id: root.id }, NOW + 5)).toEqual({ ok: true, value: 2 })
      expectConfirmed(await store.revoke(revocation('task', root.id, { atMs: TEST_EPOCH_MS + 5000 })), 2)
      expect(await store.findTask(root.id)).toMatchObject({ state: 'revoked', endedBy: 'operator:olga', endReason: 'an incident', endedAt: NOW + 5 })
    })

    it('is refused for an id nobody created, and counts nothing there', async () => {
      const id = newTaskId(TEST_EPOCH_MS)
      expectDenied(await context.store().revoke(revocation('task', id)), 'task_unknown')
      expectDenied(await context.store().countAffected({ kind: 'task', id }, NOW), 'task_unknown')
    })

    it('answers a repeated revocation with what the first did, also after a restart', async () => {
      const task = await created(context.store(), newTask())
      const act = revocation('task', task.id)
      const first = valueOf(await context.store().revoke(act))
      expect(first.endedTasks).toBe(1)
      expect(valueOf(await context.store().revoke(act))).toEqual(first)
      await context.restart()
      expect(valueOf(await context.store().revoke(act))).toEqual(first)
    })

    it('does one act once when the same revocation arrives several times at once', async () => {
      await created(context.store(), newTask())
      const act = revocation('user', 'corp:alice')
      const answers = await Promise.all(Array.from({ length: 5 }, () => context.store().revoke(act)))
      expect(new Set(answers.map((answer) => valueOf(answer).revision.revision)).size).toBe(1)
      expect((await context.store().listRevocations({ limit: 10 })).items).toHaveLength(1)
    })

    it('never acknowledges an id that stands for another act', async () => {
      const act = revocation('user', 'corp:alice')
      expectConfirmed(await context.store().revoke(act))
      expect(await faultOf(context.store().revoke({ ...act, scope: { kind: 'user', id: 'corp:bob' } }))).toBe('revocation_conflict')
      expect(await faultOf(context.store().revoke({ ...act, hold: true }))).toBe('revocation_conflict')
    })

    it('survives a restart', async () => {
      const task = await created(context.store(), newTask())
      expectConfirmed(await context.store().revoke(revocation('task', task.id)))
      await context.restart()
      expectDenied(await context.store().readStanding(query(task.id)), 'task_revoked')
    })

    it('has an acknowledgement at a revision later than everything it ended', async () => {
      const task = await created(context.store(), newTask())
      const { task: stored } = valueOf(await context.store().readStanding(query(task.id)))
      const { revision } = valueOf(await context.store().revoke(revocation('task', task.id)))
      expect(revision.revision).toBeGreaterThan(stored.createdRev.revision)
    })
  })
}
