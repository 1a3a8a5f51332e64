// The node's memory of its store, as rows: the furthest mark, and every act that ended authority. Runs in the writer thread,
// inside the writer's transactions.
import { isOlder } from '@bailiwick/core'
import type { SqliteDatabase } from '@bailiwick/sqlite'
import { LAPSED_AT, LAPSES } from './schema.ts'
import type { FlatMark } from './writer-messages.ts'

/** Whether `to` is to replace `from`: forward for the same store; another store only when `adopt` says so. */
export function movesMark(from: FlatMark | undefined, to: FlatMark, adopt: boolean): boolean {
  if (from === undefined) return true
  return from.storeId === to.storeId ? isOlder(from, to) : adopt
}

export function readMark(db: SqliteDatabase): FlatMark | undefined {
  const row = db.prepare('SELECT store_id, epoch, revision FROM ledger_mark WHERE one = 1').get()
  return row === undefined ? undefined : { storeId: String(row['store_id']), epoch: Number(row['epoch']), revision: Number(row['revision']) }
}

export function writeMark(db: SqliteDatabase, mark: FlatMark): void {
  db.prepare(
    `INSERT INTO ledger_mark (one, store_id, epoch, revision) VALUES (1, ?, ?, ?)
     ON CONFLICT (one) DO UPDATE SET store_id = excluded.store_id, epoch = excluded.epoch, revision = excluded.revision`,
  ).run(mark.storeId, mark.epoch, mark.revision)
}

/** The same act twice is one row: replaying is idempotent, and so is recording. */
export function writeAct(db: SqliteDatabase, act: string): void {
  db.prepare('INSERT INTO ledger_act (act) VALUES (?) ON CONFLICT (act) DO NOTHING').run(act)
}

/**
 * Forgets acts about what has long ended by itself - tokens, completed tasks - so that recording them never makes the ledger grow without end: no store lets
 * these live again, whatever it lost. Inside the transaction that records, so that a crash leaves both or neither. Everything else is kept for ever.
 */
export function pruneLapsed(db: SqliteDatabase, atMs: number, recorded: number): void {
  db.prepare(
    `DELETE FROM ledger_act WHERE n IN (
       SELECT n FROM ledger_act
       WHERE ${LAPSES} AND ${LAPSED_AT} < ?
       ORDER BY ${LAPSED_AT} LIMIT ?)`,
  ).run(Math.floor(atMs / 1000) - KEEP_LAPSED_SECONDS, PRUNED_PER_ACT * recorded)
}

/** Longer than any store puts such an act back, or keeps a tombstone; and a clock that is ahead by less forgets nothing that is still needed. */
const KEEP_LAPSED_SECONDS = 2 * 86_400
/** More than were added. */
const PRUNED_PER_ACT = 4

export function readActs(db: SqliteDatabase): readonly string[] {
  return db
    .prepare('SELECT act FROM ledger_act ORDER BY n')
    .all()
    .map((row) => String(row['act']))
}
