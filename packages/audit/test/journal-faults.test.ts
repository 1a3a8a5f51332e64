import { existsSync } from 'node:fs'
import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { openDatabase } from '@bailiwick/sqlite'
import { openJournal, verifyJournalFile } from '../src/index.ts'
import { openJournalWriter } from '../src/journal-writer.ts'
import type { WriteItem } from '../src/writer-messages.ts'
import { toRecordText } from '../src/to-record-text.ts'
import { allow, denial, journalFolder, openTestJournal } from './fixture.ts'
import type { OpenJournal } from './fixture.ts'

const open: { remove(): Promise<void> }[] = []
const journalWith: typeof openTestJournal = async (options) => {
  const at = await openTestJournal(options)
  open.push(at)
  return at
}
afterEach(async () => {
  for (const at of open.splice(0)) await at.remove()
})

const MOVED = { dependency: 'audit', code: 'journal_moved' }
const revocation = { act: 'complete', taskId: 'task_1', by: 'corp:alice', atMs: 1, untilSeconds: 4_000_000_000 } as const
const mark = { storeId: 'store-1', revision: { epoch: 1, revision: 9 } }

describe('a file that is lost under the running node', () => {
  const lose: Readonly<Record<string, (at: OpenJournal) => Promise<void>>> = {
    removed: async ({ file }) => {
      for (const part of [file, `${file}-wal`, `${file}-shm`]) await rm(part, { force: true })
    },
    renamed: async ({ file }) => {
      for (const part of ['', '-wal', '-shm']) await rename(file + part, `${file}.gone${part}`)
    },
    'replaced by an empty file': async ({ file }) => {
      for (const part of [`${file}-wal`, `${file}-shm`, file]) await rm(part, { force: true })
      await writeFile(file, '')
    },
    'removed with its folder': async ({ folder }) => {
      await rm(folder, { recursive: true })
    },
  }
  it.each(Object.keys(lose))('%s: nothing is recorded as if it were not, then the chain goes on in a segment that says so', async (how) => {
    const at = await journalWith()
    const { seq } = await at.journal.append(allow())
    await at.journal.ledger.record(mark, revocation)
    const [last] = await at.journal.find({ limit: 1 })
    await lose[how]?.(at)
    await expect(at.journal.append(allow())).rejects.toMatchObject(MOVED)
    expect(await at.journal.health()).toMatch(/^journal_moved/)
    await expect(at.journal.ledger.acts()).rejects.toMatchObject(MOVED)

    at.clock.advance(250)
    expect(await at.journal.append(allow())).toMatchObject({ seq: seq + 2 })
    expect(await at.journal.health()).toBeUndefined()
    expect((await at.journal.find({ limit: 5 })).map(({ seq: place, act }) => ({ place, act }))).toEqual([
      { place: 3, act: undefined },
      { place: 2, act: { event: 'segment_started', lost_seq: 1, lost_hash: last?.hash, found_seq: 0, found_hash: '' } },
    ])
    expect(await verifyJournalFile(at.file)).toMatchObject({ ok: true, records: 2, segments: 1 })
    // What only the lost file knew of the store is not forgotten.
    const { ledger } = await at.reopen()
    expect(await ledger.mark()).toEqual(mark)
    expect(await ledger.acts()).toEqual([revocation])
  })

  it('replaced by an older copy of itself: the segment begins behind what is lost', async () => {
    const at = await journalWith()
    await at.journal.append(allow())
    const again = await at.reopen()
    await copyFile(at.file, `${at.file}.backup`)
    await again.append(allow())
    await again.append(allow())
    for (const part of ['-wal', '-shm', '']) await rm(at.file + part, { force: true })
    await rename(`${at.file}.backup`, at.file)
    await expect(again.append(allow())).rejects.toMatchObject(MOVED)
    at.clock.advance(250)
    expect(await again.append(allow())).toMatchObject({ seq: 5 })
    expect(await verifyJournalFile(at.file)).toMatchObject({ ok: true, records: 3, segments: 2 })
  })

  it('cut by somebody who writes to it: the next record is a segment that says so', async () => {
    const at = await journalWith()
    await at.journal.append(allow())
    await at.journal.append(denial())
    const intruder = openDatabase({ file: at.file, timeoutMs: 100, integrity: 'none' })
    intruder.exec('DELETE FROM record WHERE seq = 2')
    intruder.close()
    expect(await at.journal.append(allow())).toMatchObject({ seq: 4 })
    expect(await verifyJournalFile(at.file)).toMatchObject({ ok: true, records: 3, segments: 2 })
  })

  it('is told to the listeners as a record of the store', async () => {
    const at = await journalWith()
    await at.journal.append(allow())
    const heard: (string | undefined)[] = []
    at.journal.onRecord(({ kind, detail }) => heard.push(`${kind} ${detail ?? ''}`))
    await lose['removed']?.(at)
    await expect(at.journal.append(allow())).rejects.toMatchObject(MOVED)
    at.clock.advance(250)
    expect(await at.journal.health()).toBeUndefined()
    await expect.poll(() => heard).toEqual(['store the journal file no longer ended where this node left it'])
  })

  it('is not opened again within the pause, even when the wall clock steps back', async () => {
    const at = await journalWith()
    await at.journal.append(allow())
    await lose['removed']?.(at)
    await expect(at.journal.append(allow())).rejects.toMatchObject(MOVED)
    await expect(at.journal.append(allow())).rejects.toMatchObject(MOVED)
    at.clock.stepWall(-3_600_000)
    await at.journal.append(allow())
  })
})

