// The node's memory of its store, as rows: the furthest mark, and every act that ended authority. Runs in the writer thread,
// inside the writer's transactions.
import { isOlder } from '@bailiwick/core'
import type { SqliteDatabase } from '@bailiwick/sqlite'
import { ENDED_UNTIL, IS_ENDED_TOKEN } from './schema.ts'
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
 * Forgets ended tokens that would long have expired by themselves: a few per write, so that writing them never makes the ledger grow without end. Stores put
 * none of them back an hour after that time; here they stay twice as long.
 */
export function pruneEndedTokens(db: SqliteDatabase, atMs: number): void {
  const before = Math.floor(atMs / 1000) - KEEP_ENDED_TOKENS_SECONDS
  db.prepare(
    `DELETE FROM ledger_act WHERE n IN (
       SELECT n FROM ledger_act
       WHERE ${IS_ENDED_TOKEN} AND ${ENDED_UNTIL} < ?
       ORDER BY ${ENDED_UNTIL} LIMIT ${PRUNED_PER_WRITE})`,
  ).run(before)
}

const KEEP_ENDED_TOKENS_SECONDS = 7200
/** More than one write adds. */
const PRUNED_PER_WRITE = 8

export function readActs(db: SqliteDatabase): readonly string[] {
  return db
    .prepare('SELECT act FROM ledger_act ORDER BY n')
    .all()
    .map((row) => String(row['act']))
}
