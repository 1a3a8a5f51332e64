// What can go wrong with a file, in words a caller can act on. Owners turn it into their own Fault (`store_busy`, `journal_full`...).
// The message never carries a row's content; `cause` keeps SQLite's own error.

/**
 * `moved`: the file, its -wal or its -shm is not the one that was opened; every answer is worthless until reopened.
 * `busy`: another process held the lock longer than the busy timeout. `full`: no space, or read-only. `corrupt`: not readable as what it should be.
 * `foreign`: a SQLite file of another application, or of a newer schema. `permissions`: others may write to the folder, or we may not.
 * `constraint`: a uniqueness, check or type rule refused the row. `misuse`: our own mistake. `io`: everything else the disk said.
 */
export type SqliteProblem = 'moved' | 'busy' | 'full' | 'corrupt' | 'foreign' | 'permissions' | 'constraint' | 'closed' | 'misuse' | 'io'

export class SqliteError extends Error {
  readonly problem: SqliteProblem

  constructor(problem: SqliteProblem, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'SqliteError'
    this.problem = problem
  }
}

/** Primary result codes, https://www.sqlite.org/rescode.html. Extended codes keep the primary one in their low byte. */
const PROBLEM_OF_CODE: Readonly<Record<number, SqliteProblem>> = {
  3: 'permissions', // SQLITE_PERM
  5: 'busy', // SQLITE_BUSY
  6: 'busy', // SQLITE_LOCKED
  8: 'full', // SQLITE_READONLY
  10: 'io', // SQLITE_IOERR
  11: 'corrupt', // SQLITE_CORRUPT
  13: 'full', // SQLITE_FULL
  14: 'io', // SQLITE_CANTOPEN
  19: 'constraint', // SQLITE_CONSTRAINT
  20: 'constraint', // SQLITE_MISMATCH
  21: 'misuse', // SQLITE_MISUSE
  23: 'permissions', // SQLITE_AUTH
  26: 'corrupt', // SQLITE_NOTADB
}

/** SQLITE_READONLY_DBMOVED: SQLite itself saw that the file is gone. */
const READONLY_DBMOVED = 1032

export function sqliteErrorOf(thrown: unknown): SqliteError {
  if (thrown instanceof SqliteError) return thrown
  if (!(thrown instanceof Error)) return new SqliteError('io', 'unknown failure', { cause: thrown })
  const code: unknown = Reflect.get(thrown, 'errcode')
  if (typeof code === 'number') {
    const problem = code === READONLY_DBMOVED ? 'moved' : (PROBLEM_OF_CODE[code & 0xff] ?? 'misuse')
    return new SqliteError(problem, `sqlite: ${problem} (${code})`, { cause: thrown })
  }
  const name: unknown = Reflect.get(thrown, 'code')
  // An integer beyond 2^53 where we only ever write safe ones.
  if (name === 'ERR_OUT_OF_RANGE') return new SqliteError('corrupt', 'sqlite: an integer out of range', { cause: thrown })
  if (name === 'ERR_INVALID_STATE') return new SqliteError('closed', 'sqlite: the database is closed', { cause: thrown })
  return new SqliteError('misuse', 'sqlite: misuse', { cause: thrown })
}
