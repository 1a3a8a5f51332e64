// Real failovers by Sentinels. The short one promotes the only replica; what takes longer - an act confirmed before, again after the old primary is back, and
// the whole contract on a primary with replicas - runs with BAILIWICK_LONG_TESTS=1.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ask, caughtUp, startReplicated, startSentinels } from '@bailiwick/kit/redis-server'
import type { RedisGroup, Sentinels } from '@bailiwick/kit/redis-server'
import { taskStoreContract } from './contract.ts'
import { created, expectConfirmed, expectDenied, valueOf } from './expectations.ts'
import { newTask, query, revocation } from './fixtures.ts'
import { inLongTests, withRedis } from '@bailiwick/kit/with-redis'
import { closeAfterTest, closeAllAfterEachTest, contractSubject, eventually, onceAnswering, openOn, pause } from './redis-support.ts'

const SETTINGS = { 'min-replicas-to-write': '1', 'min-replicas-max-lag': '1' }
const PLAN = { promotable: 2, minToWrite: 1, acks: 2 }
const SETTLE_MS = 5000

/** A Sentinel that has not heard of a replica yet has nobody to promote, and after the primary is gone never will. */
async function knows({ ports }: Sentinels, replicas: number): Promise<void> {
  const heardOf = async (port: number): Promise<boolean> => {
    const known = await ask(port, ['SENTINEL', 'REPLICAS', 'main'])
    return Array.isArray(known) && known.filter((fields) => Array.isArray(fields) && fields.includes('ok') && fields.includes('slave')).length === replicas
  }
  await eventually(async () => (await Promise.all(ports.map(heardOf))).every(Boolean), 30_000)
}

await withRedis('the store behind a Sentinel', (program) => {
  closeAllAfterEachTest()

  it('follows a promotion: a new epoch, nothing allowed that was ended before it, nothing lost that lived', { timeout: 60_000 }, async () => {
    const group = await startReplicated(program, 1)
    closeAfterTest(() => group.close())
    const sentinels = await startSentinels(program, group.primary, { count: 1, downAfterMs: 500 })
    closeAfterTest(() => sentinels.close())
    const replicas = { promotable: 1, minToWrite: 0, acks: 1 }
    const { store, events } = await openOn({ url: `redis+sentinel://127.0.0.1:${sentinels.ports[0]}/main` }, { replicas })
    const [dead, live] = [await created(store, newTask()), await created(store, newTask())]
    const before = await store.health()
    valueOf(await store.revoke(revocation('task', dead.id)))
    await knows(sentinels, 1)
    await caughtUp(group.primary, 1)
    await group.primary.kill()

    const allowed: string[] = []
    await eventually(async () => {
      const answers = await Promise.all([dead, live].map((task) => store.readStanding(query(task.id)).catch(() => undefined)))
      if (answers[0]?.ok === true) allowed.push(dead.id)
      return answers.every((answer) => answer !== undefined)
    }, 40_000)
    expect(allowed).toEqual([])
    expectDenied(await store.readStanding(query(dead.id)), 'task_revoked')
    valueOf(await store.readStanding(query(live.id)))
    expect((await store.health()).revision.epoch).toBeGreaterThan(before.revision.epoch)
    expect(events.map(({ event }) => event)).toContain('recovering')
    expect(events.at(-1)?.event).toBe('open')
  })
})

await inLongTests('failover by Sentinels; the contract on a primary with replicas', async () => {
  await withRedis('the store behind Sentinels', (program) => {
    closeAllAfterEachTest()

    it(
      'follows the promotion after a crash of the primary, with everything it acknowledged, and confirms again once the old one is back',
      { timeout: 120_000 },
      async () => {
        const group = await startReplicated(program, 2, SETTINGS)
        closeAfterTest(() => group.close())
        const sentinels = await startSentinels(program, group.primary, { count: 3, downAfterMs: 1000 })
        closeAfterTest(() => sentinels.close())
        await pause(SETTLE_MS)
        const url = `redis+sentinel://${sentinels.ports.map((port) => `127.0.0.1:${port}`).join(',')}/main`
        const { store, events } = await openOn({ url }, { replicas: PLAN })
        const [dead, live] = [await created(store, newTask()), await created(store, newTask())]
        expectConfirmed(await store.revoke(revocation('task', dead.id)))
        const before = await store.health()
        await caughtUp(group.primary, 2)
        await knows(sentinels, 2)

        await group.primary.kill()
        const allowed: string[] = []
        await eventually(async () => {
          const answers = await Promise.all([dead, live].map((task) => store.readStanding(query(task.id)).catch(() => undefined)))
          if (answers[0]?.ok === true) allowed.push(dead.id)
          return answers.every((answer) => answer !== undefined)
        }, 60_000)
        expect(allowed).toEqual([])
        expectDenied(await store.readStanding(query(dead.id)), 'task_revoked')
        valueOf(await store.readStanding(query(live.id)))
        const after = await store.health()
        expect(after).toMatchObject({ storeId: before.storeId })
        expect(after.revision.epoch).toBeGreaterThan(before.revision.epoch)
        expect(events.map(({ event }) => event)).toContain('recovering')
        const act = revocation('task', live.id)
        // The news of the promotion reaches each connection once more, from every Sentinel.
        expect(valueOf(await onceAnswering(() => store.revoke(act)))).toMatchObject({ status: 'unconfirmed', replicas: { needed: 2 } })

        await group.primary.restart()
        await eventually(async () => {
          const answer = await store.revoke(act).catch(() => undefined)
          return answer?.ok === true && answer.value.status === 'confirmed'
        }, 60_000)
      },
    )
  })

  await withRedis('the contract, replicated', (program) => {
    let group: RedisGroup
    beforeAll(async () => {
      group = await startReplicated(program, 2, SETTINGS)
      await pause(SETTLE_MS)
    })
    afterAll(() => group.close())
    taskStoreContract('redis with two replicas', (clock) => contractSubject(group.primary, { clock, replicas: PLAN }))
  })
})
