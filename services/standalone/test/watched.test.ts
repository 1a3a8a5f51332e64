import { expect, it, vi } from 'vitest'
import { Fault } from '@bailiwick/core'
import { testClock } from '@bailiwick/kit/clock'
import { fakeDecider } from '@bailiwick/kit/fake-decider'
import { fakeJournal } from '@bailiwick/kit/fake-journal'
import { openTestStore } from '@bailiwick/kit/test-store'
import type { AuditEntry } from '@bailiwick/audit'
import type { PolicyQuestion } from '@bailiwick/policy'
import { watchDecider, watchJournal, watchStore } from '../src/watched.ts'

const clock = testClock()
const entry: AuditEntry = { kind: 'decision', decision_id: 'dec_01932c1e-1111-7111-8111-111111111111', effect: 'allow', plane: 'gateways', door: 'ext_authz' }
const question: PolicyQuestion = {
  principal: { id: 'corp:alice', roles: ['user'], attr: {} },
  items: [{ resource: { kind: 'mcp:payments', id: 'refund_issue', attr: {} }, actions: ['tools/call/refund_issue'] }],
  annotations: {},
  deadline: { atMonotonicMs: 2_000 },
}

it('counts every fault of the store by its code, and hands each on as it was', async () => {
  const opened = await openTestStore({ clock })
  const storeFailed = vi.fn<(code: string) => void>()
  const store = watchStore(opened.store, { storeFailed })
  await store.health()
  expect(await store.listTasks({ limit: 10 }, 0)).toEqual({ items: [] })
  expect(storeFailed).not.toHaveBeenCalled()
  await opened.store.close()
  const own = await opened.store.health().catch((thrown: unknown) => thrown)
  if (!(own instanceof Fault)) throw new Error('a closed store answers')
  await expect(store.health()).rejects.toMatchObject({ code: own.code, dependency: 'state' })
  await expect(store.consumeOnce('k', 1, 0)).rejects.toBeInstanceOf(Fault)
  expect(storeFailed.mock.calls).toEqual([[own.code], [own.code]])
  await opened.close()
})

it('counts what the journal refuses to take, and not what it cannot find', async () => {
  const real = fakeJournal({ clock })
  const auditRefused = vi.fn<(code: string) => void>()
  const journal = watchJournal(real, { auditRefused })
  const receipt = await journal.append(entry)
  expect(receipt).toEqual({ id: real.records[0]?.id, seq: 1 })
  real.fail('journal_full')
  await expect(journal.append(entry)).rejects.toMatchObject({ code: 'journal_full' })
  expect(auditRefused.mock.calls).toEqual([['journal_full']])
  expect(journal.ledger).toBe(real.ledger)
})

it.each<[string, Parameters<ReturnType<typeof fakeDecider>['script']>[0], number]>([
  ['an allow', 'allow', 0],
  ['a rule that says no', 'deny', 0],
  ["the agent's own wrong argument", () => ({ effect: 'deny', schemaErrors: [{ path: '/arguments/x', source: 'resource' }] }), 0],
  ['a schema that refuses what we say', () => ({ effect: 'deny', schemaErrors: [{ path: '/tool', source: 'resource' }] }), 1],
  ['an engine that cannot be reached', () => Promise.reject(new Fault('policy', 'pdp_unreachable', 'gone')), 0],
  ['an engine that is not fit', () => Promise.reject(new Fault('policy', 'pdp_unfit', 'no')), 1],
  ['an answer nobody can read', () => Promise.reject(new Fault('policy', 'pdp_answer_malformed', 'no')), 1],
])('for %s counts %i mismatches', async (_what, script, count) => {
  const real = fakeDecider(script)
  const policyMismatched = vi.fn<() => void>()
  const decider = watchDecider(real, { policyMismatched })
  const [own, watched] = await Promise.allSettled([real.decide(question), decider.decide(question)])
  expect(watched).toEqual(own)
  expect(policyMismatched).toHaveBeenCalledTimes(count)
})
