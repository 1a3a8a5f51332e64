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
/** The allow of a decision that no deny has followed. */
export function standingAllow(db: SqliteDatabase, decisionId: string, kind: string): string | undefined {
  const row = db
    .prepare(
      `SELECT a.id FROM record AS a WHERE a.decision_id = ?1 AND a.kind = ?2 AND a.effect <> 'deny'
         AND NOT EXISTS (SELECT 1 FROM record AS d WHERE d.decision_id = ?1 AND d.kind = ?2 AND d.effect = 'deny')`,
    )
    .get(decisionId, kind)
  return typeof row?.['id'] === 'string' ? row['id'] : undefined
}

export function isAllowOfDecision(db: SqliteDatabase, id: string, decisionId: string, kind: string): boolean {
  return db.prepare("SELECT 1 FROM record WHERE decision_id = ? AND kind = ? AND effect <> 'deny' AND id = ?").get(decisionId, kind, id) !== undefined
}
