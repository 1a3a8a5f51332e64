// One real server, and everything that can become of it. What must hold: nothing that was acknowledged comes back to life, nothing is allowed that was not
// read from the primary, and a write whose outcome is unknown is never reported as failed.
import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { attached, caughtUp, DURABLE, startDroppingProxy, startRedis } from '@bailiwick/kit/redis-server'
import type { RedisServer, RedisServerSettings } from '@bailiwick/kit/redis-server'
import { TEST_EPOCH_MS, testClock } from '@bailiwick/kit/clock'
import { memoryLedger } from '@bailiwick/kit/test-store'
import { newTaskId, systemClock } from '@bailiwick/core'
import type { newRevocationId } from '@bailiwick/core'
import type { NewWork } from '../src/task-store.ts'
import { created, expectConfirmed, expectDenied, faultOf, valueOf } from './expectations.ts'
import { childOf, LATER, LATER_MS, newTask, newWork, NOW, query, revocation } from './fixtures.ts'
import { withRedis } from '@bailiwick/kit/with-redis'
import { closeAfterTest, closeAllAfterEachTest, eventually, onceAnswering, openOn, pause, inspected } from './redis-support.ts'

/** What docs/state.md tells operators to allow, short of `waitaof`, which 7.0 does not know. */
const COMMANDS =
  '+auth +ping +info +time +select +config|get +client|list +client|setname +wait +eval +evalsha +exists +del +pttl +pexpire +hget +hmget +hset +hsetnx +hincrby +zadd +zrem +zscore +zmscore +zrange +zrangebyscore +zrevrangebyscore +zremrangebyscore +xadd +xrange +multi +discard'

