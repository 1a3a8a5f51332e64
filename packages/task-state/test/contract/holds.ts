import { describe, expect, it } from 'vitest'
import { newRevocationId } from '@bailiwick/core'
import { TEST_EPOCH_MS } from '@bailiwick/kit/clock'
import type { RevocationScope } from '@bailiwick/core'
import type { ContractContext } from '../contract.ts'
import { created, expectConfirmed, expectDenied, valueOf } from '../expectations.ts'
import { childOf, client, LATER, LATER_MS, newTask, newWork, NOW, query, resource, revocation } from '../fixtures.ts'

const HELD: readonly RevocationScope[] = [
  { kind: 'agent', id: 'client:refund-agent' },
  { kind: 'user', id: 'corp:alice' },
  { kind: 'client', id: 'refund-agent' },
  { kind: 'client', id: 'support-portal' },
  { kind: 'resource', id: 'payments' },
  { kind: 'everything', id: '*' },
]

const signedInNow = { authenticatedAt: LATER }
const work = newWork({ ...signedInNow, clients: [client('refund-agent'), client('support-portal')] })

export function describeHolds(context: ContractContext): void {
  describe('holding', () => {
    it.each(HELD)('$kind $id refuses new work and new tasks until lifted, across restarts', async (scope) => {
      const act = revocation(scope.kind, scope.id, { hold: true })
      expectConfirmed(await context.store().revoke(act))
      await context.restart()
      expectDenied(await context.store().checkNewWork(work, NOW), 'held')
      expectDenied(await context.store().createTask(newTask(signedInNow), NOW), 'held')
      expectConfirmed(await context.store().liftHold(act.id, 'operator:otto', TEST_EPOCH_MS))
      await context.restart()
      valueOf(await context.store().checkNewWork(work, NOW))
      valueOf(await context.store().createTask(newTask(signedInNow), NOW))
    })

    it('refuses new work in a task made before the hold only by what the hold covers', async () => {
      const store = context.store()
      const task = await created(store, newTask())
      expectConfirmed(await store.revoke(revocation('resource', 'tickets', { hold: true })))
      valueOf(await store.readStanding(query(task.id, { newWork: true, resource: resource('payments') })))
      expectDenied(await store.createTask(childOf(task), NOW), 'held')
      valueOf(await store.createTask(childOf(task, { resources: [resource('payments')] }), NOW))
    })

    it('lifting revives nothing', async () => {
      const store = context.store()
      const task = await created(store, newTask())
      const act = revocation('agent', 'client:refund-agent', { hold: true })
      expectConfirmed(await store.revoke(act))
      expectConfirmed(await store.liftHold(act.id, 'operator:otto', TEST_EPOCH_MS))
      expectDenied(await store.readStanding(query(task.id)), 'cut_off')
      expect(await store.findRevocation(act.id)).toMatchObject({ hold: true, liftedBy: 'operator:otto', liftedAtMs: TEST_EPOCH_MS })
    })

    it('of a revoked task is on its agent: that task ends, older ones go on, and nothing new starts until it is lifted, across restarts', async () => {
      const older = await created(context.store(), newTask())
      const task = await created(context.store(), newTask())
      const act = { ...revocation('task', task.id, { hold: true }), holdScope: { kind: 'agent', id: task.agent.id } } as const
      expectConfirmed(await context.store().revoke(act))
      await context.restart()
      expectDenied(await context.store().readStanding(query(task.id)), 'task_revoked')
      valueOf(await context.store().readStanding(query(older.id)))
      expectDenied(await context.store().readStanding(query(older.id, { newWork: true })), 'held')
      expectDenied(await context.store().createTask(newTask(signedInNow), NOW), 'held')
      expect(await context.store().findRevocation(act.id)).toMatchObject({ hold: true, holdScope: act.holdScope })
      expectConfirmed(await context.store().liftHold(act.id, 'operator:otto', TEST_EPOCH_MS))
      await context.restart()
      valueOf(await context.store().createTask(newTask(signedInNow), NOW))
      expectDenied(await context.store().readStanding(query(task.id)), 'task_revoked')
    })

    it('stays while one of two holds of a scope is not lifted', async () => {
      const store = context.store()
      const first = revocation('client', 'refund-agent', { hold: true })
      const second = revocation('client', 'refund-agent', { hold: true })
      expectConfirmed(await store.revoke(first))
      expectConfirmed(await store.revoke(second))
      expectConfirmed(await store.liftHold(first.id, 'operator:otto', TEST_EPOCH_MS))
      expectConfirmed(await store.liftHold(first.id, 'operator:otto', TEST_EPOCH_MS))
      expectDenied(await store.checkNewWork(work, NOW), 'held')
      expectConfirmed(await store.liftHold(second.id, 'operator:otto', TEST_EPOCH_MS))
      valueOf(await store.checkNewWork(work, NOW))
    })

    it('is lifted by id only: an unknown one and one that holds nothing are refused', async () => {
      const store = context.store()
      const plain = revocation('client', 'refund-agent')
      expectConfirmed(await store.revoke(plain))
      expectDenied(await store.liftHold(plain.id, 'operator:otto', TEST_EPOCH_MS), 'resource_unknown')
      expectDenied(await store.liftHold(newRevocationId(TEST_EPOCH_MS), 'operator:otto', TEST_EPOCH_MS), 'resource_unknown')
    })

    it('covers a workload by whole path segments', async () => {
      const store = context.store()
      expectConfirmed(await store.revoke(revocation('workload', 'spiffe://example.org/ns/a', { hold: true })))
      expectDenied(await store.checkNewWork({ ...work, actors: ['spiffe://example.org/ns/a/b'] }, NOW), 'held')
      valueOf(await store.checkNewWork({ ...work, actors: ['spiffe://example.org/ns/ab'] }, NOW))
    })

    it('covers whoever creates', async () => {
      const store = context.store()
      expectConfirmed(await store.revoke(revocation('operator', 'operator:olga', { hold: true })))
      expectDenied(await store.checkNewWork({ ...work, createdBy: 'operator:olga' }, NOW), 'held')
      valueOf(await store.checkNewWork({ ...work, createdBy: 'operator:otto' }, NOW))
    })

    it('refuses work with more identities than any honest work has', async () => {
      const actors = Array.from({ length: 300 }, (_, at) => `client:a${at}`)
      expectDenied(await context.store().checkNewWork({ ...work, actors }, NOW), 'held')
    })
  })

  describe('a user`s cut-off and sign-ins', () => {
    it.each([
      ['before it', -1, false],
      ['in its own second', 0, false],
      ['in the second it began in, rounded up', 1, false],
      ['after it', 2, true],
    ])('with a sign-in %s', async (_, seconds, allowed) => {
      const store = context.store()
      await context.moveClock(LATER_MS + 1)
      expectConfirmed(await store.revoke(revocation('user', 'corp:alice')))
      const signIn = { authenticatedAt: LATER + seconds }
      const answers = [await store.checkNewWork({ ...work, ...signIn }, NOW + 60), await store.createTask(newTask(signIn), NOW + 60)]
      for (const answer of answers) {
        if (allowed) expect(answer.ok).toBe(true)
        else expectDenied(answer, 'cut_off', 'sign_in')
      }
    })

    it('holds sign-ins without a time until lifted: nobody can tell an old one from a new one', async () => {
      const store = context.store()
      const act = revocation('user', 'corp:alice')
      expectConfirmed(await store.revoke(act))
      const { authenticatedAt: _, ...undated } = work
      expectDenied(await store.checkNewWork(undated, NOW), 'held', 'sign_in_time_unknown')
      expectConfirmed(await store.liftHold(act.id, 'operator:otto', TEST_EPOCH_MS))
      valueOf(await store.checkNewWork(undated, NOW))
    })

    it('is dated by the store: a node whose clock is behind lets no sign-in of those minutes through', async () => {
      await created(context.store(), newTask())
      const behind = await context.nodeWithClock(TEST_EPOCH_MS - 300_000)
      expectConfirmed(await behind.revoke(revocation('user', 'corp:alice', { atMs: TEST_EPOCH_MS - 300_000 })))
      for (const seconds of [-301, -300, -299, -60, 0])
        for (const store of [context.store(), behind])
          expectDenied(await store.checkNewWork({ ...work, authenticatedAt: NOW + seconds }, NOW), 'cut_off', 'sign_in')
    })

    it('is never dated before what the store has seen, also after its clock went back and it was opened again', async () => {
      await context.moveClock(LATER_MS)
      await created(context.store(), newTask())
      await context.restart()
      const behind = await context.nodeWithClock(TEST_EPOCH_MS)
      expectConfirmed(await behind.revoke(revocation('user', 'corp:alice')))
      expectDenied(await behind.checkNewWork({ ...work, authenticatedAt: LATER }, NOW), 'cut_off', 'sign_in')
      valueOf(await behind.checkNewWork({ ...work, authenticatedAt: LATER + 1 }, NOW))
    })

    it('does not touch another user, nor an autonomous subject of that name', async () => {
      const store = context.store()
      expectConfirmed(await store.revoke(revocation('user', 'corp:alice')))
      valueOf(await store.checkNewWork({ ...work, subject: { ...work.subject, sub: 'corp:bob' }, authenticatedAt: 1 }, NOW))
      valueOf(await store.checkNewWork({ ...work, subject: { ...work.subject, kind: 'agent' }, authenticatedAt: 1 }, NOW))
    })

    it('leaves a child to its parent: a living parent may have one without a sign-in of its own', async () => {
      const store = context.store()
      expectConfirmed(await store.revoke(revocation('user', 'corp:alice')))
      const task = await created(store, newTask({ authenticatedAt: LATER }))
      valueOf(await store.createTask(childOf(task), NOW))
    })
  })
}
