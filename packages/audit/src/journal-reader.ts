// Reads records for people. Synchronous; runs in a thread of its own, so that a search through a large journal delays neither decisions nor
// the writer. Read-only connection. It does not verify hashes: see verify-journal-file.ts.
import type { SqliteValue } from '@bailiwick/sqlite'
import type { RecordFilter, SealedRecord } from './journal.ts'
import { MAX_ROWS, boundedLimit, openPeopleReader } from './people-reader.ts'
import { filterColumns } from './record-filter.ts'
import { JOURNAL_APPLICATION_ID, JOURNAL_MIGRATIONS } from './schema.ts'

export interface JournalReader {
  find(filter: RecordFilter): readonly SealedRecord[]
  decision(decisionId: string): readonly SealedRecord[]
  after(seq: number, limits: { readonly maxRecords: number; readonly maxChars: number }): readonly SealedRecord[]
  close(): void
}

export function openJournalReader(file: string): JournalReader {
  const reader = openPeopleReader({ file, migrations: JOURNAL_MIGRATIONS, applicationId: JOURNAL_APPLICATION_ID })
  const rows = (sql: string, parameters: readonly SqliteValue[]): readonly SealedRecord[] =>
    reader.rows(sql, parameters).map((row) => ({ seq: Number(row['seq']), body: String(row['body']), hash: String(row['hash']) }))
  return {
    find(filter) {
      const { sql, parameters } = toQuery(filter)
      return rows(sql, parameters)
    },
    decision: (decisionId) => rows(`SELECT seq, body, hash FROM record WHERE decision_id = ? ORDER BY seq LIMIT ${MAX_ROWS}`, [decisionId]),
    after(seq, { maxRecords, maxChars }) {
      const found = rows(`SELECT seq, body, hash FROM record WHERE seq > ? ORDER BY seq LIMIT ${Math.min(MAX_ROWS, Math.trunc(maxRecords))}`, [seq])
      let chars = 0
      const end = found.findIndex(({ body }, at) => (chars += body.length) > maxChars && at > 0)
      return end < 0 ? found : found.slice(0, end)
    },
    close: () => reader.close(),
  }
}

function toQuery(filter: RecordFilter): { readonly sql: string; readonly parameters: readonly SqliteValue[] } {
  const { conditions, parameters } = filterColumns(filter)
  if (filter.before_seq !== undefined) {
    conditions.push('seq < ?')
    parameters.push(filter.before_seq)
  }
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
  const limit = boundedLimit(filter.limit)
  return { sql: `SELECT seq, body, hash FROM record${where} ORDER BY seq DESC LIMIT ${limit}`, parameters }
}
