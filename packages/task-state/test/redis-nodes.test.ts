// Several nodes on one store: who may run beside whom, and what each learns of what the others did.
import { expect, it } from 'vitest'
import { attached, startRedis, startReplicated } from '@bailiwick/kit/redis-server'
import type { RedisServer } from '@bailiwick/kit/redis-server'
import { withRedis } from '@bailiwick/kit/with-redis'
import { TEST_EPOCH_MS } from '@bailiwick/kit/clock'
import { created, expectConfirmed, expectDenied, faultOf, valueOf } from './expectations.ts'
import { newTask, NOW, query, revocation } from './fixtures.ts'
import { closeAfterTest, closeAllAfterEachTest, eventually, onceAnswering, openOn } from './redis-support.ts'
import type { OpenedStore } from './redis-support.ts'

const BOTH = ['node-1', 'node-2']

await withRedis('several nodes on one Redis', (program) => {
  closeAllAfterEachTest()

  async function start(): Promise<RedisServer> {
    const server = await startRedis(program)
    closeAfterTest(() => server.close())
    return server
  }

  it('a node that waits for nobody does not open beside another, nor another beside it, and the one that was there goes on', async () => {
    const server = await start()
    const alone = await openOn(server)
    expect(await faultOf(openOn(server, { nodeId: 'node-2', openWithinMs: 500 }))).toBe('store_controls_missing')
    expect(await faultOf(openOn(server, { nodeId: 'node-2', controls: BOTH, openWithinMs: 500 }))).toBe('store_controls_missing')
    await alone.store.health()
    await alone.store.close()
    const listed = await openOn(server, { nodeId: 'node-2', controls: ['node-2'] })
    expect(await faultOf(alone.reopen({ openWithinMs: 500 }))).toBe('store_controls_missing')
    await listed.store.health()
  })

  it('two processes do not run as one node, and a restart is not taken for one', async () => {
    const server = await start()
    const first = await openOn(server, { controls: ['node-1'] })
    expect(await faultOf(openOn(server, { controls: ['node-1'], openWithinMs: 500 }))).toBe('store_node_taken')
    const again = await first.reopen()
    await again.store.health()
    // Another store on the same server is nobody's neighbour.
    await openOn(server, { namespace: 'other' })
  })

  it('nodes with different lists run, and say so: a list is changed one node after the other', async () => {
    const server = await start()
    const one = await openOn(server, { controls: ['node-1'] })
    const two = await openOn(server, { nodeId: 'node-2', controls: BOTH })
    expect(two.events).toContainEqual({ event: 'controls_differ', nodes: ['node-1'] })
    expect(await one.store.neighbours()).toEqual(['node-2'])
    await two.store.close()
    await eventually(async () => (await one.store.neighbours()).length === 0)
  })

  /** Both open: each has marked what it had to put back. */
  async function pair(server: { readonly url: string }, change: Parameters<typeof openOn>[1] = {}): Promise<readonly [OpenedStore, OpenedStore]> {
    const one = await openOn(server, { controls: BOTH, ...change })
    const two = await openOn(server, { controls: BOTH, nodeId: 'node-2', ...change })
    await onceAnswering(() => one.store.health())
    await onceAnswering(() => two.store.health())
    return [one, two]
  }

  it('each keeps every act of the others in its own ledger, as the one that did it does', async () => {
    const server = await start()
    const [one, two] = await pair(server)
    const [task, done] = [await created(one.store, newTask()), await created(one.store, newTask())]
    const held = { ...revocation('task', task.id, { hold: true }), holdScope: { kind: 'agent', id: 'client:refund-agent' } } as const
    expectConfirmed(await one.store.revoke(held))
    expectConfirmed(await one.store.revoke(revocation('user', 'corp:alice\n:\0')))
    expectConfirmed(await one.store.liftHold(held.id, 'operator:otto', TEST_EPOCH_MS))
    expectConfirmed(await one.store.completeTask(done.id, 'client:refund-agent', TEST_EPOCH_MS))
    expect(await one.store.revokeToken('jti-1', NOW + 60, NOW)).toMatchObject({ status: 'confirmed' })
    // Where a task's end stands comes with the feed, to the one that did it as to the others.
    const settled = () => one.ledger.recorded.filter((act) => act.act !== 'revoke' || act.revocation.revision.revision > 0)
    await eventually(async () => settled().length >= 5 && two.ledger.recorded.length >= 5)
    for (const act of two.ledger.recorded) expect(settled()).toContainEqual(act)
  })

  it('puts back after a failover what only a node did that is gone, and nobody confirmed', async () => {
    const group = await startReplicated(program, 1, { appendonly: 'no' })
    closeAfterTest(() => group.close())
    const [replica] = group.replicas
    if (replica === undefined) throw new Error('no replica')
    const plan = { replicas: { promotable: 1, minToWrite: 0, acks: 1 } }
    const [one, two] = await pair(group.primary, plan)
    const task = await created(one.store, newTask())
    await attached(group.primary, 1)
    await eventually(async () => (await replica.command('EXISTS', `{bailiwick}:t:${task.id}`)) === 1)
    // The replica hears nothing more; the act is in the primary alone.
    await replica.command('REPLICAOF', '127.0.0.1', '1')
    expect(valueOf(await one.store.revoke(revocation('task', task.id)))).toMatchObject({ status: 'unconfirmed' })
    await eventually(async () => two.ledger.recorded.length > 0)
    await one.store.close()
    await two.store.close()
    await group.primary.kill()
    await replica.command('REPLICAOF', 'NO', 'ONE')
    expect(await replica.command('HGET', `{bailiwick}:t:${task.id}`, 'state')).toBe('active')

    const left = await openOn(replica, { controls: BOTH, nodeId: 'node-2', ...plan }, two.ledger)
    expect(left.store.missing()).toEqual(['node-1'])
    await left.store.overrideGate('operator:olga', TEST_EPOCH_MS)
    expectDenied(await onceAnswering(() => left.store.readStanding(query(task.id))), 'task_revoked')
  })

  it('the feed is a hint: without it, or with another in its place, every answer is the same', async () => {
    const server = await start()
    const [one, two] = await pair(server)
    const task = await created(one.store, newTask())
    await server.command('DEL', '{bailiwick}:feed')
    await server.command('XADD', '{bailiwick}:feed', '*', 'act', 'revoke', 'id', 'nonsense')
    await server.command('XADD', '{bailiwick}:feed', '*', 'act', 'lift', 'id', revocation('user', 'x').id, 'by', 'x', 'at_ms', '1e9')
    valueOf(await two.store.readStanding(query(task.id)))
    expectConfirmed(await one.store.revoke(revocation('task', task.id)))
    expectDenied(await two.store.readStanding(query(task.id)), 'task_revoked')
    await server.command('DEL', '{bailiwick}:feed')
    await server.command('SET', '{bailiwick}:feed', 'not a stream')
    expectDenied(await two.store.readStanding(query(task.id)), 'task_revoked')
    // What cannot be told to the others is done all the same.
    two.ledger.failWith = new Error('the disk is full')
    const other = await created(one.store, newTask())
    expectConfirmed(await one.store.revoke(revocation('task', other.id)))
    expectDenied(await two.store.readStanding(query(other.id)), 'task_revoked')
    expect(two.ledger.recorded.filter((act) => act.act === 'lift')).toEqual([])
  })
})
