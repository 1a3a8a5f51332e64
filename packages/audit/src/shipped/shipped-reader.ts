// Reads copied records for people. Synchronous; runs in a thread of its own. Read-only connection. It does not verify hashes: see verify-shipped-file.ts.
import { openDatabase } from '@bailiwick/sqlite'
import type { SqliteDatabase, SqliteValue } from '@bailiwick/sqlite'
import { filterColumns } from '../record-filter.ts'
import { SHIPPED_APPLICATION_ID, SHIPPED_MIGRATIONS } from './schema.ts'
import type { CopyRow } from './shipped-messages.ts'
import type { CopyFilter } from './shipped-records.ts'

export interface ShippedReader {
  find(filter: CopyFilter): readonly CopyRow[]
  decision(decisionId: string): readonly CopyRow[]
  close(): void
}

const BUSY_MS = 500
const MAX_ROWS = 1000

export function openShippedReader(file: string): ShippedReader {
  let db: SqliteDatabase | undefined
  const close = (): void => {
    const closing = db
    db = undefined
    closing?.close()
  }
  /** Opened at the first use, and again once the file that has the name is another one. */
  const usable = (): SqliteDatabase => {
    try {
      db?.assertInPlace()
    } catch {
      close()
    }
    db ??= openDatabase({ file, timeoutMs: BUSY_MS, readOnly: true, migrations: SHIPPED_MIGRATIONS, applicationId: SHIPPED_APPLICATION_ID, integrity: 'none' })
    return db
  }
  const rows = (sql: string, parameters: readonly SqliteValue[]): readonly CopyRow[] => {
    const found = usable()
      .prepare(sql)
      .all(...parameters)
    return found.map((row) => ({ node: String(row['node']), seq: Number(row['seq']), body: String(row['body']), hash: String(row['hash']) }))
  }
  return {
    find(filter) {
      const { conditions, parameters } = filterColumns(filter)
      if (filter.before_id !== undefined) {
        conditions.push('id < ?')
        parameters.push(filter.before_id)
      }
      const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
      const limit = Math.max(0, Math.min(MAX_ROWS, Math.trunc(filter.limit)))
      return rows(`SELECT node, seq, body, hash FROM record${where} ORDER BY id DESC LIMIT ${limit}`, parameters)
    },
    decision: (decisionId) => rows(`SELECT node, seq, body, hash FROM record WHERE decision_id = ? ORDER BY node, seq LIMIT ${MAX_ROWS}`, [decisionId]),
    close,
  }
}
