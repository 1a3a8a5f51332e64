// The rows of records: written and looked up by the writer inside its transactions.
import type { JsonObject } from '@bailiwick/core'
import type { SqliteDatabase } from '@bailiwick/sqlite'
import type { Head } from './segment-record.ts'
import { columnsOf, NO_PREDECESSOR } from './stored-record.ts'
import type { StoredRecord } from './stored-record.ts'

export function readHead(db: SqliteDatabase): Head {
  const row = db.prepare('SELECT seq, hash FROM record ORDER BY seq DESC LIMIT 1').get()
  return row === undefined ? { seq: 0, hash: NO_PREDECESSOR } : { seq: Number(row['seq']), hash: String(row['hash']) }
}

export function readHashAt(db: SqliteDatabase, seq: number): string | undefined {
  const row = db.prepare('SELECT hash FROM record WHERE seq = ?').get(seq)
  return row === undefined ? undefined : String(row['hash'])
}

export function insertRecord(db: SqliteDatabase, sealed: StoredRecord, unsealed: JsonObject): void {
  const at = columnsOf({ ...unsealed, seq: sealed.seq })
  db.prepare(
    'INSERT INTO record (seq, id, decision_id, kind, effect, reason, task_id, sub, resource, hash, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  ).run(at.seq, at.id, at.decision_id, at.kind, at.effect, at.reason, at.task_id, at.sub, at.resource, sealed.hash, sealed.body)
}

/** Whether the decision's own allow, of the same kind, has this id. */
export function isAllowOfDecision(db: SqliteDatabase, id: string, decisionId: string, kind: string): boolean {
  return db.prepare("SELECT 1 FROM record WHERE decision_id = ? AND kind = ? AND effect <> 'deny' AND id = ?").get(decisionId, kind, id) !== undefined
}
