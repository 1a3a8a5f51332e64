import { describe, expect, it } from 'vitest'
import type { RevocationKind, RevocationScope } from '@bailiwick/core'
import type { NewTask, RevokeInput, StandingQuery } from '../../src/task-store.ts'
import type { ContractContext } from '../contract.ts'
import { created, expectConfirmed, expectDenied, valueOf } from '../expectations.ts'
import { childOf, client, LATER, newTask, NOW, query, resource, revocation, workloadTask } from '../fixtures.ts'

/** A task every kind of scope can name: a user's, with a chain of two actors, one of them a workload. */
function entangled(): NewTask {
  return newTask({
    agent: { id: 'spiffe://example.org/ns/refunds/agent', clientId: client('refund-agent'), declared: true },
    act: { sub: 'spiffe://example.org/ns/refunds/agent', client_id: 'refund-agent', act: { sub: 'client:router', client_id: 'router' } },
    createdBy: 'operator:olga',
    bindingSource: 'operator',
  })
}

const ASKED: Partial<StandingQuery> = { resource: resource('payments'), kid: 'kid-1', jti: 'jti-1' }

/** Every scope that covers {@link entangled} as {@link ASKED}. */
const COVERING: readonly RevocationScope[] = [
  { kind: 'agent', id: 'spiffe://example.org/ns/refunds/agent' },
  { kind: 'agent', id: 'client:router' },
  { kind: 'user', id: 'corp:alice' },
  { kind: 'client', id: 'refund-agent' },
  { kind: 'client', id: 'support-portal' },
  { kind: 'client', id: 'router' },
  { kind: 'operator', id: 'operator:olga' },
  { kind: 'workload', id: 'spiffe://example.org/ns/refunds/agent' },
  { kind: 'workload', id: 'spiffe://example.org/ns/refunds/' },
  { kind: 'workload', id: 'spiffe://example.org' },
  { kind: 'resource', id: 'payments' },
  { kind: 'key', id: 'kid-1' },
  { kind: 'everything', id: '*' },
]

/** Near misses of each: none may end the task. */
const MISSING: readonly RevocationScope[] = [
  { kind: 'agent', id: 'corp:alice' },
  { kind: 'agent', id: 'client:route' },
  { kind: 'user', id: 'corp:alic' },
  { kind: 'user', id: 'other:alice' },
  { kind: 'user', id: 'CORP:ALICE' },
  { kind: 'client', id: 'client:refund-agent' },
  { kind: 'operator', id: 'olga' },
  { kind: 'workload', id: 'spiffe://example.org/ns/refund' },
  { kind: 'workload', id: 'spiffe://example.org/ns/refunds/agent/two' },
  { kind: 'workload', id: 'spiffe://example.com' },
  { kind: 'resource', id: 'tickets' },
  { kind: 'key', id: 'kid-2' },
]

