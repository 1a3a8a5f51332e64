// A read-only connection for people's questions, in a thread of its own: opened at the first use, and again once the file that has the name is another
// one. Synchronous. It does not verify what it reads.
import { openDatabase } from '@bailiwick/sqlite'
import type { OpenDatabaseOptions, SqliteDatabase, SqliteRow, SqliteValue } from '@bailiwick/sqlite'

export interface PeopleReader {
  rows(sql: string, parameters: readonly SqliteValue[]): readonly SqliteRow[]
  close(): void
}

/** The most rows one question brings. */
export const MAX_ROWS = 1000
const BUSY_MS = 500

export function openPeopleReader(options: Pick<OpenDatabaseOptions, 'file' | 'migrations' | 'applicationId'>): PeopleReader {
  let db: SqliteDatabase | undefined
  const close = (): void => {
    const closing = db
    db = undefined
    closing?.close()
  }
  return {
    rows(sql, parameters) {
      try {
        db?.assertInPlace()
      } catch {
        close()
      }
      db ??= openDatabase({ ...options, timeoutMs: BUSY_MS, readOnly: true, integrity: 'none' })
      return db.prepare(sql).all(...parameters)
    },
    close,
  }
}

/** `limit` as a person asked for it. */
export function boundedLimit(limit: number): number {
  return Math.max(0, Math.min(MAX_ROWS, Math.trunc(limit)))
}