it('two handles on one file write one chain', async () => {
  const at = await journalWith()
  const other = await openJournal({ file: at.file, node: 'node-1', clock: at.clock, reservedBytes: 0 })
  at.opened.push(other)
  for (let n = 0; n < 5; n += 1) {
    await at.journal.append(allow())
    await other.append(allow())
  }
  expect(await verifyJournalFile(at.file)).toMatchObject({ ok: true, records: 10, segments: 1 })
})

describe('space', () => {
  const item = (entry: Parameters<typeof toRecordText>[0]): WriteItem => ({
    type: 'record',
    text: toRecordText(entry, 'node-1', 0).text,
    essential: entry.supersedes !== undefined || entry.kind === 'revocation',
  })

  it('below the reserve refuses allows and denies, and still takes what ends authority', async () => {
    const folder = await journalFolder()
    open.push(folder)
    let free = 1000
    const writer = openJournalWriter({ file: folder.file, node: 'node-1', reservedBytes: 1000 }, () => free)
    const entry = allow()
    const { id, text } = toRecordText(entry, 'node-1', 0)
    expect(writer.write([{ type: 'record', text, essential: false }], 0)).toMatchObject({ free: 'short', results: [{ outcome: 'written' }] })
    free = 999
    const batch = writer.write(
      [
        item(allow()),
        item(denial()),
        item(denial({ decision_id: entry.decision_id, supersedes: id })),
        item(allow({ kind: 'revocation' })),
        { type: 'act', mark: { storeId: 's', epoch: 1, revision: 1 }, act: '{}' },
      ],
      0,
    )
    expect(batch.free).toBe('below_reserve')
    expect(batch.results.map((result) => (result.outcome === 'fault' ? result.code : result.outcome))).toEqual([
      'journal_full',
      'journal_full',
      'written',
      'written',
      'noted',
    ])
    free = 2000
    expect(writer.write([item(allow())], 0)).toMatchObject({ free: 'enough', results: [{ outcome: 'written', seq: 4 }] })
    writer.close()
  })

  it('of the real disk below the reserve is journal_full, and health says so', async () => {
    const at = await journalWith({ reservedBytes: Number.MAX_SAFE_INTEGER, refusalIntervalMs: 10 })
    await expect(at.journal.append(allow())).rejects.toMatchObject({ dependency: 'audit', code: 'journal_full' })
    expect(await at.journal.health()).toMatch(/^journal_full/)
    at.journal.countRefusal(denial({ reason: 'gateway_unauthenticated' }))
    await at.journal.append(allow({ kind: 'revocation' }))
    expect(await at.journal.find({ kind: 'refusals', limit: 1 })).toEqual([])
  })
})

describe('the writer thread', () => {
  it('that dies fails what it was asked, and another one goes on with the chain', async () => {
    const workers: Worker[] = []
    const at = await journalWith({
      spawnWriter: (options) => {
        const worker = new Worker(new URL('../src/writer-thread.ts', import.meta.url), { workerData: options, env: {}, execArgv: [] })
        workers.push(worker)
        return worker
      },
    })
    await at.journal.append(allow())
    const appended = Array.from({ length: 50 }, () => at.journal.append(allow()))
    await workers[0]?.terminate()
    for (const result of await Promise.allSettled(appended)) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ dependency: 'audit', code: 'journal_unwritable' })
    }
    await expect
      .poll(() =>
        at.journal.append(allow()).then(
          () => 'written',
          () => 'fault',
        ),
      )
      .toBe('written')
    expect(workers.length).toBe(2)
    expect(await verifyJournalFile(at.file)).toMatchObject({ ok: true, segments: 1 })
  })

  it('that does not answer fails what waits in bounded time, later appends at once, and is used again when it answers', async () => {
    // Answers the first question late: what a disk does that hangs and comes back.
    const slow = `
      const { parentPort } = require('node:worker_threads')
      let seq = 0
      const write = (m) => ({ type: 'write', free: 'enough', results: m.request.items.map(() => ({ outcome: 'written', seq: (seq += 1), prevHash: '', hash: 'h' })) })
      parentPort.on('message', (m) => {
        if (m.close) return parentPort.close()
        setTimeout(() => parentPort.postMessage({ type: 'reply', n: m.n, reply: write(m) }), m.n === 1 ? 150 : 0)
      })
      parentPort.postMessage({ type: 'ready' })`
    const at = await journalWith({ writeTimeoutMs: 50, spawnWriter: () => new Worker(slow, { eval: true, env: {}, execArgv: [] }) })
    await expect(at.journal.append(allow())).rejects.toMatchObject({ code: 'journal_unwritable' })
    await expect(at.journal.append(allow())).rejects.toMatchObject({ code: 'journal_unwritable', message: 'audit journal: the journal thread does not answer' })
    await expect
      .poll(() =>
        at.journal.append(allow()).then(
          () => 'written',
          () => 'fault',
        ),
      )
      .toBe('written')
  })
})

describe('opening', () => {
  it.each([
    ['a file of something else', (file: string) => writeFile(file, 'this is no database, and long enough to be looked at as one'.repeat(100))],
    ['a folder', (file: string) => mkdir(file)],
    [
      "another application's database",
      async (file: string) => {
        const db = openDatabase({ file, timeoutMs: 100, applicationId: 7, migrations: ['CREATE TABLE t (a) STRICT'.replace('(a)', '(a INTEGER)')] })
        db.close()
      },
    ],
  ])('%s is a fault', async (_, make) => {
    const folder = await journalFolder()
    open.push(folder)
    await make(folder.file)
    await expect(openJournal({ file: folder.file, node: 'node-1', clock: { nowMs: () => 0, monotonicMs: () => 0 } })).rejects.toMatchObject({
      name: 'Fault',
      dependency: 'audit',
    })
    expect(existsSync(folder.file)).toBe(true)
  })
})
