// Holds the store to one pair of files. `meta.base_*`, which lives in the -wal, says at which revision the database file beneath it was left by the
// last checkpoint; the database file says at which revision it is. When the two differ, a copy was put under (or over) a -wal it does not
// belong to: the pages are a mixture, and the head, which is in the -wal, would not show it. Checkpoints are ours alone for that reason.
import { randomUUID } from 'node:crypto'
import { existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { openDatabase, readBeneathWal, SqliteError } from '@bailiwick/sqlite'
import type { FileSigns, SqliteDatabase, SqliteRow } from '@bailiwick/sqlite'
import { integerOf, textOf } from './column.ts'
import { writeStore } from './open-store.ts'
import type { OpenStore } from './open-store.ts'

/** Some fifteen creations or five hundred revocations. Larger means fewer, longer pauses of the event loop: 3 ms each with this, 9 ms with four times as much. */
export const CHECKPOINT_WAL_BYTES = 1024 * 1024
/** Another process may finish a checkpoint between our two looks; it cannot do so this often in a row. */
const LOOKS = 5

const BASE = 'SELECT store_id, checkpointing, base_epoch, base_revision FROM meta'
const IS_NOTED = "SELECT 1 AS noted FROM meta WHERE checkpointing = '' AND base_epoch = epoch AND base_revision = revision"
const HEAD = 'SELECT store_id, epoch, revision FROM meta'

type Beneath = 'same' | 'checkpoint_running' | 'different'

/** First thing at every open: the close before may have checkpointed without a note, so nothing is compared until the next checkpoint's. */
export function beginBase(db: SqliteDatabase): void {
  db.immediate(() => db.prepare("UPDATE meta SET checkpointing = 'opening'").run())
}

/**
 * Copies the -wal into the database file and notes what is there now. Copy and note happen under one write lock, so that of several processes
 * only one does either, and only the one whose token is the last. A crash in between leaves the token: then nothing is compared.
 */
export function checkpointStore(store: OpenStore): void {
  const token = randomUUID()
  writeStore(store, () => store.db.prepare('UPDATE meta SET checkpointing = ?').run(token))
  // A second connection, because a connection cannot checkpoint inside its own transaction. It is never the last one to close.
  const lock = openDatabase({ file: store.db.file, timeoutMs: 10, integrity: 'none', checkpoint: 'manual' })
  try {
    lock.immediate(() => {
      if (lock.prepare('SELECT 1 AS mine FROM meta WHERE checkpointing = ?').get(token) === undefined) return
      store.db.checkpoint()
      const main = readBeneathWal(store.db.file, HEAD)
      if (main === undefined) throw new SqliteError('corrupt', 'the store has no head')
      lock.prepare("UPDATE meta SET checkpointing = '', base_epoch = ?, base_revision = ?").run(integerOf(main, 'epoch'), integerOf(main, 'revision'))
    })
    // The note itself is now the only thing in the -wal that the database file lacks. Copied too, it changes no revision, and the next write can
    // begin the -wal anew; left there, the -wal would only ever grow. Not when another process wrote in between: then the next time.
    lock.immediate(() => {
      if (lock.prepare(IS_NOTED).get() !== undefined) store.db.checkpoint()
    })
  } finally {
    lock.close()
  }
}

/** After every read: one comparison, unless the database file was written since. Throws `moved` when something other than a checkpoint did. */
export function assertBase(store: OpenStore, signs: FileSigns): void {
  if (signs.mainChangedMs === store.signs.mainChangedMs && signs.mainBytes === store.signs.mainBytes) return
  const found = compareBase(store.db.file, () => store.db.prepare(BASE).get())
  if (found === 'different') throw new SqliteError('moved', 'the database file was written over')
  if (found === 'same') store.signs = signs
}

function compareBase(file: string, visible: () => SqliteRow | undefined): Beneath {
  for (let look = 1; ; look += 1) {
    const noted = visible()
    if (noted === undefined) return 'different'
    if (textOf(noted, 'checkpointing') !== '') return 'checkpoint_running'
    if (isNoted(file, noted)) return 'same'
    if (look === LOOKS) return 'different'
  }
}

function isNoted(file: string, noted: SqliteRow): boolean {
  try {
    const main = readBeneathWal(file, HEAD)
    return main?.['store_id'] === noted['store_id'] && main?.['epoch'] === noted['base_epoch'] && main?.['revision'] === noted['base_revision']
  } catch {
    return false
  }
}

/**
 * Before opening: true when a -wal lay over a file it does not belong to and was set aside, so that the file that was put there is opened as
 * it is. What the -wal held is in the ledger; the caller recovers.
 */
export function setStrangeWalAside(file: string): boolean {
  const wal = `${file}-wal`
  if (sizeOf(file) === 0 || sizeOf(wal) === 0 || !isStrange(file)) return false
  let number = 1
  while (existsSync(`${wal}.set-aside-${number}`)) number += 1
  renameSync(wal, `${wal}.set-aside-${number}`)
  rmSync(`${file}-shm`, { force: true })
  return true
}

function isStrange(file: string): boolean {
  let db: SqliteDatabase | undefined
  try {
    const looking = openDatabase({ file, timeoutMs: 10, readOnly: true, integrity: 'none' })
    db = looking
    return compareBase(file, () => looking.prepare(BASE).get()) === 'different'
  } catch {
    // Not readable as a store at all: opening it for good will say why.
    return false
  } finally {
    db?.close()
  }
}

/** Closes for good. Over a file that is not what we left, closing must not checkpoint: that would write the mixture down. */
export function closeStore(store: OpenStore): void {
  try {
    const intact = compareBase(store.db.file, () => store.db.prepare(BASE).get()) !== 'different'
    if (intact) {
      store.db.close()
      return
    }
  } catch {
    // Not even readable.
  }
  store.db.abandon()
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
