import { describe, expect, it } from 'vitest'
import { newRevocationId, newTaskId } from '@bailiwick/core'
import { TEST_EPOCH_MS } from '@bailiwick/kit/clock'
import type { ContractContext } from '../contract.ts'
import type { TaskFilter, TaskStore } from '../../src/task-store.ts'
import { created, expectConfirmed, valueOf } from '../expectations.ts'
import { childOf, newTask, NOW, revocation, workloadTask } from '../fixtures.ts'

async function allIds(store: TaskStore, filter: Partial<TaskFilter>, nowSeconds: number = NOW): Promise<readonly string[]> {
  const ids: string[] = []
  let after: string | undefined
  do {
    const page = await store.listTasks({ limit: 3, ...filter, ...(after === undefined ? {} : { after }) }, nowSeconds)
    ids.push(...page.items.map((task) => task.id))
    after = page.next
  } while (after !== undefined)
  return ids
}

export function describeLists(context: ContractContext): void {
  describe('finding and listing', () => {
    it('lists newest first, each task once, with tasks created between the pages left out', async () => {
      const store = context.store()
      const made: string[] = []
      for (let at = 0; at < 7; at += 1) made.unshift((await created(store, newTask())).id)
      const first = await store.listTasks({ limit: 4 }, NOW)
      expect(first.items.map((task) => task.id)).toEqual(made.slice(0, 4))
      await created(store, newTask())
      expect(first.next).toBeDefined()
      const second = await store.listTasks({ limit: 4, after: first.next ?? '' }, NOW)
      expect(second.items.map((task) => task.id)).toEqual(made.slice(4))
      expect(second.next).toBeUndefined()
    })

    it('filters by subject, agent, parent and state', async () => {
      const store = context.store()
      const root = await created(store, newTask())
      const child = await created(store, childOf(root))
      const triage = await created(store, workloadTask())
      const done = await created(store, workloadTask())
      valueOf(await store.completeTask(done.id, 'client:triage-agent', TEST_EPOCH_MS))
      expect(await allIds(store, { sub: 'corp:alice' })).toEqual([child.id, root.id])
      expect(await allIds(store, { agentId: 'spiffe://example.org/agent/triage' })).toEqual([done.id, triage.id])
      expect(await allIds(store, { parentId: root.id })).toEqual([child.id])
      expect(await allIds(store, { state: 'active' })).toEqual([triage.id, child.id, root.id])
      expect(await allIds(store, { state: 'ended' })).toEqual([done.id])
      expect(await allIds(store, { state: 'ended' }, NOW + 3600)).toHaveLength(4)
    })

    it('shows a task as it stands: ended from above or by a cut-off is ended', async () => {
      const store = context.store()
      const root = await created(store, newTask())
      const child = await created(store, childOf(root))
      const other = await created(store, workloadTask())
      expectConfirmed(await store.revoke(revocation('task', root.id)))
      expectConfirmed(await store.revoke(revocation('agent', 'spiffe://example.org/agent/triage')))
      expect(await store.findTask(child.id)).toMatchObject({ state: 'revoked' })
      expect(await store.findTask(other.id)).toMatchObject({ state: 'revoked' })
      expect(await allIds(store, { state: 'active' })).toEqual([])
    })

    it('finds nothing under an id nobody made', async () => {
      expect(await context.store().findTask(newTaskId(TEST_EPOCH_MS))).toBeUndefined()
      expect(await context.store().findRevocation(newRevocationId(TEST_EPOCH_MS))).toBeUndefined()
    })

    it('finds and pages revocations, newest first', async () => {
      const store = context.store()
      const acts = ['a', 'b', 'c', 'd', 'e'].map((name) => revocation('user', `corp:${name}`))
      for (const act of acts) expectConfirmed(await store.revoke(act))
      const [first] = acts
      expect(first && (await store.findRevocation(first.id))).toMatchObject({ scope: { kind: 'user', id: 'corp:a' }, hold: false, setBy: 'operator:olga' })
      const page = await store.listRevocations({ limit: 3 })
      expect(page.items.map((item) => item.scope.id)).toEqual(['corp:e', 'corp:d', 'corp:c'])
      const rest = await store.listRevocations({ limit: 3, after: page.next ?? '' })
      expect(rest.items.map((item) => item.scope.id)).toEqual(['corp:b', 'corp:a'])
      expect(rest.next).toBeUndefined()
    })
  })
}