await withRedis('the store on one Redis server', (program) => {
  closeAllAfterEachTest()

  async function start(settings: RedisServerSettings = DURABLE): Promise<RedisServer> {
    const server = await startRedis(program, settings)
    closeAfterTest(() => server.close())
    return server
  }

  it('keeps what it acknowledged through kill -9, denies while the server is down, and goes on in a new epoch', async () => {
    const server = await start()
    const { store, events } = await openOn(server)
    const live = await created(store, newTask())
    const dead = await created(store, newTask())
    const before = await store.health()
    expectConfirmed(await store.revoke(revocation('task', dead.id)))
    expectConfirmed(await store.revoke(revocation('client', 'refund-agent', { hold: true })))
    await server.kill()
    expect(['store_unreachable', 'store_timeout']).toContain(await faultOf(store.readStanding(query(live.id))))
    expect(await faultOf(store.consumeOnce('k', NOW + 60, NOW))).toBe('store_unreachable')
    await server.restart()
    expectDenied(await onceAnswering(() => store.readStanding(query(dead.id))), 'task_revoked')
    expectDenied(await store.readStanding(query(live.id)), 'cut_off')
    expectDenied(await store.checkNewWork(newWork(), NOW), 'held')
    const after = await store.health()
    expect(after.storeId).toBe(before.storeId)
    expect(after.revision.epoch).toBe(before.revision.epoch + 1)
    expect(events.map(({ event }) => event)).toEqual(['open', 'recovering', 'open'])
  })

  it('without an append-only file never calls an act confirmed, and puts it back before the first answer after a crash', async () => {
    const server = await start({ appendonly: 'no' })
    const { store } = await openOn(server)
    const [task, other, completed] = [await created(store, newTask()), await created(store, newTask()), await created(store, newTask())]
    await server.command('SAVE')
    const act = revocation('task', task.id)
    expect(valueOf(await store.revoke(act))).toMatchObject({ status: 'unconfirmed', durability: 'async', replicas: { needed: 0, acked: 0 }, endedTasks: 1 })
    expect(valueOf(await store.completeTask(completed.id, 'client:refund-agent', TEST_EPOCH_MS))).toMatchObject({ status: 'unconfirmed' })
    expect(await store.revokeToken('jti-1', NOW + 600, NOW)).toMatchObject({ status: 'unconfirmed' })
    expect(await faultOf(store.consumeOnce('k', NOW + 60, NOW))).toBe('store_unconfirmed')
    expect(await store.consumeOnce('k', NOW + 60, NOW)).toBe(false)
    await server.restart()
    expectDenied(await onceAnswering(() => store.readStanding(query(task.id))), 'task_revoked')
    expectDenied(await store.readStanding(query(completed.id)), 'task_completed')
    expectDenied(await store.readStanding(query(other.id, { jti: 'jti-1' })), 'task_revoked', 'token')
    valueOf(await store.readStanding(query(other.id)))
    expect(await store.findRevocation(act.id)).toMatchObject({ scope: act.scope, setBy: 'operator:olga' })
  })

  it('puts a cut-off back at the revision it had: what was created after it lives on, what was created before it does not', async () => {
    const server = await start({ appendonly: 'no' })
    const { store, ledger } = await openOn(server)
    const before = await created(store, newTask())
    const act = revocation('user', 'corp:alice')
    valueOf(await store.revoke(act))
    expect(ledger.recorded.filter(({ act: kind }) => kind === 'revoke')).toHaveLength(2)
    // Somebody asked again and died before the answer: the intent is the last thing recorded.
    const mark = await store.health()
    await ledger.record(mark, { act: 'revoke', revocation: { ...act, setAtMs: act.atMs, revision: { epoch: mark.revision.epoch, revision: 0 } } })
    const after = await created(store, newTask({ authenticatedAt: LATER }))
    await server.command('SAVE')
    await server.command('DEL', `{bailiwick}:r:${act.id}`)
    const cut = (await server.command('HKEYS', '{bailiwick}:head')) as readonly string[]
    for (const field of cut.filter((name) => name.startsWith('c:'))) await server.command('HDEL', '{bailiwick}:head', field)
    await server.command('SAVE')
    await server.restart()
    expectDenied(await onceAnswering(() => store.readStanding(query(before.id))), 'cut_off')
    valueOf(await store.readStanding(query(after.id)))
  })

  it('dates a cut-off by its own clock, though the clock of the node that revokes is ahead', async () => {
    const { store, ledger } = await openOn(await start(), { clock: testClock(LATER_MS) })
    valueOf(await store.revoke(revocation('user', 'corp:alice', { atMs: LATER_MS })))
    valueOf(await store.checkNewWork({ ...newWork(), authenticatedAt: LATER }, NOW))
    const recorded = ledger.recorded.findLast((act) => act.act === 'revoke')
    expect(recorded).toMatchObject({ cutAtMs: expect.any(Number), revocation: { setAtMs: LATER_MS } })
  })

  it('puts a cut-off back at the date it had', async () => {
    const server = await start()
    const { store, ledger } = await openOn(server)
    await created(store, newTask())
    const mark = await store.health()
    const { atMs: setAtMs, ...act } = revocation('user', 'corp:alice')
    await ledger.record(mark, { act: 'revoke', revocation: { ...act, setAtMs, revision: mark.revision }, cutAtMs: TEST_EPOCH_MS - 3_600_000 })
    await server.command('FLUSHALL')
    const work = (secondsLater: number): NewWork => ({ ...newWork(), authenticatedAt: NOW - 3600 + secondsLater })
    valueOf(await onceAnswering(() => store.checkNewWork(work(1), NOW)))
    expectDenied(await store.checkNewWork(work(0), NOW), 'cut_off', 'sign_in')
  })

  it('does an act of which only the intent is known anew, after everything that was created until then', async () => {
    const server = await start()
    const { store, ledger, reopen } = await openOn(server)
    const task = await created(store, newTask())
    const mark = await store.health()
    const act = revocation('user', 'corp:alice')
    // The node died between the two writes.
    await ledger.record(mark, { act: 'revoke', revocation: { ...act, setAtMs: act.atMs, revision: { epoch: mark.revision.epoch, revision: 0 } } })
    const later = await created(store, newTask())
    const { store: again } = await reopen()
    for (const { id } of [task, later]) expectDenied(await again.readStanding(query(id)), 'cut_off')
    valueOf(await created(again, newTask({ authenticatedAt: LATER })).then(({ id }) => again.readStanding(query(id))))
  })

  it('denies a frozen server as late, and a thawed one answers again', async () => {
    const server = await start()
    const { store } = await openOn(server, { readWithinMs: 25, clock: systemClock })
    const task = await created(store, { ...newTask(), id: newTaskId(TEST_EPOCH_MS) })
    await onceAnswering(() => store.readStanding(query(task.id)))
    server.freeze()
    const began = performance.now()
    const answers = await Promise.all(Array.from({ length: 20 }, () => faultOf(store.readStanding(query(task.id)))))
    expect(new Set(answers)).toEqual(new Set(['store_timeout']))
    expect(performance.now() - began).toBeLessThan(300)
    // A question that comes while another batch is waiting is as late as that one, not later.
    const first = faultOf(store.readStanding(query(task.id)))
    await pause(15)
    const second = performance.now()
    expect(await faultOf(store.readStanding(query(task.id)))).toBe('store_timeout')
    expect(performance.now() - second).toBeLessThan(300)
    await first
    server.thaw()
    valueOf(await onceAnswering(() => store.readStanding(query(task.id))))
  })

  it('takes an answer that lay waiting while the process did not run for what it is: late', async () => {
    const server = await start()
    let stoppedMs = 0
    const clock = { nowMs: () => TEST_EPOCH_MS, monotonicMs: () => performance.now() + stoppedMs }
    const { store } = await openOn(server, { clock })
    const task = await created(store, newTask())
    valueOf(await store.readStanding(query(task.id)))
    const answer = faultOf(store.readStanding(query(task.id)))
    // A stopped process finds the answer in its socket before its own timer has run.
    stoppedMs = 30_000
    expect(await answer).toBe('store_timeout')
    valueOf(await store.readStanding(query(task.id)))
  })

  it('opens on nothing with a fault, in the time it was given', async () => {
    const server = await start()
    await server.kill()
    expect(await faultOf(openOn(server, { openWithinMs: 300 }))).toBe('store_unreachable')
  })

  it('reports a write that timed out as unknown, does it once it can, and never twice', async () => {
    const server = await start()
    const { store } = await openOn(server, { confirmWithinMs: 50 })
    const task = await created(store, newTask())
    const act = revocation('task', task.id)
    server.freeze()
    expect(['store_timeout', 'store_unreachable']).toContain(await faultOf(store.revoke(act)))
    server.thaw()
    await eventually(async () => !(await onceAnswering(() => store.readStanding(query(task.id)))).ok)
    expectDenied(await store.readStanding(query(task.id)), 'task_revoked')
    expectConfirmed(await onceAnswering(() => store.revoke(act)))
    expect((await store.listRevocations({ limit: 10 })).items).toHaveLength(1)
  })

  it('takes a revocation into the ledger while the server is down, and answers nobody before it is in the store', async () => {
    const server = await start()
    const { store, ledger } = await openOn(server)
    const task = await created(store, newTask())
    await server.kill()
    const act = revocation('task', task.id)
    expect(await faultOf(store.revoke(act))).toBe('store_unreachable')
    expect(ledger.recorded).toHaveLength(1)
    await server.restart()
    expectDenied(await onceAnswering(() => store.readStanding(query(task.id))), 'task_revoked')
  })

  it('denies everything after FLUSHALL, then goes on as a store without tasks but with every hold', async () => {
    const server = await start()
    const { store, events } = await openOn(server)
    const task = await created(store, newTask())
    expectConfirmed(await store.revoke(revocation('client', 'support-portal', { hold: true })))
    expect(await store.consumeOnce('k', NOW + 60, NOW)).toBe(true)
    const before = await store.health()
    await server.command('FLUSHALL')
    expect(await faultOf(store.readStanding(query(task.id)))).toBe('store_recovering')
    expectDenied(await onceAnswering(() => store.readStanding(query(task.id))), 'task_unknown')
    const after = await store.health()
    expect(after.storeId).not.toBe(before.storeId)
    expect(after.revision.epoch).toBeGreaterThan(before.revision.epoch)
    expectDenied(await store.createTask(newTask(), NOW), 'held')
    // Nobody knows any more which keys were spent.
    expect(await store.consumeOnce('k', NOW + 60, NOW)).toBe(false)
    expect(await store.consumeOnce('new', NOW + 299, NOW)).toBe(false)
    expect(await store.consumeOnce('new', NOW + 60, NOW, NOW + 30)).toBe(false)
    expect(await store.consumeOnce('new', NOW + 60, NOW, Number.NaN)).toBe(false)
    // Made after the loss, by its maker's signature, or ending so late that it could not be a proof of before.
    expect(await store.consumeOnce('new', NOW + 60, NOW, NOW + 31)).toBe(true)
    expect(await store.consumeOnce('late', NOW + 301, NOW)).toBe(true)
    expect(events.at(-1)).toMatchObject({ event: 'open' })
  })

  it('lets no node answer from a store another one has made anew, before it put back its own acts', async () => {
    const server = await start()
    const a = await openOn(server, { controls: ['node-1'] })
    const b = await openOn(server, { nodeId: 'node-2', controls: ['node-2'] })
    expectConfirmed(await b.store.revoke(revocation('client', 'support-portal', { hold: true })))
    await server.command('FLUSHALL')
    expect(await faultOf(a.store.health())).toBe('store_recovering')
    await onceAnswering(() => a.store.health())
    expect(await faultOf(b.store.checkNewWork(newWork({ clients: newWork().clients }), NOW))).toBe('store_recovering')
    await onceAnswering(() => b.store.health())
    await onceAnswering(() => a.store.health())
    for (const { store } of [a, b]) expectDenied(await onceAnswering(() => store.createTask(newTask(), NOW)), 'held')
  })

  it.each(['tokens', 'spent'])('notices when only its %s are gone, as after an eviction, and does not forget them', async (key) => {
    const server = await start()
    const { store } = await openOn(server)
    const task = await created(store, newTask())
    expect(await store.revokeToken('jti-1', NOW + 600, NOW)).toMatchObject({ status: 'confirmed' })
    expect(await store.consumeOnce('k', NOW + 60, NOW)).toBe(true)
    await server.command('DEL', `{bailiwick}:${key}`)
    const ask = (): Promise<unknown> => (key === 'tokens' ? store.readStanding(query(task.id, { jti: 'jti-1' })) : store.consumeOnce('k', NOW + 60, NOW))
    expect(await faultOf(ask())).toBe('store_recovering')
    if (key === 'tokens') expectDenied(await onceAnswering(() => store.readStanding(query(task.id, { jti: 'jti-1' }))), 'task_revoked', 'token')
    else expect(await onceAnswering(() => store.consumeOnce('k', NOW + 60, NOW))).toBe(false)
  })

  it('under real eviction denies, and never allows what was ended', async () => {
    const server = await start({ ...DURABLE, 'maxmemory-policy': 'allkeys-random' })
    const { store } = await openOn(server)
    const ended = await created(store, newTask())
    expectConfirmed(await store.revoke(revocation('user', 'corp:alice')))
    expectDenied(await store.readStanding(query(ended.id)), 'cut_off')
    await server.command('CONFIG', 'SET', 'maxmemory', '2mb')
    for (let at = 0; at < 60; at += 1) await server.command('SET', `filler-${at}`, 'x'.repeat(20_000)).catch(() => undefined)
    for (let at = 0; at < 20; at += 1) {
      const answer = await store.readStanding(query(ended.id)).catch(() => undefined)
      expect(answer?.ok ?? false).toBe(false)
    }
    expect((await inspected(server))['maxmemory-policy']).toMatchObject({ status: 'fail' })
  })

  it('still ends authority when the server is full, and creates nothing more', async () => {
    const server = await start({ ...DURABLE, 'maxmemory-policy': 'noeviction' })
    const { store } = await openOn(server)
    const task = await created(store, newTask())
    await server.command('CONFIG', 'SET', 'maxmemory', '1')
    valueOf(await store.readStanding(query(task.id)))
    const fault: unknown = await store.createTask(newTask(), NOW).catch((error: unknown) => error)
    expect(fault).toMatchObject({ code: 'store_full' })
    // The library's own errors carry the whole command.
    expect(inspect(fault, { depth: 9, showHidden: true })).not.toContain('T-1042')
    expect(await faultOf(store.consumeOnce('k', NOW + 60, NOW))).toBe('store_full')
    expectConfirmed(await store.revoke(revocation('task', task.id)))
    expect(await store.revokeToken('jti-1', NOW + 600, NOW)).toMatchObject({ status: 'confirmed' })
    expectDenied(await store.readStanding(query(task.id)), 'task_revoked')
  })

  it('refuses a database beside the one the store is in', async () => {
    const server = await start()
    await openOn(server, { controls: ['node-1'] })
    expect(await faultOf(openOn({ url: `${server.url}/3` }, { openWithinMs: 500, nodeId: 'node-2', controls: ['node-2'] }))).toBe('store_wrong_db')
    const { store } = await openOn({ url: `${server.url}/3` }, { namespace: 'another' })
    expectDenied(await store.readStanding(query(newTask().id)), 'task_unknown')
  })

  it('refuses a server that became a replica, and one that always was', async () => {
    const [server, other] = [await start(), await start()]
    const { store } = await openOn(server)
    const task = await created(store, newTask())
    await server.command('REPLICAOF', '127.0.0.1', String(other.port))
    expect(['store_not_primary', 'store_recovering', 'store_timeout', 'store_busy']).toContain(await faultOf(store.readStanding(query(task.id))))
    await eventually(async () => (await faultOf(store.readStanding(query(task.id)))) === 'store_not_primary')
    expect(await faultOf(openOn(server, { openWithinMs: 500 }))).toBe('store_not_primary')
  })

  it('goes on when the server has forgotten its scripts', async () => {
    const server = await start()
    const { store } = await openOn(server)
    const task = await created(store, newTask())
    await server.command('SCRIPT', 'FLUSH')
    valueOf(await store.readStanding(query(task.id)))
    await server.command('SCRIPT', 'FLUSH')
    expectConfirmed(await store.revoke(revocation('task', task.id)))
  })

  it('notices when the settings that made acts durable are changed under it', async () => {
    const server = await start()
    const { store } = await openOn(server)
    expect(valueOf(await store.revoke(revocation('user', 'corp:a')))).toMatchObject({ status: 'confirmed', durability: 'local' })
    for (const [name, value] of [
      ['appendfsync', 'everysec'],
      ['no-appendfsync-on-rewrite', 'yes'],
    ] as const) {
      await server.command('CONFIG', 'SET', name, value)
      const answer = valueOf(await store.revoke(revocation('user', 'corp:b')))
      // With WAITAOF the server itself says that the disk has it.
      if (program.version.startsWith('7.0')) expect(answer).toMatchObject({ status: 'unconfirmed', durability: 'async' })
      await server.command('CONFIG', 'SET', 'appendfsync', 'always')
    }
  })

  it('does an act the ledger cannot take, and does not confirm it until the ledger could', async () => {
    const server = await start()
    const { store, ledger } = await openOn(server)
    const task = await created(store, newTask())
    const act = revocation('task', task.id)
    ledger.failWith = new Error('disk full')
    expect(valueOf(await store.revoke(act))).toMatchObject({ status: 'unconfirmed', durability: 'local' })
    expectDenied(await store.readStanding(query(task.id)), 'task_revoked')
    ledger.failWith = undefined
    expectConfirmed(await store.revoke(act), 1)
  })

  it('refuses what an old client sends again after a revocation', async () => {
    const server = await start()
    const { store } = await openOn(server)
    const task = await created(store, newTask())
    const child = await created(store, childOf(task))
    expectConfirmed(await store.revoke(revocation('task', task.id)))
    expect(await faultOf(store.createTask(task, NOW))).toBe('task_exists')
    expectDenied(await store.createTask(child, NOW), 'task_revoked')
    expectDenied(await store.completeTask(task.id, 'client:refund-agent', TEST_EPOCH_MS), 'task_revoked')
    expectDenied(await store.readStanding(query(task.id)), 'task_revoked')
  })

  it('never creates an id again whose tombstone may have lapsed', async () => {
    const server = await start()
    const { store } = await openOn(server)
    for (const madeMs of [TEST_EPOCH_MS - 86_400_000, TEST_EPOCH_MS + 86_400_000]) {
      expect(await faultOf(store.createTask(newTask({ id: newTaskId(madeMs) }), NOW))).toBe('task_exists')
    }
    const task = await created(store, newTask({ expiresAt: NOW + 10 }))
    const livesMs = Number(await server.command('PTTL', `{bailiwick}:t:${task.id}`))
    expect(livesMs).toBeGreaterThan(86_400_000)
    expect(livesMs).toBeLessThan(86_420_000)
  })

  it('keeps ids that look like keys, patterns or protocol apart', async () => {
    const server = await start()
    const { store } = await openOn(server)
    const subs = ['corp:a', 'corp:a b', 'corp:a\r\nDEL x', 'corp:a\u0000', 'corp:*', 'corp:{bailiwick}:head', 'corp:ä', 'corp:\ud800', '', ' ']
    const tasks = []
    for (const sub of subs)
      tasks.push(await created(store, newTask({ subject: { ...newTask().subject, sub: sub === '' ? 'x:' : sub }, createdBy: 'operator:olga' })))
    for (const [at, task] of tasks.entries()) {
      expectConfirmed(await store.revoke(revocation('user', task.subject.sub)), 1)
      for (const [other, { id }] of tasks.entries()) expect((await store.readStanding(query(id))).ok).toBe(other > at)
    }
    const evil = ['task_*', 'head', `${newTask().id}\n`, '../../head', `x {bailiwick}:head`]
    for (const id of evil) {
      expectDenied(await store.revoke(revocation('task', id)), 'task_unknown')
      // A caller that does not check may hand in anything as an id.
      expectDenied(await store.readStanding(query(id as ReturnType<typeof newTaskId>)), 'task_unknown')
      expect(await store.findTask(id as ReturnType<typeof newTaskId>)).toBeUndefined()
    }
    await expect(store.revoke(revocation('user', 'corp:x', { id: 'rev_x head' as ReturnType<typeof newRevocationId> }))).rejects.toThrow(TypeError)
    const keys = (await server.command('KEYS', '*')) as readonly string[]
    expect(keys.filter((key) => !/^\{bailiwick\}:[\w:.-]+$/.test(key))).toEqual([])
  })

  it('takes garbage in its place for what it is', async () => {
    const server = await start()
    const { store } = await openOn(server)
    const task = await created(store, newTask())
    // A cut-off of somebody else, so that the scopes are looked at.
    expectConfirmed(await store.revoke(revocation('user', 'corp:bob')))
    const key = `{bailiwick}:t:${task.id}`
    const good = (await server.command('HGETALL', key)) as readonly string[]
    for (const [field, value] of [
      ['state', 'live'],
      ['facts', '{}'],
      ['expires_at', '9999999999'],
      ['scopes', ''],
      ['revs', '1:1'],
      ['path', 'x'],
      ['version', 'one'],
    ] as const) {
      await server.command('HSET', key, field, value)
      const answer = await store.readStanding(query(task.id)).catch(() => undefined)
      expect(answer?.ok ?? false, field).toBe(false)
      await server.command('HSET', key, ...good)
    }
    valueOf(await store.readStanding(query(task.id)))
    await server.command('DEL', key)
    await server.command('SET', key, 'active')
    expect(await faultOf(store.readStanding(query(task.id)))).toBe('store_corrupt')
    await server.command('HSET', '{bailiwick}:head', 'c:user:x', 'nonsense', 'epoch', '-')
    expect(await faultOf(store.health())).toBe('store_corrupt')
  })

  it('is not led astray by a data set that went back while the server kept running', async () => {
    const server = await start()
    const { store } = await openOn(server)
    const task = await created(store, newTask())
    const before = (await server.command('HGETALL', '{bailiwick}:head')) as readonly string[]
    expectConfirmed(await store.revoke(revocation('user', 'corp:alice')))
    await server.command('DEL', '{bailiwick}:head')
    await server.command('HSET', '{bailiwick}:head', ...before)
    for (const key of (await server.command('KEYS', '{bailiwick}:r:*')) as readonly string[]) await server.command('DEL', key)
    expect(await faultOf(store.readStanding(query(task.id)))).toBe('store_recovering')
    expectDenied(await onceAnswering(() => store.readStanding(query(task.id))), 'cut_off')
  })

  it('waits for every control instance before it answers after a loss, and for nobody once an operator said so', async () => {
    const server = await start()
    const controls = { controls: ['node-1', 'node-2'] }
    const a = await openOn(server, controls)
    expect(await faultOf(a.store.health())).toBe('store_recovering')
    expect(a.events.at(-1)).toMatchObject({ event: 'waiting_for_controls', missing: ['node-2'] })
    const b = await openOn(server, { ...controls, nodeId: 'node-2' })
    await onceAnswering(() => a.store.health())
    const held = revocation('client', 'support-portal', { hold: true })
    expectConfirmed(await onceAnswering(() => b.store.revoke(held)))
    await b.store.close()
    await server.command('FLUSHALL')
    await faultOf(a.store.health())
    await eventually(async () => a.events.at(-1)?.event === 'waiting_for_controls')
    expect(await faultOf(a.store.createTask(newTask(), NOW))).toBe('store_recovering')
    await b.reopen()
    expectDenied(await onceAnswering(() => a.store.createTask(newTask(), NOW)), 'held')

    await server.command('FLUSHALL')
    await faultOf(a.store.health())
    const c = await openOn(server, { controls: ['node-3', 'node-9'], nodeId: 'node-3' }, memoryLedger())
    expect(await faultOf(c.store.health())).toBe('store_recovering')
    await c.store.overrideGate('operator:olga', TEST_EPOCH_MS)
    await onceAnswering(() => c.store.health())
  })

  it('sends nothing over a connection that was made anew before it looked where it leads', async () => {
    const [server, stranger] = [await start(), await start()]
    const proxy = await startDroppingProxy(server)
    closeAfterTest(() => proxy.close())
    const { store } = await openOn(proxy)
    const task = await created(store, newTask())
    proxy.retarget(stranger)
    const answers = []
    for (let at = 0; at < 40; at += 1) {
      answers.push(await store.readStanding(query(task.id)).catch(() => undefined))
      await pause(10)
    }
    expect(answers.filter((answer) => answer?.ok === true)).toEqual([])
    expectDenied(await onceAnswering(() => store.readStanding(query(task.id))), 'task_unknown')
    proxy.retarget(server)
    valueOf(await eventuallyOk(() => store.readStanding(query(task.id))))
  })

  it('is not led astray by a copy that lacks a revocation and has counted on as far', async () => {
    const server = await start()
    const copy = await start({ ...DURABLE, replicaof: `127.0.0.1 ${server.port}` })
    await attached(server, 1)
    const proxy = await startDroppingProxy(server)
    closeAfterTest(() => proxy.close())
    const { store } = await openOn(proxy)
    const task = await created(store, newTask())
    await caughtUp(server, 1)
    await copy.command('REPLICAOF', 'NO', 'ONE')
    expectConfirmed(await store.revoke(revocation('task', task.id)))
    await copy.command('HINCRBY', '{bailiwick}:head', 'revision', 5)
    proxy.retarget(copy)
    // Without a pause: what would slip through is the moment after the connection is there.
    let [asked, allowed] = [0, 0]
    for (const until = performance.now() + 800; performance.now() < until; asked += 1) {
      const answer = await store.readStanding(query(task.id)).catch(() => undefined)
      if (answer?.ok === true) allowed += 1
      if (answer === undefined) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(asked).toBeGreaterThan(100)
    expect(allowed).toBe(0)
    expectDenied(await onceAnswering(() => store.readStanding(query(task.id))), 'task_revoked')
  })

  it('falls silent with the network and comes back with it, without a queue of old questions', async () => {
    const server = await start()
    const proxy = await startDroppingProxy(server)
    closeAfterTest(() => proxy.close())
    const { store } = await openOn(proxy, { readWithinMs: 100 })
    const task = await created(store, newTask())
    proxy.cut()
    for (let at = 0; at < 5; at += 1)
      expect(['store_timeout', 'store_unreachable', 'store_recovering']).toContain(await faultOf(store.readStanding(query(task.id))))
    proxy.heal()
    valueOf(await onceAnswering(() => store.readStanding(query(task.id))))
  })

  it('needs no more rights than docs/state.md lists, as the user of its URL, and is refused without one', async () => {
    const server = await start({
      ...DURABLE,
      user: `bailiwick on >p:w@d ~{bailiwick}:* ${COMMANDS}${program.version.startsWith('7.0') ? '' : ' +waitaof'}`,
      requirepass: 'other',
    })
    const url = `redis://bailiwick:${encodeURIComponent('p:w@d')}@127.0.0.1:${server.port}`
    const { store } = await openOn({ url })
    const task = await created(store, newTask())
    valueOf(await store.readStanding(query(task.id, { jti: 'jti-1', kid: 'kid-1' })))
    expect(await store.consumeOnce('k', NOW + 60, NOW)).toBe(true)
    const act = revocation('user', 'corp:alice', { hold: true })
    expectConfirmed(await store.revoke(act))
    expectConfirmed(await store.liftHold(act.id, 'operator:otto', TEST_EPOCH_MS))
    expectConfirmed(await store.completeTask(task.id, 'client:refund-agent', TEST_EPOCH_MS))
    expect((await store.listTasks({ limit: 5 }, NOW)).items).toHaveLength(1)
    expect((await store.listRevocations({ limit: 5 })).items).toHaveLength(1)
    const checks = await inspected({ url })
    expect(Object.values(checks).filter(({ status }) => status === 'unknown')).toEqual([])
    expect(checks).toMatchObject({ rights: { status: 'pass' }, keys: { status: 'pass' }, confirmation: { status: 'pass' } })
    const refused = openOn(server, { openWithinMs: 400 })
    expect(await faultOf(refused)).toMatch(/^store_(refused|unreachable)$/)
  })

  async function eventuallyOk<T extends { readonly ok: boolean }>(ask: () => Promise<T>): Promise<T> {
    for (let at = 0; at < 200; at += 1) {
      const answer = await ask().catch(() => undefined)
      if (answer?.ok === true) return answer
      await pause(20)
    }
    return await ask()
  }
})
