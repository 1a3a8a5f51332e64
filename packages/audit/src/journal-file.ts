// The writer's connection to audit.db and its way back after a loss: the file is opened anew, not more often than every 250 ms, while the
// connection that lost its name stays readable until what only it remembers was copied. Holds no chain and no record.
import { statSync } from 'node:fs'
import { openDatabase, SqliteError } from '@bailiwick/sqlite'
import type { SqliteDatabase } from '@bailiwick/sqlite'
import { codeOfProblem, problemOf } from './journal-fault.ts'
import type { JournalFaultCode } from './journal-fault.ts'
import { JOURNAL_APPLICATION_ID, JOURNAL_MIGRATIONS } from './schema.ts'

export interface Unusable {
  readonly code: JournalFaultCode
  readonly problem: string
}

export type Usable = { readonly ok: true; readonly db: SqliteDatabase } | ({ readonly ok: false } & Unusable)

export interface JournalFile {
  /** The connection, compared with the file on disk just now. */
  usable(atMs: number): Usable
  /** Takes note of what a statement or commit threw, and lets go of the connection unless the cause passes by itself. */
  failed(thrown: unknown, atMs: number): Unusable
  /** What the connection that lost its file still answers; undefined where there is none, or it answers nothing. */
  recall<T>(read: (lost: SqliteDatabase) => T): T | undefined
  /** The loss is dealt with: nothing more will be recalled. */
  forget(): void
  close(): void
}

/** Waits for another process (an offline command, a backup) that holds the file; the event loop does not wait with us. */
const BUSY_MS = 2000
const REOPEN_MS = 250
/** A larger file is not read whole before the first decision: `verifyJournalFile` does that. */
const QUICK_CHECK_BYTES = 256 * 1024 * 1024
/**
 * Pages of the -wal, 32 MB, before it is copied into the database file. A record touches a page of each index, mostly those that the one before touched; SQLite's own thousand made every
 * hundredth or so append wait for a copy and its sync, several times a second under load.
 */
const CHECKPOINT_PAGES = 8_000

/** Throws SqliteError when the file cannot be opened now. */
export function openJournalFile(file: string): JournalFile {
  let db: SqliteDatabase | undefined = open(file)
  let lost: SqliteDatabase | undefined
  let broken: (Unusable & { readonly sinceMs: number }) | undefined

  const failed = (thrown: unknown, atMs: number): Unusable => {
    const unusable = { code: codeOfProblem(thrown), problem: problemOf(thrown) }
    const passes = thrown instanceof SqliteError && (thrown.problem === 'busy' || thrown.problem === 'full')
    if (passes && db !== undefined) return unusable
    broken = { ...unusable, sinceMs: atMs }
    if (db !== undefined) {
      // The older loss is the one that holds more.
      if (lost === undefined) lost = db
      else closeQuietly(db)
      db = undefined
    }
    return unusable
  }

  return {
    usable(atMs) {
      try {
        if (db === undefined) {
          const waitedMs = broken === undefined ? REOPEN_MS : atMs - broken.sinceMs
          // A wall clock that was stepped back must not keep us closed.
          if (broken !== undefined && waitedMs >= 0 && waitedMs < REOPEN_MS) return { ok: false, code: broken.code, problem: broken.problem }
          db = open(file)
          broken = undefined
        }
        db.assertInPlace()
        return { ok: true, db }
      } catch (error) {
        return { ok: false, ...failed(error, atMs) }
      }
    },
    failed,
    recall(read) {
      if (lost === undefined) return undefined
      try {
        return read(lost)
      } catch {
        // Overwritten or unreadable: what it remembered is gone, and the new segment says that the chain was lost.
        return undefined
      }
    },
    forget() {
      closeQuietly(lost)
      lost = undefined
    },
    close() {
      closeQuietly(lost)
      closeQuietly(db)
      lost = undefined
      db = undefined
    },
  }
}

function open(file: string): SqliteDatabase {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  const db = openDatabase({
    file,
    timeoutMs: BUSY_MS,
    migrations: JOURNAL_MIGRATIONS,
    applicationId: JOURNAL_APPLICATION_ID,
    integrity: size <= QUICK_CHECK_BYTES ? 'quick' : 'none',
  })
  db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
  return db
}

function closeQuietly(db: SqliteDatabase | undefined): void {
  try {
    db?.close()
  } catch {
    // Nothing was pending on it: every batch commits or rolls back before it answers.
  }
}
