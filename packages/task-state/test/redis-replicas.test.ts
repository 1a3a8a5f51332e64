// A primary with replicas behind links that can be cut without closing. What must hold: confirmed means every replica that could be promoted has it, an old
// primary that was cut off stops answering, and a primary that is behind gets back what was recorded before anybody is answered.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { attached, caughtUp, startDroppingProxy, startRedis } from '@bailiwick/kit/redis-server'
import type { DroppingProxy, RedisServer } from '@bailiwick/kit/redis-server'
import { TEST_EPOCH_MS } from '@bailiwick/kit/clock'
import { created, expectConfirmed, expectDenied, faultOf, valueOf } from './expectations.ts'
import { newTask, NOW, query, revocation } from './fixtures.ts'
import { skipped } from '@bailiwick/kit/skipped'
import { withRedis } from '@bailiwick/kit/with-redis'
import { knowsWaitAof } from '../src/redis/server-info.ts'
import { closeAfterTest, closeAllAfterEachTest, eventually, onceAnswering, openOn, pause } from './redis-support.ts'

const SETTINGS = { 'min-replicas-to-write': '1', 'min-replicas-max-lag': '1', 'repl-timeout': '60' }
const PLAN = { promotable: 2, minToWrite: 1, acks: 2 }
/** As long as a replica must have been attached before it counts. */
const SETTLE_MS = 5000

interface Cluster {
  readonly primary: RedisServer
  readonly replicas: readonly [RedisServer, RedisServer]
  /** The links of the replicas to the primary. */
  readonly links: readonly [DroppingProxy, DroppingProxy]
  readonly settled: Promise<unknown>
  close(): Promise<void>
}