export function describeCutOffs(context: ContractContext): void {
  const revoke = async (scope: RevocationScope, change: Partial<RevokeInput> = {}): Promise<void> =>
    expectConfirmed(await context.store().revoke(revocation(scope.kind, scope.id, change)))

  describe('cutting off', () => {
    it.each(COVERING)('$kind $id ends an older task, across a restart', async (scope) => {
      const task = await created(context.store(), entangled())
      valueOf(await context.store().readStanding(query(task.id, ASKED)))
      await revoke(scope)
      expectDenied(await context.store().readStanding(query(task.id, ASKED)), 'cut_off')
      await context.restart()
      expectDenied(await context.store().readStanding(query(task.id, ASKED)), 'cut_off')
    })

    it.each(COVERING.filter(({ kind }) => kind !== 'key'))('$kind $id without a hold lets a newer task live', async (scope) => {
      await revoke(scope)
      const task = await created(context.store(), { ...entangled(), authenticatedAt: LATER })
      valueOf(await context.store().readStanding(query(task.id, { ...ASKED, newWork: true })))
    })

    it.each(MISSING)('$kind $id leaves the task alone', async (scope) => {
      const task = await created(context.store(), entangled())
      await revoke(scope, { hold: true })
      valueOf(await context.store().readStanding(query(task.id, { ...ASKED, newWork: true })))
    })

    it('composes: of any two scopes, one older and one newer than a task, the newer ends it in either order, across a restart', async () => {
      // A key ends every token, older or not: it has its own test, and would end all of these.
      const scopes = COVERING.filter(({ kind }) => kind !== 'key')
      const ended: NewTask[] = []
      for (const older of scopes) {
        for (const newer of scopes) {
          await revoke(older)
          const task = await created(context.store(), { ...entangled(), authenticatedAt: LATER })
          valueOf(await context.store().readStanding(query(task.id, ASKED)))
          await revoke(newer)
          expectDenied(await context.store().readStanding(query(task.id, ASKED)), 'cut_off')
          ended.push(task)
        }
      }
      expect(ended).toHaveLength(scopes.length ** 2)
      await context.restart()
      for (const task of ended) expectDenied(await context.store().readStanding(query(task.id, ASKED)), 'cut_off')
    })

    it.each(COVERING)('$kind $id ends a task together with every other scope, also once their holds are lifted', async (scope) => {
      const task = await created(context.store(), entangled())
      await revoke(scope)
      for (const other of COVERING) {
        const act = revocation(other.kind, other.id, { hold: true })
        expectConfirmed(await context.store().revoke(act))
        expectDenied(await context.store().readStanding(query(task.id, { ...ASKED, newWork: true })), 'cut_off')
        expectConfirmed(await context.store().liftHold(act.id, 'operator:otto', act.atMs))
        expectDenied(await context.store().readStanding(query(task.id, { ...ASKED, newWork: true })), 'cut_off')
      }
    })

    it.each(COVERING)('an older $kind $id stays in force below a newer cut-off and a lifted hold of every other scope', async (scope) => {
      const task = await created(context.store(), entangled())
      await revoke(scope)
      for (const other of MISSING) {
        const act = revocation(other.kind, other.id, { hold: true })
        expectConfirmed(await context.store().revoke(act))
        expectConfirmed(await context.store().liftHold(act.id, 'operator:otto', act.atMs))
      }
      await context.restart()
      expectDenied(await context.store().readStanding(query(task.id, ASKED)), 'cut_off')
    })

    it('reaches a child through the scopes of the task above it, though the child itself is newer and has none of them', async () => {
      const store = context.store()
      const root = await created(store, newTask({ createdBy: 'operator:olga', bindingSource: 'operator' }))
      await revoke({ kind: 'operator', id: 'operator:olga' }, { hold: false })
      const fresh = await created(store, newTask({ createdBy: 'operator:olga', bindingSource: 'operator' }))
      const child = await created(store, childOf(fresh, { createdBy: 'client:refund-agent', agent: workloadTask().agent }))
      expectDenied(await store.readStanding(query(root.id)), 'cut_off')
      expectDenied(await store.createTask(childOf(root), NOW), 'cut_off')
      valueOf(await store.readStanding(query(child.id)))
      await revoke({ kind: 'operator', id: 'operator:olga' })
      expectDenied(await store.readStanding(query(child.id)), 'cut_off')
    })

    it('of a child`s own agent ends the child, not its parent', async () => {
      const store = context.store()
      const root = await created(store, newTask())
      const child = await created(store, childOf(root, { agent: workloadTask().agent }))
      await revoke({ kind: 'workload', id: 'spiffe://example.org/agent' })
      expectDenied(await store.readStanding(query(child.id)), 'cut_off')
      valueOf(await store.readStanding(query(root.id)))
    })

    it('of a resource ends older tasks there and nowhere else, also where no resource is asked', async () => {
      const store = context.store()
      const root = await created(store, newTask())
      await revoke({ kind: 'resource', id: 'payments' })
      const child = await created(store, childOf(root))
      for (const task of [root, child]) {
        expectDenied(await store.readStanding(query(task.id, { resource: resource('payments') })), 'cut_off')
        valueOf(await store.readStanding(query(task.id, { resource: resource('tickets') })))
        valueOf(await store.readStanding(query(task.id)))
      }
    })

    it('of a key ends every token signed with it, also for a task made later: whoever has the key makes such tokens', async () => {
      const store = context.store()
      await revoke({ kind: 'key', id: 'kid-1' })
      const task = await created(store, newTask())
      expectDenied(await store.readStanding(query(task.id, { kid: 'kid-1' })), 'cut_off', 'key')
      valueOf(await store.readStanding(query(task.id, { kid: 'kid-2' })))
    })

    it('ends an autonomous workload under its own name as user, agent and client', async () => {
      const store = context.store()
      const scopes: readonly (readonly [RevocationKind, string])[] = [
        ['user', 'spiffe://example.org/agent/triage'],
        ['agent', 'spiffe://example.org/agent/triage'],
        ['client', 'triage-agent'],
        ['operator', 'operator:olga'],
      ]
      for (const [kind, id] of scopes) {
        const task = await created(store, workloadTask())
        await revoke({ kind, id })
        expectDenied(await store.readStanding(query(task.id)), 'cut_off')
      }
    })

    it('of a person ends what that person created for others', async () => {
      const task = await created(context.store(), workloadTask({ createdBy: 'corp:carol' }))
      await revoke({ kind: 'user', id: 'corp:carol' })
      expectDenied(await context.store().readStanding(query(task.id)), 'cut_off')
    })

    it('counts what it ended: live tasks of the scope, each once, none twice', async () => {
      const store = context.store()
      const root = await created(store, newTask())
      await created(store, childOf(root))
      await created(store, newTask({ expiresAt: NOW + 5 }))
      await created(store, workloadTask())
      const at = { atMs: (NOW + 5) * 1000 }
      expect(await store.countAffected({ kind: 'user', id: 'corp:alice' }, NOW)).toEqual({ ok: true, value: 3 })
      expect(await store.countAffected({ kind: 'everything', id: '*' }, NOW)).toEqual({ ok: true, value: 4 })
      expect(await store.countAffected({ kind: 'workload', id: 'spiffe://example.org/agent/' }, NOW)).toEqual({ ok: true, value: 1 })
      expectConfirmed(await store.revoke(revocation('resource', 'payments', at)), 3)
      expectConfirmed(await store.revoke(revocation('resource', 'payments', at)), 0)
      expectConfirmed(await store.revoke(revocation('user', 'corp:alice', at)), 2)
      expectConfirmed(await store.revoke(revocation('user', 'corp:alice', at)), 0)
      expectConfirmed(await store.revoke(revocation('everything', '*', at)), 1)
      expectConfirmed(await store.revoke(revocation('everything', '*', at)), 0)
    })

    it('with a clock that stepped back still ends what is older by revision', async () => {
      const store = context.store()
      const task = await created(store, newTask())
      await revoke({ kind: 'user', id: 'corp:alice' }, { atMs: 1000 })
      expectDenied(await store.readStanding(query(task.id)), 'cut_off')
    })
  })
}
