import { afterEach, describe, expect, it } from 'vitest'
import { Fault, newRevocationId, parseResourceName } from '@bailiwick/core'
import { testClock } from '@bailiwick/kit/clock'
import type { TestClock } from '@bailiwick/kit/clock'
import { openTestStore } from '@bailiwick/kit/test-store'
import type { TaskStore } from '@bailiwick/task-state'
import { createCanary } from '../../src/canary/canary.ts'
import type { Canary, CanaryDeps } from '../../src/canary/canary.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function openCanary(
  around: (store: TaskStore) => CanaryDeps['store'] = (store) => store,
): Promise<{ canary: Canary; store: TaskStore; clock: TestClock }> {
  const clock = testClock()
  const { store, close } = await openTestStore({ clock })
  closing.push(close)
  const resource = parseResourceName('payments')
  if (resource === undefined) throw new TypeError('no resource')
  const pause = (ms: number): Promise<void> => {
    clock.advance(ms)
    return Promise.resolve()
  }
  return { canary: createCanary({ store: around(store), clock, nodeId: 'edge-1', resource, pause }), store, clock }
}

const tasksOf = async (store: TaskStore, clock: TestClock): Promise<readonly { purpose?: string }[]> =>
  (await store.listTasks({ limit: 10 }, Math.floor(clock.nowMs() / 1000))).items

describe('a round of the canary', () => {
  it('ends a token and finds that the first check afterwards denies, on one task for all rounds', async () => {
    const { canary, store, clock } = await openCanary()
    for (let n = 0; n < 3; n++) expect(await canary.round()).toEqual({ outcome: 'denied', ms: expect.any(Number) })
    expect(await tasksOf(store, clock)).toMatchObject([{ purpose: 'revocation canary' }])
    expect(await store.listRevocations({ limit: 10 })).toEqual({ items: [] })
  })

  it('takes a new task when the old one is about to end, or was ended by somebody', async () => {
    const { canary, store, clock } = await openCanary()
    await canary.round()
    clock.advance(86_200_000)
    expect(await canary.round()).toMatchObject({ outcome: 'denied' })
    await store.revoke({
      id: newRevocationId(clock.nowMs()),
      scope: { kind: 'everything', id: '*' },
      reason: 'test',
      hold: false,
      setBy: 'operator:operator',
      atMs: clock.nowMs(),
    })
    expect(await canary.round()).toMatchObject({ outcome: 'denied' })
    expect(await tasksOf(store, clock)).toHaveLength(3)
  })

  it('measures nothing while new work is held', async () => {
    const { canary, store, clock } = await openCanary()
    await store.revoke({
      id: newRevocationId(clock.nowMs()),
      scope: { kind: 'everything', id: '*' },
      reason: 'test',
      hold: true,
      setBy: 'operator:operator',
      atMs: clock.nowMs(),
    })
    expect(await canary.round()).toEqual({ outcome: 'not_run' })
  })

  it('notices a node that answers from a copy, and how long it did', async () => {
    let ended = 0
    let now = (): number => 0
    const { canary, clock } = await openCanary((store) => ({
      createTask: (task, at) => store.createTask(task, at),
      revokeToken: async (jti, until, at) => {
        const acknowledged = await store.revokeToken(jti, until, at)
        ended = now()
        return acknowledged
      },
      // A copy that is two seconds behind.
      readStanding: (query) => {
        if (ended !== 0 && now() - ended < 2_000) {
          const { jti: _, ...stale } = query
          return store.readStanding(stale)
        }
        return store.readStanding(query)
      },
    }))
    now = () => clock.monotonicMs()
    const round = await canary.round()
    expect(round.outcome).toBe('allowed_after')
    expect(round.ms).toBeGreaterThanOrEqual(2_000)
  })

  it('says so when no check ever denies', async () => {
    const { canary } = await openCanary((store) => ({
      createTask: (task, at) => store.createTask(task, at),
      revokeToken: (jti, until, at) => store.revokeToken(jti, until, at),
      readStanding: ({ jti: _, ...query }) => store.readStanding(query),
    }))
    expect(await canary.round()).toEqual({ outcome: 'allowed_after' })
  })

  it('measures nothing that was not confirmed', async () => {
    const { canary } = await openCanary((store) => ({
      createTask: (task, at) => store.createTask(task, at),
      readStanding: (query) => store.readStanding(query),
      revokeToken: async (jti, until, at) => ({ ...(await store.revokeToken(jti, until, at)), status: 'unconfirmed' }),
    }))
    expect(await canary.round()).toEqual({ outcome: 'unconfirmed' })
  })

  it('survives a store that is away, and a fault is not taken for a denial', async () => {
    const gone = new Fault('state', 'store_timeout', 'away')
    let away = false
    const { canary } = await openCanary((store) => ({
      createTask: (task, at) => store.createTask(task, at),
      readStanding: (query) => (away ? Promise.reject(gone) : store.readStanding(query)),
      revokeToken: async (jti, until, at) => {
        const acknowledged = await store.revokeToken(jti, until, at)
        away = true
        return acknowledged
      },
    }))
    expect(await canary.round()).toMatchObject({ outcome: 'not_run', cause: expect.any(Error) })
    expect(await canary.round()).toEqual({ outcome: 'not_run', cause: gone })
  })
})
