import { describe, expect, it } from 'vitest'
import { newTaskId } from '@bailiwick/core'
import { TEST_EPOCH_MS } from '@bailiwick/kit/clock'
import type { ContractContext } from '../contract.ts'
import { created, expectConfirmed, expectDenied, faultOf, valueOf } from '../expectations.ts'
import { childOf, newTask, NOW, plus, query, revocation } from '../fixtures.ts'

export function describeStanding(context: ContractContext): void {
  describe('reading task state', () => {
    it('denies a task nobody created', async () => {
      expectDenied(await context.store().readStanding(query(newTaskId(TEST_EPOCH_MS))), 'task_unknown')
    })

    it('denies from the second of its end on, whatever that clock said before', async () => {
      const task = await created(context.store(), newTask({ expiresAt: NOW + 10 }))
      valueOf(await context.store().readStanding(query(task.id, { nowSeconds: NOW + 9.999 })))
      expectDenied(await context.store().readStanding(query(task.id, { nowSeconds: NOW + 10 })), 'task_expired')
    })

    it('denies when the time is not a number', async () => {
      const task = await created(context.store(), newTask())
      expectDenied(await context.store().readStanding(query(task.id, { nowSeconds: Number.NaN })), 'task_expired')
    })

    it('takes a token issued at its own revision or before, and faults on one from its future', async () => {
      const task = await created(context.store(), newTask())
      const { revision } = await context.store().health()
      valueOf(await context.store().readStanding(query(task.id, { kep: revision })))
      expect(await faultOf(context.store().readStanding(query(task.id, { kep: plus(revision, 1) })))).toBe('revision_behind')
      expect(await faultOf(context.store().readStanding(query(task.id, { kep: { epoch: revision.epoch + 1, revision: 0 } })))).toBe('revision_behind')
      valueOf(await context.store().readStanding(query(task.id, { kep: { epoch: revision.epoch - 1, revision: revision.revision + 1000 } })))
    })

    it('faults on a token from its future even where the task is unknown: nothing was established', async () => {
      const { revision } = await context.store().health()
      expect(await faultOf(context.store().readStanding(query(newTaskId(TEST_EPOCH_MS), { kep: plus(revision, 1) })))).toBe('revision_behind')
    })

    it('answers with the strictest of several reasons', async () => {
      const store = context.store()
      const task = await created(store, newTask())
      const later = { nowSeconds: NOW + 3600, newWork: true, jti: 'jti-1', kid: 'key-1' }
      expectConfirmed(await store.revoke(revocation('user', 'corp:alice', { hold: true })))
      expectDenied(await store.readStanding(query(task.id, { newWork: true })), 'cut_off')
      expectDenied(await store.readStanding(query(task.id, later)), 'task_expired')
      valueOf(await store.completeTask(task.id, 'client:refund-agent', TEST_EPOCH_MS))
      expectDenied(await store.readStanding(query(task.id, later)), 'task_completed')
      await store.revokeToken('jti-1', NOW + 9000, NOW)
      expectDenied(await store.readStanding(query(task.id, later)), 'task_revoked', 'token')
      expectConfirmed(await store.revoke(revocation('task', task.id)))
      expectDenied(await store.readStanding(query(task.id, later)), 'task_revoked')
    })

    it('sees each change at once, with nothing remembered from the read before', async () => {
      const store = context.store()
      const task = await created(store, newTask())
      for (let reads = 0; reads < 3; reads += 1) valueOf(await store.readStanding(query(task.id)))
      expectConfirmed(await store.revoke(revocation('task', task.id)))
      expectDenied(await store.readStanding(query(task.id)), 'task_revoked')
    })

    it('gives reads that were waiting beside a revocation either answer, and every read after it a denial', async () => {
      const store = context.store()
      const tasks = await Promise.all(Array.from({ length: 20 }, () => created(store, newTask())))
      await Promise.all(
        tasks.map(async (task) => {
          const beside = store.readStanding(query(task.id))
          expectConfirmed(await store.revoke(revocation('task', task.id)))
          expectDenied(await store.readStanding(query(task.id)), 'task_revoked')
          await beside
        }),
      )
    })

    it('ends a child with any task above it', async () => {
      const store = context.store()
      const root = await created(store, newTask())
      const child = await created(store, childOf(root))
      const grandchild = await created(store, childOf(child))
      valueOf(await store.completeTask(child.id, 'client:refund-agent', TEST_EPOCH_MS))
      expectDenied(await store.readStanding(query(grandchild.id)), 'task_completed', 'ancestor')
      valueOf(await store.readStanding(query(root.id)))
      expectConfirmed(await store.revoke(revocation('task', root.id)))
      expectDenied(await store.readStanding(query(grandchild.id)), 'task_revoked', 'ancestor')
    })

    it('does not end a parent or a sibling with a child', async () => {
      const store = context.store()
      const root = await created(store, newTask())
      const child = await created(store, childOf(root))
      const sibling = await created(store, childOf(root))
      expectConfirmed(await store.revoke(revocation('task', child.id)), 1)
      valueOf(await store.readStanding(query(root.id)))
      valueOf(await store.readStanding(query(sibling.id)))
    })
  })
}