await withRedis('the store on a primary with replicas', (program) => {
  closeAllAfterEachTest()

  async function startCluster(): Promise<Cluster> {
    const primary = await startRedis(program, SETTINGS)
    const links = [await startDroppingProxy(primary), await startDroppingProxy(primary)] as const
    const replica = (link: DroppingProxy): Promise<RedisServer> => startRedis(program, { ...SETTINGS, replicaof: `127.0.0.1 ${link.port}` })
    const replicas = [await replica(links[0]), await replica(links[1])] as const
    await attached(primary, 2)
    return {
      primary,
      replicas,
      links,
      settled: pause(SETTLE_MS),
      close: async () => {
        await Promise.all([primary, ...replicas, ...links].map((one) => one.close()))
      },
    }
  }

  // Both are made at once, so that their replicas settle at the same time.
  let cluster: Cluster
  let doomed: Cluster
  beforeAll(async () => {
    ;[cluster, doomed] = await Promise.all([startCluster(), startCluster()])
  })
  afterAll(async () => {
    await Promise.all([cluster.close(), doomed.close()])
  })
  const open: typeof openOn = (target, change, ledger) => openOn(target, { replicas: PLAN, ...change }, ledger)
  const inStep = async (): Promise<void> => {
    for (const link of cluster.links) link.heal()
    await caughtUp(cluster.primary, 2)
  }

  it('does not count a replica that has only just come over', async () => {
    const { store } = await open(cluster.primary)
    await inStep()
    const answer = valueOf(await store.revoke(revocation('user', 'corp:early')))
    expect(answer).toMatchObject({ status: 'unconfirmed', durability: 'replicated', replicas: { needed: 2, acked: 2 } })
    expect(await faultOf(store.consumeOnce('early', NOW + 60, NOW))).toBe('store_unconfirmed')
  })

  it('confirms what all of them have, and says so', async () => {
    await cluster.settled
    const { store } = await open(cluster.primary)
    const task = await created(store, newTask())
    const answer = valueOf(await store.revoke(revocation('task', task.id)))
    expect(answer).toMatchObject({ status: 'confirmed', durability: 'replicated', replicas: { needed: 2, acked: 2 }, endedTasks: 1 })
    expect(await store.consumeOnce('k', NOW + 60, NOW)).toBe(true)
    expect(await store.revokeToken('jti', NOW + 60, NOW)).toMatchObject({ status: 'confirmed' })
    for (const replica of cluster.replicas) expect(await replica.command('HGET', `{bailiwick}:t:${task.id}`, 'state')).toBe('revoked')
  })

  it('with one link cut ends authority all the same, does not confirm it, and confirms it once the link is back', async () => {
    const { store } = await open(cluster.primary)
    const [task, other] = [await created(store, newTask()), await created(store, newTask())]
    await inStep()
    cluster.links[0].cut()
    const act = revocation('task', task.id)
    const waiting = store.revoke(act)
    // Nobody's state read waits behind the one who waits for replicas.
    await pause(30)
    let answered = false
    void waiting.then(() => (answered = true))
    valueOf(await store.readStanding(query(other.id)))
    expect(answered).toBe(false)
    expect(valueOf(await waiting)).toMatchObject({ status: 'unconfirmed', durability: 'async', replicas: { needed: 2, acked: 1 } })
    expectDenied(await store.readStanding(query(task.id)), 'task_revoked')
    expect(await faultOf(store.consumeOnce('cut', NOW + 60, NOW))).toBe('store_unconfirmed')
    expect(await store.consumeOnce('cut', NOW + 60, NOW)).toBe(false)
    await inStep()
    await eventually(async () => valueOf(await store.revoke(act)).status === 'confirmed')
    expect(valueOf(await store.revoke(act))).toMatchObject({ status: 'confirmed', endedTasks: 1 })
  })

  it('lets an act overtake spent keys that wait for a replica', async () => {
    const { store } = await open(cluster.primary)
    const task = await created(store, newTask())
    await inStep()
    cluster.links[1].cut()
    const spending = Array.from({ length: 10 }, (_, at) => faultOf(store.consumeOnce(`k${at}`, NOW + 60, NOW)))
    await pause(20)
    const acting = store.revoke(revocation('task', task.id))
    await eventually(async () => !(await store.readStanding(query(task.id))).ok, 150)
    expect(valueOf(await acting)).toMatchObject({ status: 'unconfirmed' })
    expect(new Set(await Promise.all(spending))).toEqual(new Set(['store_unconfirmed']))
    await inStep()
  })

  it('wants more acknowledgements where more replicas are attached than could be promoted: nobody says which ones answered', async () => {
    const { store } = await open(cluster.primary, { replicas: { promotable: 1, minToWrite: 0, acks: 1 } })
    await inStep()
    await eventually(async () => valueOf(await store.revoke(revocation('user', 'corp:a'))).status === 'confirmed')
    cluster.links[0].cut()
    expect(valueOf(await store.revoke(revocation('user', 'corp:b')))).toMatchObject({ status: 'unconfirmed', replicas: { needed: 2, acked: 1 } })
    await inStep()
  })

  it('refuses a primary that would go on answering when it is cut off, also one that is made so while it runs', async () => {
    const { store } = await open(cluster.primary)
    for (const [name, value] of [
      ['min-replicas-to-write', '0'],
      ['min-replicas-max-lag', '10'],
    ] as const) {
      await cluster.primary.command('CONFIG', 'SET', name, value)
      expect(await faultOf(open(cluster.primary, { openWithinMs: 400 }))).toBe('store_unsafe')
      await eventually(async () => (await faultOf(store.health()).catch(() => 'answered')) === 'store_unsafe')
      await cluster.primary.command('CONFIG', 'SET', name, '1')
      await onceAnswering(() => store.health())
    }
  })

  const synced = { replicas: { ...PLAN, synced: true }, confirmWithinMs: 400 }
  const waitAof = knowsWaitAof(program.version.replace('valkey ', ''))

  it('does not open where acts must be on the disks of the replicas and the server cannot say: no append-only file, or no WAITAOF', async () => {
    expect(await faultOf(open(cluster.primary, { ...synced, openWithinMs: 400 }))).toBe('store_unsafe')
  })

  if (!waitAof) skipped('acts on the disks of the replicas', `${program.version} has no WAITAOF; BAILIWICK_REDIS_SERVER names another server to test with`)
  else
    it('where acts must be on the disks of the replicas too, counts and compares what WAITAOF says', async () => {
      await inStep()
      const all = [cluster.primary, ...cluster.replicas]
      for (const server of all) {
        await server.command('CONFIG', 'SET', 'appendonly', 'yes')
        await server.command('CONFIG', 'SET', 'appendfsync', 'always')
      }
      const { store } = await open(cluster.primary, synced)
      await eventually(async () => valueOf(await store.revoke(revocation('user', 'corp:synced'))).status === 'confirmed')
      expect(valueOf(await store.revoke(revocation('user', 'corp:all')))).toMatchObject({ status: 'confirmed', replicas: { needed: 2, acked: 2 } })
      // In memory both have it, as WAIT would say; on disk only one.
      await cluster.replicas[0].command('CONFIG', 'SET', 'appendonly', 'no')
      expect(valueOf(await store.revoke(revocation('user', 'corp:half')))).toMatchObject({ status: 'unconfirmed', replicas: { needed: 2, acked: 1 } })
      expect(await faultOf(store.consumeOnce('half', NOW + 60, NOW))).toBe('store_unconfirmed')
      // The primary's own disk counts too.
      await cluster.replicas[0].command('CONFIG', 'SET', 'appendonly', 'yes')
      await eventually(async () => valueOf(await store.revoke(revocation('user', 'corp:again'))).status === 'confirmed')
      await cluster.primary.command('CONFIG', 'SET', 'appendfsync', 'no')
      await cluster.primary.command('CONFIG', 'SET', 'appendonly', 'no')
      const answer = await store.revoke(revocation('user', 'corp:none')).catch(() => undefined)
      expect(answer?.ok === true ? answer.value.status : 'unknown').not.toBe('confirmed')
      for (const server of all) await server.command('CONFIG', 'SET', 'appendonly', 'no')
    })

  it('stops answering on a primary that was cut off from its replicas, soon and for as long as it is', async () => {
    await inStep()
    const { store } = await open(cluster.primary)
    const task = await created(store, newTask())
    for (const link of cluster.links) link.cut()
    const began = performance.now()
    await eventually(async () => (await store.readStanding(query(task.id)).catch(() => undefined)) === undefined, 6000)
    // Two seconds of lag, one until the server looks; the rest is the machine's.
    expect(performance.now() - began).toBeLessThan(5000)
    for (let at = 0; at < 10; at += 1) {
      expect(await faultOf(store.readStanding(query(task.id)))).toBe('store_no_replicas')
      await pause(20)
    }
    expect(await faultOf(store.createTask(newTask(), NOW))).toBe('store_no_replicas')
    expect(await faultOf(store.revoke(revocation('task', task.id)))).toBe('store_no_replicas')
    await inStep()
    // What could not be written is in the ledger, and the node puts it back by itself.
    await eventually(async () => {
      const answer = await store.readStanding(query(task.id)).catch(() => undefined)
      return answer !== undefined && !answer.ok
    })
  })

  it('after a failover to a replica that was behind, puts back what was recorded before anybody is answered', async () => {
    const { primary, replicas, links, settled } = doomed
    await settled
    const [behind, other] = replicas
    const address = await startDroppingProxy(primary)
    closeAfterTest(() => address.close())
    const node = await open(address, { controls: ['node-1'] })
    const isolated = await open(primary, { nodeId: 'node-2', controls: ['node-2'] })
    const { store } = node
    const [task, live] = [await created(store, newTask()), await created(store, newTask())]
    expectConfirmed(await store.revoke(revocation('user', 'corp:confirmed')))
    const before = await store.health()

    links[0].cut()
    await pause(50)
    const act = revocation('task', task.id)
    const hold = revocation('client', 'support-portal', { hold: true })
    expect(valueOf(await store.revoke(act))).toMatchObject({ status: 'unconfirmed', replicas: { acked: 1 } })
    expect(valueOf(await store.revoke(hold))).toMatchObject({ status: 'unconfirmed' })
    expectDenied(await store.readStanding(query(task.id)), 'task_revoked')
    expect(await faultOf(store.consumeOnce('k', NOW + 60, NOW))).toBe('store_unconfirmed')
    links[1].cut()

    // The one that lacks both is promoted, and the address moves to it. The old primary lives on, with a node that sees only it.
    await behind.command('REPLICAOF', 'NO', 'ONE')
    expect(await behind.command('HGET', `{bailiwick}:t:${task.id}`, 'state')).toBe('active')
    address.retarget(behind)
    await other.command('REPLICAOF', '127.0.0.1', String(behind.port))
    const answers = []
    for (let at = 0; at < 400; at += 1) {
      const answer = await store.readStanding(query(task.id)).catch(() => undefined)
      answers.push(answer)
      if (answer !== undefined && at > 20) break
      await pause(20)
    }
    expect(answers.filter((answer) => answer?.ok === true)).toEqual([])
    expectDenied(await onceAnswering(() => store.readStanding(query(task.id))), 'task_revoked')
    // The hold ended what was there in its scope too; what came back is the whole act.
    expectDenied(await store.readStanding(query(live.id)), 'cut_off')
    expect(await store.findRevocation(hold.id)).toMatchObject({ hold: true })
    const after = await store.health()
    expect(after.storeId).toBe(before.storeId)
    expect(after.revision.epoch).toBeGreaterThan(before.revision.epoch)
    expect(node.events.map(({ event }) => event)).toContain('recovering')

    // Nothing is answered on the other side any more.
    await eventually(async () => (await faultOf(isolated.store.readStanding(query(live.id))).catch(() => 'answered')) === 'store_no_replicas')
    // With one replica instead of two nothing is confirmed; what was answered is put back by the next failover too.
    expect(valueOf(await store.completeTask(live.id, 'client:refund-agent', TEST_EPOCH_MS))).toMatchObject({
      status: 'unconfirmed',
      replicas: { needed: 2, acked: 1 },
    })
  })
})
