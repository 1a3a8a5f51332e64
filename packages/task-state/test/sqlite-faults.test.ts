// What happens to the file while the store is open, and between runs. The rule behind every test: nothing that was acknowledged is ever allowed
// again, and a store that cannot know says so until it does. No restart is needed for any of it.
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, truncateSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newTaskId } from '@bailiwick/core'
import { TEST_EPOCH_MS, testClock } from '@bailiwick/kit/clock'
import type { TestClock } from '@bailiwick/kit/clock'
import { memoryLedger } from '@bailiwick/kit/test-store'
import type { MemoryLedger } from '@bailiwick/kit/test-store'
import { openSqliteTaskStore } from '../src/index.ts'
import type { TaskStore } from '../src/index.ts'
import { created, expectConfirmed, expectDenied, faultOf, valueOf } from './expectations.ts'
import { childOf, newTask, NOW, query, revocation } from './fixtures.ts'
import { startStoreProcess } from './store-process.ts'
import type { StoreProcess } from './store-process.ts'

let folder: string
let file: string
let ledger: MemoryLedger
let store: TaskStore
let clock: TestClock
const opened: TaskStore[] = []
const children: StoreProcess[] = []

async function open(): Promise<TaskStore> {
  const one = await openSqliteTaskStore({ file, ledger, clock })
  opened.push(one)
  return one
}

async function startChild(): Promise<StoreProcess> {
  const child = await startStoreProcess()
  children.push(child)
  return child
}

/** Waits until the store answers again, as an operator would see it. */
async function answering(): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await store.health()
      return
    } catch (error) {
      if (tries > 150) throw error
      await pause(20)
    }
  }
}

const parts = (): readonly string[] => [file, `${file}-wal`, `${file}-shm`]

/** A backup made the right way: a whole, consistent file. */
function backUp(): string {
  const copy = join(folder, 'backup.db')
  const db = new DatabaseSync(file, { readOnly: true })
  db.exec(`VACUUM INTO '${copy}'`)
  db.close()
  return copy
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-faults-'))
  file = join(folder, 'bailiwick.db')
  ledger = memoryLedger()
  clock = testClock()
  store = await open()
})

