// Opens one SQLite file the only way we use SQLite: WAL, every commit fsynced, private to us, checked, and compared with the file on disk
// for as long as it is open. Synchronous: a wait for a lock blocks the event loop for up to `timeoutMs`.
import { closeUntouched } from './beneath-wal.ts'
import { assertSameFiles, identify } from './file-identity.ts'
import type { FileSigns } from './file-identity.ts'
import { newNodeDatabase } from './node-sqlite.ts'
import type { NodeDatabase, NodeStatement } from './node-sqlite.ts'
import { migrate } from './migrate.ts'
import { preparePrivateFile } from './private-file.ts'
import { SqliteError, sqliteErrorOf } from './sqlite-error.ts'

export type SqliteValue = string | number | null | Uint8Array
/** Column name to value. An integer column never arrives as bigint: one beyond 2^53 is the problem `corrupt`. */
export type SqliteRow = Readonly<Record<string, unknown>>

export interface SqliteStatement {
  get(...parameters: readonly SqliteValue[]): SqliteRow | undefined
  /** As `get`, the columns in their order: for what is read so often that naming them, a microsecond, shows. */
  values(...parameters: readonly SqliteValue[]): readonly unknown[] | undefined
  all(...parameters: readonly SqliteValue[]): readonly SqliteRow[]
  /** Rows changed. */
  run(...parameters: readonly SqliteValue[]): number
}

/**
 * There is no `iterate` on purpose: while an iterator is open the connection keeps its old snapshot, and a read would not see what another
 * process has committed. Everything throws {@link SqliteError}.
 */
export interface SqliteDatabase {
  readonly file: string
  /** Prepared once per text, then reused. */
  prepare(sql: string): SqliteStatement
  /** One or more statements without parameters. */
  exec(sql: string): void
  /**
   * BEGIN IMMEDIATE, `work`, COMMIT, then {@link assertInPlace}: when it returns, the commit is on disk and in the file that has the name.
   * Rolls back and rethrows when `work` throws. `work` is synchronous: never await inside a transaction.
   */
  immediate<T>(work: () => T): T
  /** Throws `moved` when the file on disk is no longer the one opened. Once moved, every later call says so too. */
  assertInPlace(): FileSigns
  /** Copies what the -wal holds into the database file, as far as no reader needs it. Outside a transaction. */
  checkpoint(): void
  /** Idempotent. The last connection to close copies the -wal into the database file and removes it. */
  close(): void
  /** Closes without writing a byte into the database file: for a file that something else has written to. Best effort, never throws. */
  abandon(): void
}

export interface OpenDatabaseOptions {
  readonly file: string
  /** How long to wait for another process's lock. State reads: at most 10. A writer in its own worker: 2000. */
  readonly timeoutMs: number
  readonly readOnly?: boolean
  /** Schema steps, applied in order inside one transaction each and counted in `user_version`. Only ever append to the list. */
  readonly migrations?: readonly string[]
  /** Marks the file as ours (`PRAGMA application_id`); a file with another mark is `foreign`. */
  readonly applicationId?: number
  /** `automatic` (default) lets SQLite choose when to checkpoint; `manual` leaves it to {@link SqliteDatabase.checkpoint}. */
  readonly checkpoint?: 'automatic' | 'manual'
  /** `quick` (default) reads the whole file once; `none` for files that are verified otherwise. */
  readonly integrity?: 'quick' | 'none'
}

export function openDatabase(options: OpenDatabaseOptions): SqliteDatabase {
  const readOnly = options.readOnly === true
  if (!readOnly) preparePrivateFile(options.file)
  let db: NodeDatabase | undefined
  try {
    db = newNodeDatabase(options.file, {
      timeout: options.timeoutMs,
      readOnly,
      enableForeignKeyConstraints: true,
      enableDoubleQuotedStringLiterals: false,
      allowExtension: false,
      defensive: true,
    })
    configure(db, readOnly)
    // With the limit the -wal shrinks when it begins anew, so its size tells an owner when the next checkpoint is due.
    if (options.checkpoint === 'manual') db.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 65536')
    if (options.integrity !== 'none') quickCheck(db)
    migrate(db, { readOnly, migrations: options.migrations ?? [], ...(options.applicationId === undefined ? {} : { applicationId: options.applicationId }) })
    return wrap(db, options.file)
  } catch (error) {
    db?.close()
    throw sqliteErrorOf(error)
  }
}

