import { describe, expect, it } from 'vitest'
import { isOlder, MAX_TASK_DEPTH, newTaskId } from '@bailiwick/core'
import type { BindingSource } from '@bailiwick/core'
import { TEST_EPOCH_MS } from '@bailiwick/kit/clock'
import type { NewTask } from '../../src/task-store.ts'
import type { ContractContext } from '../contract.ts'
import { created, expectDenied, faultOf, valueOf } from '../expectations.ts'
import { childOf, newTask, NOW, query, resource, workloadTask } from '../fixtures.ts'

export function describeCreation(context: ContractContext): void {
  describe('creating a task', () => {
    it('gives back the task as it will be read, active and at a revision of its own', async () => {
      const before = await context.store().health()
      const input = newTask()
      const standing = valueOf(await context.store().createTask(input, NOW))
      const { authenticatedAt: _, ...facts } = input
      expect(standing.task).toEqual({ ...facts, path: [], state: 'active', version: 1, createdRev: standing.revision })
      expect(isOlder(before.revision, standing.revision)).toBe(true)
      expect(valueOf(await context.store().readStanding(query(input.id)))).toEqual(standing)
    })

    it('survives a restart unchanged', async () => {
      const input = await created(context.store(), workloadTask())
      const before = valueOf(await context.store().readStanding(query(input.id)))
      await context.restart()
      expect(valueOf(await context.store().readStanding(query(input.id))).task).toEqual(before.task)
    })

    it('keeps facts that look like structure: keys and values with quotes, NUL, line breaks and prototype names', async () => {
      const odd = JSON.parse('{"__proto__": "x", "constructor": 1, "a\\u0000b": "\\"],[\\n", "n": -1.5e-7, "t": true, "z": null}')
      const input = await created(context.store(), newTask({ binding: odd, purpose: "'; DROP TABLE task; --" }))
      const { task } = valueOf(await context.store().readStanding(query(input.id)))
      expect(Object.entries(task.binding)).toEqual(Object.entries(odd))
      expect(task.purpose).toBe("'; DROP TABLE task; --")
    })

    it('refuses an id that exists, also in another task and after a restart, as a fault', async () => {
      const input = await created(context.store(), newTask())
      expect(await faultOf(context.store().createTask(input, NOW))).toBe('task_exists')
      await context.restart()
      expect(await faultOf(context.store().createTask(workloadTask({ id: input.id }), NOW))).toBe('task_exists')
    })

    it('lets exactly one of several creations with one id through', async () => {
      const input = newTask()
      const answers = await Promise.allSettled(Array.from({ length: 8 }, () => context.store().createTask(input, NOW)))
      expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(1)
    })

    it.each<[string, Partial<NewTask>]>([
      ['no resource', { resources: [] }],
      ['an end that has come', { expiresAt: NOW }],
      ['a binding value that is no JSON number', { binding: { amount: Number.NaN } }],
      ['a binding inherited from nobody', { bindingSource: 'inherited' }],
    ])('refuses a task with %s', async (_, change) => {
      const input = newTask(change)
      expectDenied(await context.store().createTask(input, NOW), 'target_refused')
      expectDenied(await context.store().readStanding(query(input.id)), 'task_unknown')
    })
  })

  describe('creating a child', () => {
    it('records the path from the root', async () => {
      const root = await created(context.store(), newTask())
      const child = await created(context.store(), childOf(root))
      const grandchild = await created(context.store(), childOf(child))
      const { task } = valueOf(await context.store().readStanding(query(grandchild.id)))
      expect(task.path).toEqual([root.id, child.id])
      expect(task.parentId).toBe(child.id)
    })

    it('narrows resources, lifetime and agent', async () => {
      const root = await created(context.store(), newTask())
      const narrow = childOf(root, { resources: [resource('tickets')], expiresAt: NOW + 60, agent: workloadTask().agent })
      expect(valueOf(await context.store().createTask(narrow, NOW)).task.resources).toEqual(['tickets'])
    })

    it.each<[string, Partial<NewTask>]>([
      ['another resource', { resources: [resource('payments'), resource('crm')] }],
      ['a longer life', { expiresAt: NOW + 3601 }],
      ['another subject', { subject: { ...newTask().subject, sub: 'corp:bob' } }],
      ['the same name at another issuer', { subject: { ...newTask().subject, iss: 'https://evil.example.com' } }],
      ['the same name as another kind of subject', { subject: { ...newTask().subject, kind: 'agent' } }],
      ['another binding value', { binding: { ticket_id: 'T-1043' } }],
      ['another type of binding value', { binding: { ticket_id: true } }],
      ['a binding fact less', { binding: {} }],
      ['a binding fact more of its own', { binding: { ticket_id: 'T-1042', amount: 9000 } }],
      ['a binding fact more from a template', { binding: { ticket_id: 'T-1042', amount: 9000 }, bindingSource: 'template' }],
      ['a changed fact from an operator', { binding: { ticket_id: 'T-1' }, bindingSource: 'operator' }],
    ])('refuses %s than the parent has', async (_, change) => {
      const root = await created(context.store(), newTask())
      expectDenied(await context.store().createTask(childOf(root, change), NOW), 'target_refused')
    })

    it.each<BindingSource>(['subject', 'launcher', 'operator'])('takes more binding facts from whoever delegates: %s', async (bindingSource) => {
      const root = await created(context.store(), newTask())
      const child = childOf(root, { binding: { ticket_id: 'T-1042', amount: 40 }, bindingSource })
      expect(valueOf(await context.store().createTask(child, NOW)).task.binding).toEqual({ ticket_id: 'T-1042', amount: 40 })
    })

    it('refuses a tree that is deeper than the limit, not one that reaches it', async () => {
      let last = await created(context.store(), newTask())
      for (let depth = 1; depth <= MAX_TASK_DEPTH; depth += 1) last = await created(context.store(), childOf(last))
      expectDenied(await context.store().createTask(childOf(last), NOW), 'target_refused', 'depth')
    })

    it('refuses an unknown, ended or expired parent for what it is', async () => {
      const store = context.store()
      expectDenied(await store.createTask(childOf(newTask()), NOW), 'task_unknown')
      const done = await created(store, newTask())
      valueOf(await store.completeTask(done.id, 'client:refund-agent', TEST_EPOCH_MS))
      expectDenied(await store.createTask(childOf(done), NOW), 'task_completed')
      const short = await created(store, newTask({ expiresAt: NOW + 10 }))
      expectDenied(await store.createTask(childOf(short, { id: newTaskId(TEST_EPOCH_MS) }), NOW + 10), 'target_refused', 'lifetime')
      expectDenied(await store.createTask(childOf(short, { expiresAt: NOW + 20 }), NOW + 10), 'task_expired')
    })
  })
}
