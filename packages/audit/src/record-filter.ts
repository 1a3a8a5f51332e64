// A filter of records as conditions of a query. Column names come from the list here alone, values are bound. No I/O.
import type { SqliteValue } from '@bailiwick/sqlite'
import type { RecordFilter } from './journal.ts'

const COLUMNS = ['kind', 'effect', 'reason', 'sub', 'task_id', 'resource', 'decision_id'] as const satisfies readonly (keyof RecordFilter)[]

export function filterColumns(filter: RecordFilter): { readonly conditions: string[]; readonly parameters: SqliteValue[] } {
  const conditions: string[] = []
  const parameters: SqliteValue[] = []
  for (const column of COLUMNS) {
    const value = filter[column]
    if (value === undefined) continue
    conditions.push(`${column} = ?`)
    parameters.push(value)
  }
  return { conditions, parameters }
}