afterEach(async () => {
  for (const child of children.splice(0)) await child.kill()
  for (const one of opened.splice(0)) await one.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('the file is taken away while the store is open', () => {
  it.each([
    ['the database', 0],
    ['its -wal', 1],
    ['its -shm', 2],
  ])('%s is removed: reads and writes are unknown at once, and no end is forgotten after', async (_, part) => {
    const task = await created(store, newTask())
    const other = await created(store, newTask())
    expectConfirmed(await store.revoke(revocation('task', task.id)))
    valueOf(await store.completeTask(other.id, 'x', TEST_EPOCH_MS))
    const write = store.consumeOnce('k', NOW + 60, NOW)
    const read = store.readStanding(query(task.id))
    unlinkSync(parts()[part] ?? '')
    expectDenied(await read, 'task_revoked')
    expect(await faultOf(write)).toBe('store_moved')
    await answering()
    for (const one of [task, other]) expect((await store.readStanding(query(one.id))).ok).toBe(false)
    unlinkSync(parts()[part] ?? '')
    expect(await faultOf(store.readStanding(query(task.id)))).toBe('store_moved')
  })

  it('a write that finds the file gone after its commit is not acknowledged', async () => {
    const task = await created(store, newTask())
    const write = store.revoke(revocation('task', task.id))
    for (const part of parts()) unlinkSync(part)
    expect(await faultOf(write)).toBe('store_moved')
  })

  it('all of it is removed: it comes back empty, in a new epoch, with every recorded act, and spent keys stay spent', async () => {
    const task = await created(store, newTask())
    const { storeId, revision } = await store.health()
    const hold = revocation('client', 'refund-agent', { hold: true })
    expectConfirmed(await store.revoke(hold))
    expect(await store.consumeOnce('assertion', NOW + 60, NOW)).toBe(true)
    for (const part of parts()) unlinkSync(part)
    expect(await faultOf(store.health())).toBe('store_moved')
    await answering()
    const after = await store.health()
    expect(after.storeId).not.toBe(storeId)
    expect(after.revision.epoch).toBe(revision.epoch + 1)
    expectDenied(await store.readStanding(query(task.id)), 'task_unknown')
    expectDenied(await store.createTask(newTask({ authenticatedAt: NOW + 1 }), NOW), 'held')
    expect(await store.findRevocation(hold.id)).toMatchObject({ hold: true })
    expect(await store.consumeOnce('assertion', NOW + 60, NOW)).toBe(false)
    // Nor is what was signed before the loss, or within the time its maker's clock may run ahead; what was signed later cannot have been used.
    expect(await store.consumeOnce('assertion', NOW + 90, NOW + 20, NOW + 20)).toBe(false)
    expect(await store.consumeOnce('assertion', NOW + 100, NOW + 30, NOW + 30)).toBe(false)
    expect(await store.consumeOnce('later', NOW + 120, NOW + 40, NOW + 40)).toBe(true)
    expect(await store.consumeOnce('later', NOW + 120, NOW + 40, NOW + 40)).toBe(false)
    expect(await ledger.mark()).toMatchObject({ storeId: after.storeId })
  })

  it('another process removes it and makes its own: ours recovers onto that file, and what the other acknowledged is still there', async () => {
    const ours = await created(store, newTask())
    const child = await startChild()
    for (const part of parts()) unlinkSync(part)
    expect((await child.order({ verb: 'open', file })).fault).toBeUndefined()
    const theirs = newTask({ authenticatedAt: NOW + 1 })
    await child.order({ verb: 'create', task: theirs, now: NOW })
    expect((await child.order({ verb: 'revoke', input: revocation('task', theirs.id) })).value).toMatchObject({ ok: true })

    expect(await faultOf(store.readStanding(query(ours.id)))).toBe('store_moved')
    await answering()
    expectDenied(await store.readStanding(query(ours.id)), 'task_unknown')
    // Closing the old connection must not have taken the new file's -wal with it.
    expectDenied(await store.readStanding(query(theirs.id)), 'task_revoked')
    expect((await child.order({ verb: 'read', query: query(theirs.id) })).value).toMatchObject({ ok: false, denial: { reason: 'task_revoked' } })
  })
})

describe('an older copy comes back', () => {
  it('by rename, while open: what was revoked since is revoked, what is older is cut off, new work goes on', async () => {
    const revoked = await created(store, newTask())
    const alive = await created(store, newTask())
    const copy = backUp()
    expectConfirmed(await store.revoke(revocation('task', revoked.id)))
    const since = await created(store, newTask())
    valueOf(await store.completeTask(alive.id, 'client:refund-agent', TEST_EPOCH_MS))
    renameSync(copy, file)

    expect(await faultOf(store.readStanding(query(revoked.id)))).toBe('store_moved')
    await answering()
    expectDenied(await store.readStanding(query(revoked.id)), 'task_revoked')
    expectDenied(await store.readStanding(query(alive.id)), 'task_completed')
    expectDenied(await store.readStanding(query(since.id)), 'task_unknown')
    const fresh = await created(store, newTask())
    valueOf(await store.readStanding(query(fresh.id, { newWork: true })))
  })

  it('between two runs: a task nobody ended since is cut off too, because an end may have been forgotten', async () => {
    const alive = await created(store, newTask())
    const copy = backUp()
    await ledger.advance(await store.health())
    await created(store, newTask())
    await ledger.advance(await store.health())
    await store.close()
    for (const part of parts()) rmSync(part, { force: true })
    renameSync(copy, file)
    store = await open()
    expectDenied(await store.readStanding(query(alive.id)), 'cut_off')
    expect((await store.listRevocations({ limit: 1 })).items[0]).toMatchObject({ scope: { kind: 'everything', id: '*' }, setBy: 'recovery', hold: false })
  })

  it('a token from before the loss is refused by its own `kep` even where the ledger is lost with the file', async () => {
    const task = await created(store, newTask())
    const copy = backUp()
    await created(store, newTask())
    const { revision: kep } = await store.health()
    await store.close()
    for (const part of parts()) rmSync(part, { force: true })
    renameSync(copy, file)
    ledger = memoryLedger()
    store = await open()
    expect(await faultOf(store.readStanding(query(task.id, { kep })))).toBe('revision_behind')
  })

  it('written over the open file in place, which keeps its inode', async () => {
    const task = await created(store, newTask())
    const alive = await created(store, newTask())
    const copy = backUp()
    expectConfirmed(await store.revoke(revocation('task', task.id)))
    await created(store, newTask())
    const before = statSync(file).ino
    copyFileSync(copy, file)
    expect(statSync(file).ino).toBe(before)
    expect(await faultOf(store.readStanding(query(task.id)))).toBe('store_moved')
    await answering()
    expectDenied(await store.readStanding(query(task.id)), 'task_revoked')
    expectDenied(await store.readStanding(query(alive.id)), 'cut_off')
    valueOf(await store.createTask(newTask(), NOW))
  })

  it('put beneath the -wal of a crash, the usual mistake: the -wal is set aside, not mixed with it, and everything older is cut off', async () => {
    const child = await startChild()
    await store.close()
    await child.order({ verb: 'open', file })
    const alive = newTask()
    await child.order({ verb: 'create', task: alive, now: NOW })
    const copy = backUp()
    const since = newTask()
    await child.order({ verb: 'create', task: since, now: NOW })
    await child.kill()
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(0)
    copyFileSync(copy, file)
    store = await open()
    expectDenied(await store.readStanding(query(alive.id)), 'cut_off')
    expectDenied(await store.readStanding(query(since.id)), 'task_unknown')
    expect(readdirSync(folder)).toContain('bailiwick.db-wal.set-aside-1')
  })

  it('touched or given other permissions only, the file is still the same file', async () => {
    const task = await created(store, newTask())
    utimesSync(file, new Date(), new Date(TEST_EPOCH_MS + 5000))
    chmodSync(file, 0o400)
    valueOf(await store.readStanding(query(task.id)))
    await store.close()
    store = await open()
    valueOf(await store.readStanding(query(task.id)))
  })

  it('checkpoints, its own and those of another process, are no change of the file', async () => {
    const child = await startChild()
    await child.order({ verb: 'open', file })
    const task = await created(store, newTask())
    const changes = new Set<number>()
    const long = 'x'.repeat(200_000)
    for (let at = 0; at < 60; at += 1) {
      await created(store, newTask({ purpose: long }))
      expect((await child.order({ verb: 'create', task: newTask({ purpose: long }), now: NOW })).value).toMatchObject({ ok: true })
      valueOf(await store.readStanding(query(task.id)))
      changes.add(statSync(file).mtimeMs)
    }
    // More than one checkpoint, far fewer than writes.
    expect(changes.size).toBeGreaterThan(2)
    expect(changes.size).toBeLessThan(40)
    expect((await store.health()).revision.epoch).toBe(1)
    expect(statSync(`${file}-wal`).size).toBeLessThan(16 * 1024 * 1024)
  })

  it('recovers again and again, each time in a higher epoch, and an ordinary restart is no recovery', async () => {
    const copy = backUp()
    for (let round = 1; round <= 3; round += 1) {
      await created(store, newTask())
      await ledger.advance(await store.health())
      await store.close()
      for (const part of parts()) rmSync(part, { force: true })
      copyFileSync(copy, file)
      store = await open()
      expect((await store.health()).revision.epoch).toBe(1 + round)
    }
    const before = await store.health()
    await store.close()
    store = await open()
    expect(await store.health()).toEqual(before)
  })
})

describe('acts that were recorded but never committed', () => {
  it('are done at the next open, without a recovery, and end tasks made since their intent', async () => {
    const { storeId, revision } = await store.health()
    const act = revocation('user', 'corp:alice', { hold: true })
    const { atMs, ...rest } = act
    await ledger.record(
      { storeId, revision },
      { act: 'revoke', revocation: { ...rest, setAtMs: atMs, revision: { epoch: revision.epoch, revision: revision.revision + 1 } } },
    )
    const task = await created(store, newTask())
    const other = await created(store, newTask({ subject: { ...newTask().subject, sub: 'corp:bob' }, createdBy: 'corp:bob' }))
    await ledger.record({ storeId, revision }, { act: 'complete', taskId: other.id, by: 'x', atMs, untilSeconds: other.expiresAt })
    await ledger.record({ storeId, revision }, { act: 'revoke_token', jti: 'jti-1', untilSeconds: NOW + 60 })
    await store.close()
    store = await open()
    expect((await store.health()).revision.epoch).toBe(revision.epoch)
    expectDenied(await store.readStanding(query(task.id)), 'cut_off')
    expectDenied(await store.readStanding(query(other.id)), 'task_completed')
    expectDenied(await store.readStanding(query(task.id, { jti: 'jti-1' })), 'task_revoked')
    const after = await store.health()
    await store.close()
    store = await open()
    expect(await store.health()).toEqual(after)
    expectConfirmed(await store.revoke(act))
  })

  it('do not end new work when an epoch began since: an act put back keeps its place and its date', async () => {
    expectConfirmed(await store.revoke(revocation('user', 'corp:alice')))
    clock.advance(3_600_000)
    for (const part of parts()) unlinkSync(part)
    expect(await faultOf(store.health())).toBe('store_moved')
    await answering()
    expectDenied(await store.createTask(newTask({ authenticatedAt: NOW }), NOW), 'cut_off', 'sign_in')
    const fresh = await created(store, newTask({ authenticatedAt: NOW + 1 }))
    await store.close()
    store = await open()
    valueOf(await store.readStanding(query(fresh.id)))
  })

  it('a hold that was lifted stays lifted after a loss, and one that was not stays', async () => {
    const lifted = revocation('client', 'refund-agent', { hold: true })
    const kept = revocation('resource', 'crm', { hold: true })
    expectConfirmed(await store.revoke(lifted))
    expectConfirmed(await store.revoke(kept))
    expectConfirmed(await store.liftHold(lifted.id, 'operator:otto', TEST_EPOCH_MS))
    for (const part of parts()) unlinkSync(part)
    expect(await faultOf(store.health())).toBe('store_moved')
    await answering()
    valueOf(await store.createTask(newTask(), NOW))
    expect(await store.findRevocation(kept.id)).not.toHaveProperty('liftedBy')
  })
})

describe('two nodes` ledgers on one file', () => {
  it('an act put back by the second after the first recovered neither ends new work nor weakens the recovery', async () => {
    const otherLedger = memoryLedger()
    const other = async (): Promise<TaskStore> => {
      const one = await openSqliteTaskStore({ file, ledger: otherLedger, clock: testClock() })
      opened.push(one)
      return one
    }
    const alive = await created(store, newTask())
    const copy = backUp()
    const second = await other()
    const act = revocation('user', 'corp:bob', { atMs: TEST_EPOCH_MS - 3_600_000, hold: true })
    expectConfirmed(await second.revoke(act))
    await ledger.advance(await store.health())
    await second.close()
    await store.close()
    for (const part of parts()) rmSync(part, { force: true })
    renameSync(copy, file)

    store = await open()
    const bob = { subject: { ...newTask().subject, sub: 'corp:bob' }, createdBy: 'corp:bob' }
    const fresh = await created(store, newTask(bob))
    expect(await store.findRevocation(act.id)).toBeUndefined()
    await other()
    expect(await store.findRevocation(act.id)).toBeDefined()
    valueOf(await store.readStanding(query(fresh.id)))
    expectDenied(await store.readStanding(query(fresh.id, { newWork: true })), 'held')
    expectDenied(await store.readStanding(query(alive.id)), 'cut_off')
  })

  it('a crash while opening, between the first write and the first checkpoint, is an ordinary restart', async () => {
    const task = await created(store, newTask())
    const { revision } = await store.health()
    await store.close()
    const { atMs, ...rest } = revocation('user', 'corp:bob')
    // Replays one act, then waits for its ledger for ever.
    const stuck = memoryLedger()
    await stuck.record({ storeId: 'store_other', revision: { epoch: 0, revision: 0 } }, { act: 'revoke', revocation: { ...rest, setAtMs: atMs, revision } })
    stuck.mark = async () => undefined
    stuck.advance = () => new Promise(() => undefined)
    void openSqliteTaskStore({ file, ledger: stuck, clock: testClock() })
    await pause(50)
    const crashed = join(folder, 'crashed.db')
    for (const suffix of ['', '-wal']) copyFileSync(file + suffix, crashed + suffix)
    file = crashed
    store = await open()
    expect((await store.health()).revision.epoch).toBe(revision.epoch)
    valueOf(await store.readStanding(query(task.id)))
  })
})

describe('the ledger does not take the act', () => {
  it('a revocation is done but not confirmed, and confirmed by the same call once the ledger works', async () => {
    const task = await created(store, newTask())
    const act = revocation('task', task.id)
    ledger.failWith = new Error('disk full')
    expect(valueOf(await store.revoke(act))).toMatchObject({ status: 'unconfirmed' })
    expectDenied(await store.readStanding(query(task.id)), 'task_revoked')
    expect(valueOf(await store.revoke(act))).toMatchObject({ status: 'unconfirmed' })
    ledger.failWith = undefined
    expect(valueOf(await store.revoke(act))).toMatchObject({ status: 'confirmed', endedTasks: 1 })
    expect(ledger.recorded).toHaveLength(1)
    expectConfirmed(await store.revoke(act))
    expect(ledger.recorded).toHaveLength(1)
  })

  it('nor does it confirm a completion, a token`s end or a lift', async () => {
    const task = await created(store, newTask())
    const hold = revocation('client', 'refund-agent', { hold: true })
    expectConfirmed(await store.revoke(hold))
    ledger.failWith = new Error('disk full')
    expect(valueOf(await store.completeTask(task.id, 'x', TEST_EPOCH_MS))).toMatchObject({ status: 'unconfirmed' })
    expect(await store.revokeToken('jti', NOW + 60, NOW)).toMatchObject({ status: 'unconfirmed' })
    expect(valueOf(await store.liftHold(hold.id, 'operator:otto', TEST_EPOCH_MS))).toMatchObject({ status: 'unconfirmed' })
    ledger.failWith = undefined
    for (let round = 0; round < 2; round += 1) {
      expectConfirmed(await store.completeTask(task.id, 'x', TEST_EPOCH_MS))
      expect(await store.revokeToken('jti', NOW + 60, NOW)).toMatchObject({ status: 'confirmed' })
    }
    expect(ledger.recorded.filter((act) => act.act === 'complete')).toHaveLength(1)
    expect(ledger.recorded.filter((act) => act.act === 'revoke_token')).toHaveLength(1)
  })

  it('a ledger that never answers delays a revocation by half a second, not for ever', async () => {
    const task = await created(store, newTask())
    const deaf = await openSqliteTaskStore({ file, ledger: { ...ledger, record: () => new Promise(() => undefined) }, clock: testClock() })
    opened.push(deaf)
    expect(valueOf(await deaf.revoke(revocation('task', task.id)))).toMatchObject({ status: 'unconfirmed' })
    expectDenied(await store.readStanding(query(task.id)), 'task_revoked')
  })
})

describe('the file is not a store', () => {
  it.each([
    ['random bytes', () => writeFileSync(file, Buffer.alloc(16_384, 0x5a)), 'store_corrupt'],
    ['another application`s database', () => sqliteFileWith('CREATE TABLE t (a); INSERT INTO t VALUES (1)'), 'store_foreign'],
    ['a store of a newer version', () => sqliteFileWith('PRAGMA application_id = 1115124851; PRAGMA user_version = 99; CREATE TABLE t (a)'), 'store_foreign'],
  ])('%s: it is refused, at the start and under an open store, and left as it is', async (_, put, code) => {
    const task = await created(store, newTask())
    for (const part of parts()) unlinkSync(part)
    put()
    const { ino, size } = statSync(file)
    expect(await faultOf(store.readStanding(query(task.id)))).toBe('store_moved')
    await pause(50)
    expect(await faultOf(store.readStanding(query(task.id)))).toBe(code)
    expect(await faultOf(open())).toBe(code)
    expect(statSync(file)).toMatchObject({ ino, size })
  })

  it('overwritten by garbage in place, while open and busy: denied, and refused by the next start', async () => {
    const task = await created(store, newTask())
    writeFileSync(file, Buffer.alloc(statSync(file).size, 0x5a))
    expect(await faultOf(store.readStanding(query(task.id)))).toBe('store_moved')
    await pause(100)
    expect(await faultOf(store.readStanding(query(task.id)))).toBe('store_corrupt')
    expect(await faultOf(open())).toBe('store_corrupt')
  })

  it('cut short in place, while open: denied', async () => {
    const task = await created(store, newTask())
    truncateSync(file, 100)
    expect(await faultOf(store.readStanding(query(task.id)))).toBe('store_moved')
  })

  it.each([
    ['facts that are no JSON', "UPDATE task SET facts = 'nonsense'"],
    ['facts of another task', `UPDATE task SET facts = replace(facts, id, '${newTaskId(TEST_EPOCH_MS)}')`],
    ['a resource list that is empty', "UPDATE task SET facts = json_set(facts, '$.resources', json('[]'))"],
    ['a subject of an unknown kind', "UPDATE task SET facts = json_set(facts, '$.subject.kind', 'root')"],
    ['an end later than the facts say', 'UPDATE task SET expires_at = expires_at + 1'],
    ['a path that is no JSON', "UPDATE task SET path = 'x'"],
    ['a path that is empty and is not', "UPDATE task SET path = '{}'"],
    ['a path without the parent', "UPDATE task SET path = '[]' WHERE parent_id IS NOT NULL"],
    ['an integer beyond what a number holds', 'UPDATE task SET version = 9007199254740993'],
    ['no head', 'DELETE FROM meta'],
    ['a head that went back', 'UPDATE meta SET revision = revision - 1'],
    ['the head of another store', "UPDATE meta SET store_id = 'store_other'"],
  ])('a row another program changed is a fault, not a task with a hole: %s', async (_, sql) => {
    const root = await created(store, newTask())
    const child = await created(store, childOf(root))
    const db = new DatabaseSync(file)
    db.exec(sql)
    db.close()
    expect(await faultOf(store.readStanding(query(child.id)))).toMatch(/^store_/)
  })

  it('an ancestor that is missing makes the task unknown', async () => {
    const root = await created(store, newTask())
    const child = await created(store, childOf(root))
    const grandchild = await created(store, childOf(child))
    const db = new DatabaseSync(file)
    db.prepare('DELETE FROM task WHERE id = ?').run(child.id)
    db.close()
    expectDenied(await store.readStanding(query(grandchild.id)), 'task_unknown', 'ancestor_missing')
  })
})

describe('several processes on one file', () => {
  it('a revocation acknowledged in one denies the next read in the other', async () => {
    const child = await startChild()
    expect((await child.order({ verb: 'open', file })).fault).toBeUndefined()
    for (let round = 0; round < 20; round += 1) {
      const task = await created(store, newTask())
      valueOf(await store.readStanding(query(task.id)))
      expect((await child.order({ verb: 'revoke', input: revocation('task', task.id) })).value).toMatchObject({ ok: true, value: { endedTasks: 1 } })
      expectDenied(await store.readStanding(query(task.id)), 'task_revoked')
    }
  })

  it('both write at once: every act is done, at revisions of its own', async () => {
    const child = await startChild()
    await child.order({ verb: 'open', file })
    const before = await store.health()
    const theirs = (async () => {
      for (let at = 0; at < 30; at += 1) expect((await child.order({ verb: 'revoke', input: revocation('user', `corp:t${at}`) })).fault).toBeUndefined()
    })()
    for (let at = 0; at < 30; at += 1) expectConfirmed(await store.revoke(revocation('user', `corp:o${at}`)))
    await theirs
    expect((await store.health()).revision.revision).toBe(before.revision.revision + 60)
    const revisions = (await store.listRevocations({ limit: 100 })).items.map((item) => item.revision.revision)
    expect(new Set(revisions).size).toBe(60)
  })

  it('a writer that is stuck makes writes busy, in bounded time, and leaves reads alone', async () => {
    const task = await created(store, newTask())
    const stuck = new DatabaseSync(file)
    stuck.exec('BEGIN IMMEDIATE')
    try {
      const write = store.consumeOnce('k', NOW + 60, NOW)
      valueOf(await store.readStanding(query(task.id)))
      expect(await faultOf(write)).toBe('store_busy')
      valueOf(await store.readStanding(query(task.id)))
    } finally {
      stuck.exec('ROLLBACK')
      stuck.close()
    }
    expect(await store.consumeOnce('k', NOW + 60, NOW)).toBe(true)
  })

  it('a writer that is done in time is waited for, without stopping the event loop', async () => {
    const busy = new DatabaseSync(file)
    busy.exec('BEGIN IMMEDIATE')
    const write = store.consumeOnce('k', NOW + 60, NOW)
    await pause(60)
    busy.exec('ROLLBACK')
    busy.close()
    expect(await write).toBe(true)
  })

  it('a writer that is done in time is waited for by a start too', async () => {
    const busy = new DatabaseSync(file)
    busy.exec('BEGIN IMMEDIATE')
    const started = openSqliteTaskStore({ file, ledger: memoryLedger(), clock: testClock() })
    await pause(60)
    busy.exec('ROLLBACK')
    busy.close()
    const another = await started
    expect((await another.health()).storeId).toBe((await store.health()).storeId)
    await another.close()
  })

  it('what a process acknowledged is there after it was killed in the next moment', async () => {
    for (let round = 0; round < 3; round += 1) {
      const task = await created(store, newTask())
      const child = await startChild()
      await child.order({ verb: 'open', file })
      await store.close()
      expect((await child.order({ verb: 'revoke', input: revocation('task', task.id) })).value).toMatchObject({ ok: true })
      await child.kill()
      store = await open()
      expectDenied(await store.readStanding(query(task.id)), 'task_revoked')
    }
  })
})

describe('the disk and the folder', () => {
  it('keeps the folder and all three files to its owner', async () => {
    await created(store, newTask())
    for (const part of parts()) expect(statSync(part).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  it('answers store_full when the disk is full, acknowledges nothing, and goes on when there is room', ({ skip }) => {
    const script = new URL('./full-disk.ts', import.meta.url).pathname
    const mount = join(folder, 'small')
    const inNamespace = `mkdir -p ${mount} && mount -t tmpfs -o size=512k,mode=0700 tmpfs ${mount} && exec "${process.execPath}" ${script} ${mount}`
    try {
      execFileSync('unshare', ['-rm', 'sh', '-c', `mkdir -p ${mount} && mount -t tmpfs -o size=512k tmpfs ${mount}`], { stdio: 'ignore' })
    } catch {
      skip('no user namespaces here: a full disk was not tested')
    }
    const said = execFileSync('unshare', ['-rm', 'sh', '-c', inNamespace], { encoding: 'utf8' })
    expect(JSON.parse(said)).toEqual({ firstFault: 'store_full', acknowledgedStillThere: true, readsGoOn: true, writesAgain: true })
  })
})

function sqliteFileWith(sql: string): void {
  const db = new DatabaseSync(file)
  db.exec(sql)
  db.close()
}