/** `synchronous` belongs to the connection, not the file, and a build may default to less: it is asserted, not assumed. */
function configure(db: NodeDatabase, readOnly: boolean): void {
  if (!readOnly) expectPragma(db, 'journal_mode = WAL', 'journal_mode', 'wal')
  db.exec('PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON')
  // macOS answers fsync before the disk has it; these two make SQLite ask again. No effect elsewhere.
  db.exec('PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON')
  expectPragma(db, 'synchronous', 'synchronous', 2)
  expectPragma(db, 'foreign_keys', 'foreign_keys', 1)
}

function expectPragma(db: NodeDatabase, pragma: string, column: string, expected: string | number): void {
  const row = db.prepare(`PRAGMA ${pragma}`).get()
  if (row?.[column] !== expected) throw new SqliteError('io', `the database refused ${pragma}`)
}

function quickCheck(db: NodeDatabase): void {
  const row = db.prepare('PRAGMA quick_check(1)').get()
  if (row?.['quick_check'] !== 'ok') throw new SqliteError('corrupt', 'the database file failed its integrity check')
}

function wrap(db: NodeDatabase, file: string): SqliteDatabase {
  // A read, so that -wal and -shm exist before they are identified.
  db.prepare('SELECT count(*) FROM sqlite_schema').get()
  const identity = identify(file)
  const statements = new Map<string, SqliteStatement>()
  let moved = false

  function assertInPlace(): FileSigns {
    if (moved) throw new SqliteError('moved', 'the database file was moved, removed or replaced')
    try {
      return assertSameFiles(identity)
    } catch (error) {
      moved = true
      throw sqliteErrorOf(error)
    }
  }

  return {
    file,
    prepare(sql) {
      const known = statements.get(sql)
      if (known !== undefined) return known
      const made = wrapStatement(
        attempt(() => db.prepare(sql)),
        () => db.prepare(sql),
      )
      statements.set(sql, made)
      return made
    },
    exec: (sql) => attempt(() => db.exec(sql)),
    immediate(work) {
      attempt(() => db.exec('BEGIN IMMEDIATE'))
      let result
      try {
        result = work()
        db.exec('COMMIT')
      } catch (error) {
        rollBack(db)
        throw error instanceof SqliteError || !isNodeSqliteError(error) ? error : sqliteErrorOf(error)
      }
      assertInPlace()
      return result
    },
    assertInPlace,
    checkpoint: () => attempt(() => db.exec('PRAGMA wal_checkpoint(PASSIVE)')),
    abandon: () => closeUntouched(db, file),
    close() {
      if (db.isOpen) attempt(() => db.close())
    },
  }
}

/** `again`: the same statement once more, because whether it names its columns belongs to the statement. */
function wrapStatement(statement: NodeStatement, again: () => NodeStatement): SqliteStatement {
  let unnamed: NodeStatement | undefined
  return {
    get: (...parameters) => attempt(() => statement.get(...parameters)),
    // On every decision: no closure of its own.
    values(...parameters) {
      try {
        unnamed ??= returningArrays(again())
        const row: unknown = unnamed.get(...parameters)
        return Array.isArray(row) ? row : undefined
      } catch (error) {
        throw sqliteErrorOf(error)
      }
    },
    all: (...parameters) => attempt(() => statement.all(...parameters)),
    run: (...parameters) => attempt(() => Number(statement.run(...parameters).changes)),
  }
}

function returningArrays(statement: NodeStatement): NodeStatement {
  statement.setReturnArrays(true)
  return statement
}

function attempt<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw sqliteErrorOf(error)
  }
}

function isNodeSqliteError(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, 'code') === 'ERR_SQLITE_ERROR'
}

/** SQLite may have rolled back by itself (disk full, I/O error); then there is nothing to do. */
function rollBack(db: NodeDatabase): void {
  if (!db.isOpen || !db.isTransaction) return
  try {
    db.exec('ROLLBACK')
  } catch {
    // The first error is the one that counts; an unusable connection shows itself at its next use.
  }
}
