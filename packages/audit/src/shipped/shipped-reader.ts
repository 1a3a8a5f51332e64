// Reads copied records for people. Synchronous; runs in a thread of its own. Read-only connection. It does not verify hashes: see verify-shipped-file.ts.
import type { SqliteValue } from '@bailiwick/sqlite'
import { MAX_ROWS, boundedLimit, openPeopleReader } from '../people-reader.ts'
import { filterColumns } from '../record-filter.ts'
import { SHIPPED_APPLICATION_ID, SHIPPED_MIGRATIONS } from './schema.ts'
import type { CopyRow } from './shipped-messages.ts'
import type { CopyFilter } from './shipped-records.ts'

export interface ShippedReader {
  find(filter: CopyFilter): readonly CopyRow[]
  decision(decisionId: string): readonly CopyRow[]
  close(): void
}

export function openShippedReader(file: string): ShippedReader {
  const reader = openPeopleReader({ file, migrations: SHIPPED_MIGRATIONS, applicationId: SHIPPED_APPLICATION_ID })
  const rows = (sql: string, parameters: readonly SqliteValue[]): readonly CopyRow[] =>
    reader.rows(sql, parameters).map((row) => ({ node: String(row['node']), seq: Number(row['seq']), body: String(row['body']), hash: String(row['hash']) }))
  return {
    find(filter) {
      const { conditions, parameters } = filterColumns(filter, 'node')
      if (filter.before_id !== undefined) {
        conditions.push('id < ?')
        parameters.push(filter.before_id)
      }
      const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
      const limit = boundedLimit(filter.limit)
      return rows(`SELECT node, seq, body, hash FROM record${where} ORDER BY id DESC LIMIT ${limit}`, parameters)
    },
    decision: (decisionId) => rows(`SELECT node, seq, body, hash FROM record WHERE decision_id = ? ORDER BY node, seq LIMIT ${MAX_ROWS}`, [decisionId]),
    close: () => reader.close(),
  }
}
