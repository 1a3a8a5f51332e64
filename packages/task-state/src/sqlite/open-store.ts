// One opened file: the connection, whose it is, and the furthest this process has seen it. Every transaction begins and ends here.
import { compareRevisions, isOlder } from '@bailiwick/core'
import type { Clock, Revision } from '@bailiwick/core'
import { SqliteError } from '@bailiwick/sqlite'
import type { FileSigns, SqliteDatabase } from '@bailiwick/sqlite'
import { integerOf, textOf } from './column.ts'

export interface OpenStore {
  readonly db: SqliteDatabase
  readonly clock: Clock
  readonly storeId: string
  /** The furthest committed revision read or written through this connection. */
  seen: Revision
  /** True inside a transaction, where a read may show revisions that are rolled back after all. */
  writing: boolean
  /** The files as they looked when the database file was last found to be what lies beneath the -wal. */
  signs: FileSigns
}

export interface StoreHead {
  readonly storeId: string
  readonly revision: Revision
}

export function readHead(db: SqliteDatabase): StoreHead {
  const row = db.prepare('SELECT store_id, epoch, revision FROM meta').get()
  if (row === undefined) throw new SqliteError('corrupt', 'the store has no head')
  return { storeId: textOf(row, 'store_id'), revision: { epoch: integerOf(row, 'epoch'), revision: integerOf(row, 'revision') } }
}

/**
 * Throws `moved` unless this is still the store that was opened and it has not gone back. A copy written over the file in place keeps its
 * inode; its head gives it away.
 */
export function assertSameStore(store: OpenStore, storeId: string, revision: Revision): void {
  if (storeId !== store.storeId || isOlder(revision, store.seen)) throw new SqliteError('moved', 'the store is another one, or an older copy of itself')
  if (!store.writing && compareRevisions(revision, store.seen) > 0) store.seen = revision
}

/** Inside a transaction: counts one state-changing act and returns the revision it is recorded at. */
export function nextRevision(db: SqliteDatabase): Revision {
  const row = db.prepare('UPDATE meta SET revision = revision + 1 RETURNING epoch, revision').get()
  if (row === undefined) throw new SqliteError('corrupt', 'the store has no head')
  return { epoch: integerOf(row, 'epoch'), revision: integerOf(row, 'revision') }
}

/**
 * Inside a transaction: moves the store's clock up to this process's. It never goes back, so that a process whose clock is behind cannot date an act before
 * what the store has seen. Not checked: that the clock is right; one that was ahead keeps the store ahead until time has come up with it.
 */
export function moveClock(db: SqliteDatabase, clock: Clock): void {
  const nowMs = Math.ceil(clock.nowMs())
  db.prepare('UPDATE meta SET clock_ms = ?1 WHERE clock_ms < ?1').run(nowMs)
}

/** The store's clock as it was moved last, in epoch milliseconds. */
export function readClock(db: SqliteDatabase): number {
  const row = db.prepare('SELECT clock_ms FROM meta').get()
  if (row === undefined) throw new SqliteError('corrupt', 'the store has no head')
  return integerOf(row, 'clock_ms')
}

/** One IMMEDIATE transaction on the store that was opened. When it returns, the work is on disk, in the file that has the name. */
export function writeStore<T>(store: OpenStore, work: () => T): T {
  store.writing = true
  try {
    const { result, after } = store.db.immediate(() => {
      const before = readHead(store.db)
      assertSameStore(store, before.storeId, before.revision)
      moveClock(store.db, store.clock)
      return { result: work(), after: readHead(store.db) }
    })
    store.writing = false
    assertSameStore(store, after.storeId, after.revision)
    return result
  } finally {
    store.writing = false
  }
}
