// The database file without its -wal. A -wal belongs to one state of one file; over any other (a copy that was put back, a file overwritten in
// place) SQLite reads a mixture of pages and does not notice. These are the two things an owner needs to notice: a look beneath, and a way out.
import { pathToFileURL } from 'node:url'
import { newNodeDatabase } from './node-sqlite.ts'
import type { NodeDatabase } from './node-sqlite.ts'
import type { SqliteRow } from './open-database.ts'
import { sqliteErrorOf } from './sqlite-error.ts'

/**
 * One row as the database file alone has it. `immutable` makes SQLite ignore the -wal and take no lock, so a checkpoint that runs meanwhile may
 * show a state between two: ask again before believing a difference. Never opened by hand: closing a plain descriptor drops SQLite's locks.
 */
export function readBeneathWal(file: string, sql: string): SqliteRow | undefined {
  const url = pathToFileURL(file)
  url.searchParams.set('immutable', '1')
  let db: NodeDatabase | undefined
  try {
    db = newNodeDatabase(url, { readOnly: true, defensive: true })
    return db.prepare(sql).get()
  } catch (error) {
    throw sqliteErrorOf(error)
  } finally {
    db?.close()
  }
}

/**
 * The last connection of a file checkpoints as it closes. A read-only one beside it keeps it from being the last, and is not allowed to
 * checkpoint itself. When even that cannot be opened the file is unreadable, and a checkpoint cannot make it readable.
 */
export function closeUntouched(db: NodeDatabase, file: string): void {
  let guard: NodeDatabase | undefined
  try {
    guard = newNodeDatabase(file, { readOnly: true })
    guard.prepare('SELECT count(*) FROM sqlite_schema').get()
  } catch {
    // Nothing to guard.
  }
  for (const one of [db, guard]) {
    try {
      if (one?.isOpen === true) one.close()
    } catch {
      // Thrown away; whatever closing says changes nothing.
    }
  }
}
