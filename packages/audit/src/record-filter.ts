// A filter of records as conditions of a query. Column names come from the list here alone, values are bound. No I/O.
import type { SqliteValue } from '@bailiwick/sqlite'
import type { RecordFilter } from './journal.ts'

const COLUMNS = ['kind', 'effect', 'reason', 'sub', 'task_id', 'resource', 'decision_id'] as const satisfies readonly (keyof RecordFilter)[]

/** `sameNode`: the column that says whose a record is, where a table holds those of several nodes: none of them speaks for another. */
export function filterColumns(filter: RecordFilter, sameNode?: 'node'): { readonly conditions: string[]; readonly parameters: SqliteValue[] } {
  const conditions: string[] = []
  const parameters: SqliteValue[] = []
  for (const column of COLUMNS) {
    const value = filter[column]
    if (value === undefined) continue
    conditions.push(`${column} = ?`)
    parameters.push(value)
  }
  if (filter.final === true) conditions.push(sameNode === undefined ? notTakenBack('') : notTakenBack(`later.${sameNode} = record.${sameNode} AND `))
  return { conditions, parameters }
}

function notTakenBack(sameNode: string): string {
  const later = `later.decision_id = record.decision_id AND later.kind = record.kind AND later.effect = 'deny'`
  return `(record.effect = 'deny' OR NOT EXISTS (SELECT 1 FROM record AS later WHERE ${sameNode}${later}))`
}
