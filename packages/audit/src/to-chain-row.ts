// A row of a records table as the chain verifier wants it. No I/O. Checks nothing: what is of another type becomes text that cannot match.
import type { SqliteRow } from '@bailiwick/sqlite'
import type { ChainRow } from './verify-chain.ts'

export function toChainRow(row: SqliteRow): ChainRow {
  const text = (name: string): string => {
    const value = row[name]
    return typeof value === 'string' ? value : ''
  }
  const optional = (name: string): string | null => (row[name] === null ? null : text(name))
  const seq = Number(row['seq'])
  return {
    seq,
    hash: text('hash'),
    body: text('body'),
    columns: {
      seq,
      id: text('id'),
      decision_id: text('decision_id'),
      kind: text('kind'),
      effect: text('effect'),
      reason: optional('reason'),
      task_id: optional('task_id'),
      sub: optional('sub'),
      resource: optional('resource'),
    },
  }
}
