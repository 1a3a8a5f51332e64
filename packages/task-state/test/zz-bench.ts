import { systemClock, newTaskId, newRevocationId } from '@bailiwick/core'
import { findOrInstallRedis } from '@bailiwick/kit/find-redis'
import { startRedis, startReplicated, attached } from '@bailiwick/kit/redis-server'
import { memoryLedger } from '@bailiwick/kit/test-store'
import { openRedisTaskStore } from '../src/index.ts'
import { newTask, query, revocation, childOf } from './fixtures.ts'
import { loadavg } from 'node:os'

const program = await findOrInstallRedis()
if (typeof program === 'string') throw new Error(program)
const now = () => Date.now() / 1000
const fresh = (c = {}) =>
  newTask({ id: newTaskId(Date.now()), expiresAt: Math.floor(now()) + 3600, createdAt: Math.floor(now()), authenticatedAt: Math.floor(now()), ...c })
const q = (a: number[], p: number) => a.toSorted((x, y) => x - y)[Math.min(a.length - 1, Math.floor(a.length * p))] ?? 0
const show = (name: string, a: number[]) =>
  console.log(`${name}: n=${a.length} p50 ${q(a, 0.5).toFixed(3)} p99 ${q(a, 0.99).toFixed(3)} max ${q(a, 1).toFixed(2)} ms  load ${loadavg()[0]?.toFixed(1)}`)
async function timed(a: number[], f: () => Promise<unknown>) {
  const t = performance.now()
  try {
    await f()
  } catch (e) {
    faults += 1
  }
  a.push(performance.now() - t)
}
let faults = 0

async function bench(label: string, url: string, replicas: any) {
  const store = await openRedisTaskStore({
    url,
    clock: systemClock,
    ledger: memoryLedger(),
    nodeId: 'n',
    namespace: `b${Math.floor(Math.random() * 1e6)}`,
    replicas,
    readWithinMs: 25,
  })
  const root = fresh()
  await store.createTask(root, now())
  let leaf = root
  for (let i = 0; i < 2; i += 1) {
    const c = childOf(leaf, { id: newTaskId(Date.now()) })
    await store.createTask(c, now())
    leaf = c
  }
  for (const [name, task, extra] of [
    ['root', root, {}],
    ['depth 2, all args', leaf, { resource: 'payments' as any, kid: 'k1', jti: 'j1', newWork: true }],
  ] as const) {
    for (let i = 0; i < 2000; i += 1) await store.readStanding(query(task.id, { nowSeconds: now(), ...extra })).catch(() => 0)
    faults = 0
    const one: number[] = []
    for (let i = 0; i < 5000; i += 1) await timed(one, () => store.readStanding(query(task.id, { nowSeconds: now(), ...extra })))
    show(`${label} read ${name} C=1 (faults ${faults})`, one)
    faults = 0
    const many: number[] = []
    const t = performance.now()
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        for (let i = 0; i < 1500; i += 1) await timed(many, () => store.readStanding(query(task.id, { nowSeconds: now(), ...extra })))
      }),
    )
    show(`${label} read ${name} C=16 ${(24000 / (performance.now() - t)).toFixed(1)}k/s (faults ${faults})`, many)
  }
  const rev: number[] = []
  let confirmed = 0
  for (let i = 0; i < 300; i += 1) {
    const task = fresh()
    await store.createTask(task, now())
    await timed(rev, async () => {
      const r = await store.revoke(revocation('task', task.id, { id: newRevocationId(Date.now()), atMs: Date.now() }))
      if (r.ok && r.value.status === 'confirmed') confirmed += 1
    })
  }
  show(`${label} revoke (confirmed ${confirmed})`, rev)
  const spend: number[] = []
  for (let i = 0; i < 300; i += 1) await timed(spend, () => store.consumeOnce(`k${i}`, Math.floor(now()) + 60, now()))
  show(`${label} consumeOnce C=1`, spend)
  const create: number[] = []
  for (let i = 0; i < 1000; i += 1) await timed(create, () => store.createTask(fresh(), now()))
  show(`${label} createTask`, create)
  const t0 = performance.now()
  const c = await store.countAffected({ kind: 'everything', id: '*' }, now()).catch((e) => e.code)
  console.log(`${label} count everything`, c, (performance.now() - t0).toFixed(1), 'ms')
  await store.close()
}

const alone = await startRedis(program)
await bench('standalone, fsync always', alone.url, undefined)
{
  const store = await openRedisTaskStore({ url: alone.url, clock: systemClock, ledger: memoryLedger(), nodeId: 'n', namespace: 'frozen' })
  const task = fresh()
  await store.createTask(task, now())
  const frozen: number[] = []
  for (let i = 0; i < 30; i += 1) {
    for (let k = 0; k < 5; k += 1) await store.readStanding(query(task.id, { nowSeconds: now() })).catch(() => 0)
    alone.freeze()
    await timed(frozen, () => store.readStanding(query(task.id, { nowSeconds: now() })))
    alone.thaw()
    await new Promise((r) => setTimeout(r, 60))
  }
  show('frozen deny', frozen)
  const dead: number[] = []
  await alone.kill()
  await new Promise((r) => setTimeout(r, 100))
  for (let i = 0; i < 100; i += 1) await timed(dead, () => store.readStanding(query(task.id, { nowSeconds: now() })))
  show('dead server deny', dead)
  await store.close()
}
await alone.close()
const group = await startReplicated(program, 2, { 'min-replicas-to-write': '1', 'min-replicas-max-lag': '1' })
await attached(group.primary, 2)
await new Promise((r) => setTimeout(r, 5200))
await bench('primary + 2 replicas, no AOF', group.primary.url, { promotable: 2, minToWrite: 1, acks: 2 })
await group.close()
