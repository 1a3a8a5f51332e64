// Every scope with every other, held and not, across restarts: whichever is lifted, forgotten or newer, the other stays in force.
import { expect, it, describe } from 'vitest'
import { TEST_EPOCH_MS } from '@bailiwick/kit/clock'
import type { RevocationScope } from '@bailiwick/core'
import type { NewTask, NewWork, RevokeInput, StandingQuery } from '../../src/task-store.ts'
import type { ContractContext } from '../contract.ts'
import { created, expectConfirmed, expectDenied, valueOf } from '../expectations.ts'
import { client, LATER, newTask, NOW, query, resource, revocation } from '../fixtures.ts'

type Kind = RevocationScope['kind']

/** Every kind. What ends all is last: it would end what the pairs before it look at. */
const KINDS: readonly Kind[] = ['task', 'agent', 'user', 'client', 'operator', 'workload', 'resource', 'key', 'everything']

/** A task of people, programs and places of its own, so that one pair does not end another's. */
interface Case {
  readonly task: NewTask
  readonly asked: Partial<StandingQuery>
  readonly work: NewWork
  scope(kind: Kind): RevocationScope
  /** A hold of a task is on its agent. */
  act(kind: Kind, hold: boolean): RevokeInput
}

function caseOf(name: string): Case {
  const agent = `spiffe://example.org/ns/${name}/agent`
  const [runs, made] = [client(`agent-${name}`), client(`portal-${name}`)]
  const task = newTask({
    subject: { sub: `corp:${name}`, iss: 'https://idp.example.com', kind: 'user', subId: { format: 'iss_sub', iss: 'https://idp.example.com', sub: name } },
    agent: { id: agent, clientId: runs, declared: true },
    act: { sub: agent, client_id: runs },
    createdBy: `operator:${name}`,
    createdByClient: made,
    bindingSource: 'operator',
    resources: [resource(name)],
    authenticatedAt: LATER,
  })
  const scope = (kind: Kind): RevocationScope => {
    switch (kind) {
      case 'task':
        return { kind, id: task.id }
      case 'agent':
        return { kind, id: agent }
      case 'user':
        return { kind, id: `corp:${name}` }
      case 'client':
        return { kind, id: made }
      case 'operator':
        return { kind, id: `operator:${name}` }
      case 'workload':
        return { kind, id: `spiffe://example.org/ns/${name}` }
      case 'resource':
        return { kind, id: name }
      case 'key':
        return { kind, id: `kid-${name}` }
      case 'everything':
        return { kind, id: '*' }
    }
  }
  return {
    task,
    asked: { resource: resource(name), kid: `kid-${name}` },
    work: {
      subject: task.subject,
      actors: [agent],
      clients: [runs, made],
      createdBy: `operator:${name}`,
      resources: [resource(name)],
      authenticatedAt: LATER,
    },
    scope,
    act: (kind, hold) => {
      const { kind: of, id } = scope(kind)
      return revocation(of, id, { hold, ...(hold && kind === 'task' ? { holdScope: { kind: 'agent', id: agent } } : {}) })
    },
  }
}

/** How a task ends by a scope of this kind. */
const reasonOf = (kind: Kind): 'task_revoked' | 'cut_off' => (kind === 'task' ? 'task_revoked' : 'cut_off')
/** Of two, the strictest answers. */
const strictest = (a: Kind, b: Kind): 'task_revoked' | 'cut_off' => (reasonOf(a) === 'task_revoked' ? 'task_revoked' : reasonOf(b))

export function describePairs(context: ContractContext): void {
  describe('every scope with every other', () => {
    it.each(KINDS)('%s: either alone and both together end a task, across a restart', async (first) => {
      const cases = KINDS.map((second, at) => ({ second, one: caseOf(`a${at}`), other: caseOf(`b${at}`) }))
      for (const { second, one, other } of cases) {
        const store = context.store()
        await created(store, one.task)
        await created(store, other.task)
        const [before, after] = [first, second].toSorted((a, b) => KINDS.indexOf(a) - KINDS.indexOf(b))
        if (before === undefined || after === undefined) throw new Error('two')
        expect(await store.countAffected(one.scope(before), NOW)).toEqual({ ok: true, value: before === 'key' ? 0 : expect.any(Number) })
        valueOf(await store.readStanding(query(one.task.id, one.asked)))
        // Both on one task; on the other one after the other, each answer looked at.
        expectConfirmed(await store.revoke(one.act(before, false)))
        expectConfirmed(await store.revoke(one.act(after, false)))
        expectConfirmed(await store.revoke(other.act(before, false)))
        expectDenied(await store.readStanding(query(other.task.id, other.asked)), after === 'everything' ? strictest(before, after) : reasonOf(before))
        expectConfirmed(await store.revoke(other.act(after, false)))
      }
      await context.restart()
      for (const { second, one, other } of cases)
        for (const { task, asked } of [one, other]) expectDenied(await context.store().readStanding(query(task.id, asked)), strictest(first, second))
    })

    it.each(KINDS.filter((kind) => kind !== 'key'))('%s: of two holds, lifting one leaves the other, across restarts', async (first) => {
      const cases = KINDS.filter((second) => second !== 'key' && second !== 'everything').map((second, at) => {
        const house = caseOf(`c${at}`)
        return { house, acts: [house.act(first, true), house.act(second, true)] as const }
      })
      // All of them first: holding everything lets nothing be created.
      for (const { house } of cases) await created(context.store(), house.task)
      for (const { acts } of cases) for (const act of acts) expectConfirmed(await context.store().revoke(act))
      await context.restart()
      for (const { house, acts } of cases) {
        expectDenied(await context.store().checkNewWork(house.work, NOW), 'held')
        expectConfirmed(await context.store().liftHold(acts[0].id, 'operator:otto', TEST_EPOCH_MS))
      }
      await context.restart()
      for (const { house, acts } of cases) {
        expectDenied(await context.store().checkNewWork(house.work, NOW), 'held')
        expectDenied(await context.store().createTask({ ...house.task, id: newTask().id }, NOW), 'held')
        expectConfirmed(await context.store().liftHold(acts[1].id, 'operator:otto', TEST_EPOCH_MS))
      }
      await context.restart()
      for (const { house } of cases) {
        valueOf(await context.store().checkNewWork({ ...house.work, authenticatedAt: LATER }, NOW))
        // Lifting revives nothing.
        expect((await context.store().readStanding(query(house.task.id, house.asked))).ok).toBe(false)
        valueOf(await context.store().createTask({ ...house.task, id: newTask().id, authenticatedAt: LATER }, NOW))
      }
    })

    it.each(KINDS)('%s: counting what it would end ends nothing', async (kind) => {
      const { task, asked, work, scope } = caseOf('d')
      await created(context.store(), task)
      expect(await context.store().countAffected(scope(kind), NOW)).toEqual({ ok: true, value: kind === 'key' ? 0 : 1 })
      await context.restart()
      valueOf(await context.store().readStanding(query(task.id, { ...asked, newWork: true })))
      valueOf(await context.store().checkNewWork(work, NOW))
    })
  })
}
