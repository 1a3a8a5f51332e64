// Things that count once: keys that are spent, and tokens that are ended by id. Rows go when they can no longer matter.
// What was pruned stays spent: `meta.spent_through` remembers how far pruning went, so a clock that steps back reopens nothing.
import { createHash } from 'node:crypto'
import type { SqliteDatabase } from '@bailiwick/sqlite'
import { corrupt } from '../corrupt.ts'
import { CLOCK_AHEAD_SECONDS, FORGOTTEN_SECONDS, KEEP_SECONDS } from '../single-use-times.ts'
import { integerOf } from './column.ts'
import { nextRevision } from './open-store.ts'

/** Rows pruned per write: bounded, and more than one write adds. */
const PRUNE_ROWS = 8

export interface SpentKey {
  readonly key: string
  readonly untilSeconds: number
  /** From a verified signature; never what a caller merely says. */
  readonly issuedAtSeconds: number | undefined
}

/** Inside a transaction. True when the key is spent by this call. A key whose end has passed counts as spent. */
export function consumeOnce(db: SqliteDatabase, { key, untilSeconds, issuedAtSeconds }: SpentKey, nowSeconds: number): boolean {
  if (!Number.isSafeInteger(untilSeconds)) throw new TypeError('untilSeconds must be an integer')
  const memory = memoryOf(db)
  if (!(nowSeconds < untilSeconds) || untilSeconds <= memory.spentThrough) return false
  const mayBeForgotten = untilSeconds <= memory.forgotAt + FORGOTTEN_SECONDS
  const isYounger = issuedAtSeconds !== undefined && issuedAtSeconds > memory.forgotAt + CLOCK_AHEAD_SECONDS
  if (mayBeForgotten && !isYounger) return false
  pruneSpent(db, Math.floor(nowSeconds) - KEEP_SECONDS)
  // Hashed: keys are made of what callers sent, and rows stay of one size.
  const digest = createHash('sha256').update(key).digest('base64url')
  const spent = db.prepare('INSERT OR IGNORE INTO spent (key, until) VALUES (?, ?)').run(digest, untilSeconds) === 1
  if (spent) nextRevision(db)
  return spent
}

function memoryOf(db: SqliteDatabase): { readonly spentThrough: number; readonly forgotAt: number } {
  const row = db.prepare('SELECT spent_through, forgot_at FROM meta').get()
  if (row === undefined) throw corrupt('head')
  return { spentThrough: integerOf(row, 'spent_through'), forgotAt: integerOf(row, 'forgot_at') }
}

/** What was spent before this moment is not known any more. */
export function forgetSpent(db: SqliteDatabase, atMs: number): void {
  db.prepare('UPDATE meta SET forgot_at = max(forgot_at, ?)').run(Math.ceil(atMs / 1000))
}

/** Counts every key that ends by `untilSeconds` as spent. */
function spendThrough(db: SqliteDatabase, untilSeconds: number): void {
  db.prepare('UPDATE meta SET spent_through = max(spent_through, ?)').run(Math.floor(untilSeconds))
}

function pruneSpent(db: SqliteDatabase, before: number): void {
  const rows = db.prepare('SELECT key, until FROM spent WHERE until < ? ORDER BY until LIMIT ?').all(before, PRUNE_ROWS)
  for (const row of rows) {
    spendThrough(db, integerOf(row, 'until'))
    db.prepare('DELETE FROM spent WHERE key = ?').run(String(row['key']))
  }
}

/** Ended at least until then, and in the ledger too: repeating has nothing left to do. */
export function isTokenEndKept(db: SqliteDatabase, jti: string, untilSeconds: number): boolean {
  return db.prepare('SELECT 1 AS kept FROM revoked_token WHERE jti = ? AND until >= ? AND in_ledger = 1').get(jti, untilSeconds) !== undefined
}

export interface TokenEnd {
  readonly jti: string
  readonly untilSeconds: number
  readonly inLedger: boolean
}

/** Inside a transaction. Idempotent; of two ends the later counts. */
export function revokeToken(db: SqliteDatabase, end: TokenEnd, nowSeconds: number): void {
  // An expired token is refused by its own `exp` long before its row goes, whatever this clock says.
  db.prepare('DELETE FROM revoked_token WHERE jti IN (SELECT jti FROM revoked_token WHERE until < ? ORDER BY until LIMIT ?)').run(
    Math.floor(nowSeconds) - KEEP_SECONDS,
    PRUNE_ROWS,
  )
  const changed = db
    .prepare(
      `INSERT INTO revoked_token (jti, until, in_ledger) VALUES (?1, ?2, ?3)
       ON CONFLICT (jti) DO UPDATE SET until = excluded.until, in_ledger = excluded.in_ledger
       WHERE excluded.until > until OR (excluded.until = until AND excluded.in_ledger > in_ledger)`,
    )
    .run(end.jti, end.untilSeconds, end.inLedger ? 1 : 0)
  if (changed > 0) nextRevision(db)
}
