// A revocation as a row, and the two acts on it: recording one and lifting its hold. Both run inside a transaction; both are idempotent by id.
import { deny, ok, parseRevocationId } from '@bailiwick/core'
import type { Result, Revision, Revocation, RevocationId, RevocationKind, RevocationScope } from '@bailiwick/core'
import { REVOCATION_KINDS } from '@bailiwick/core'
import type { SqliteDatabase, SqliteRow } from '@bailiwick/sqlite'
import { corrupt } from '../corrupt.ts'
import { isLiftable } from '../revocation-rules.ts'
import type { RevokeInput } from '../task-store.ts'
import { flagOf, integerOf, optionalIntegerOf, optionalTextOf, textOf } from './column.ts'
import { countLive } from './count-live.ts'
import { nextRevision, readClock } from './open-store.ts'

export interface StoredRevocation {
  readonly revocation: Revocation
  readonly endedTasks: number
  /** The ledger has it too, so a store that forgets it gets it back. */
  readonly inLedger: boolean
}

export function findRevocation(db: SqliteDatabase, id: string): StoredRevocation | undefined {
  const row = db.prepare('SELECT * FROM revocation WHERE id = ?').get(id)
  return row === undefined ? undefined : storedRevocationOf(row)
}

export function storedRevocationOf(row: SqliteRow): StoredRevocation {
  const id = parseRevocationId(textOf(row, 'id'))
  if (id === undefined) throw corrupt('revocation id')
  const liftedBy = optionalTextOf(row, 'lifted_by')
  const liftedAtMs = optionalIntegerOf(row, 'lifted_at_ms')
  return {
    revocation: {
      id,
      scope: { kind: kindOf(row), id: textOf(row, 'scope_id') },
      reason: textOf(row, 'reason'),
      hold: flagOf(row, 'hold'),
      ...holdScopeOf(row),
      setBy: textOf(row, 'set_by'),
      setAtMs: integerOf(row, 'set_at_ms'),
      revision: { epoch: integerOf(row, 'epoch'), revision: integerOf(row, 'revision') },
      ...(liftedBy === undefined ? {} : { liftedBy }),
      ...(liftedAtMs === undefined ? {} : { liftedAtMs }),
    },
    endedTasks: integerOf(row, 'ended_tasks'),
    inLedger: flagOf(row, 'in_ledger'),
  }
}

function kindOf(row: SqliteRow, column = 'kind'): RevocationKind {
  const kind = REVOCATION_KINDS.find((known) => known === row[column])
  if (kind === undefined) throw corrupt('revocation kind')
  return kind
}

function holdScopeOf(row: SqliteRow): { readonly holdScope?: RevocationScope } {
  const id = optionalTextOf(row, 'hold_id')
  return id === undefined ? {} : { holdScope: { kind: kindOf(row, 'hold_kind'), id } }
}

export interface RecordOptions {
  readonly inLedger: boolean
  /** The revision it was first recorded at, when an act of an earlier epoch is put back; else a new one is taken. */
  readonly original?: Revision
  /** When the store dated it then; else it is dated now. Epoch milliseconds. */
  readonly cutAtMs?: number | undefined
}

export type Recorded = Pick<StoredRevocation, 'endedTasks'> & { readonly revision: Revision }

/** Ends what the scope covers. Not checked: that a task to revoke exists (a replay may name one an older copy does not have). */
export function recordRevocation(db: SqliteDatabase, input: RevokeInput, options: RecordOptions): Recorded {
  const endedTasks = countLive(db, input.scope, input.atMs / 1000)
  const taken = nextRevision(db)
  const revision = options.original ?? taken
  if (input.scope.kind === 'task') endTask(db, input)
  else cutOff(db, input.scope, revision, options.cutAtMs ?? readClock(db))
  if (input.hold) addHold(db, input.holdScope ?? input.scope)
  db.prepare(
    `INSERT INTO revocation (id, kind, scope_id, reason, hold, hold_kind, hold_id, set_by, set_at_ms, epoch, revision, ended_tasks, in_ledger)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    input.id,
    input.scope.kind,
    input.scope.id,
    input.reason,
    input.hold ? 1 : 0,
    input.holdScope?.kind ?? null,
    input.holdScope?.id ?? null,
    input.setBy,
    Math.floor(input.atMs),
    revision.epoch,
    revision.revision,
    endedTasks,
    options.inLedger ? 1 : 0,
  )
  return { revision, endedTasks }
}

function endTask(db: SqliteDatabase, input: RevokeInput): void {
  db.prepare(
    `UPDATE task SET state = 'revoked', version = version + 1, ended_at = ?2, ended_by = ?3, end_reason = ?4 WHERE id = ?1 AND state <> 'revoked'`,
  ).run(input.scope.id, Math.floor(input.atMs / 1000), input.setBy, input.reason)
}

/** A cut-off only moves forward: of two, the later revision and the later time count, in whatever order they arrive. */
function cutOff(db: SqliteDatabase, { kind, id }: RevocationScope, { epoch, revision }: Revision, cutAtMs: number): void {
  db.prepare(
    `INSERT INTO scope (kind, id, epoch, revision, cut_at_ms, unlifted, holds) VALUES (?1, ?2, ?3, ?4, ?5, 1, 0)
     ON CONFLICT (kind, id) DO UPDATE SET
       epoch = CASE WHEN (excluded.epoch, excluded.revision) > (scope.epoch, scope.revision) THEN excluded.epoch ELSE scope.epoch END,
       revision = CASE WHEN (excluded.epoch, excluded.revision) > (scope.epoch, scope.revision) THEN excluded.revision ELSE scope.revision END,
       cut_at_ms = max(scope.cut_at_ms, excluded.cut_at_ms), unlifted = scope.unlifted + 1`,
  ).run(kind, id, epoch, revision, cutAtMs)
  db.prepare(
    `UPDATE meta SET
       cut_epoch = CASE WHEN (?1, ?2) > (cut_epoch, cut_revision) THEN ?1 ELSE cut_epoch END,
       cut_revision = CASE WHEN (?1, ?2) > (cut_epoch, cut_revision) THEN ?2 ELSE cut_revision END`,
  ).run(epoch, revision)
}

/** A scope that was never cut off gets a row at revision 0, below everything ever created: it holds and ends nothing. */
function addHold(db: SqliteDatabase, { kind, id }: RevocationScope): void {
  if (kind === 'task') throw new TypeError('a task cannot be held: its agent can')
  db.prepare(
    `INSERT INTO scope (kind, id, epoch, revision, cut_at_ms, unlifted, holds) VALUES (?1, ?2, 0, 0, 0, 0, 1)
     ON CONFLICT (kind, id) DO UPDATE SET holds = holds + 1`,
  ).run(kind, id)
  db.prepare('UPDATE meta SET holds = holds + 1').run()
}

function releaseHold(db: SqliteDatabase, { kind, id }: RevocationScope): void {
  db.prepare('UPDATE scope SET holds = holds - 1 WHERE kind = ?1 AND id = ?2').run(kind, id)
  db.prepare('UPDATE meta SET holds = holds - 1').run()
}

/** Lets new work start again. The cut-off stays: nothing is revived. Denies `resource_unknown` for an id that holds nothing. */
export function liftRevocation(db: SqliteDatabase, id: RevocationId, by: string, atMs: number): Result<Revision> {
  const stored = findRevocation(db, id)
  if (stored === undefined || !isLiftable(stored.revocation)) return deny({ reason: 'resource_unknown', detail: 'no_such_hold' })
  const { revocation } = stored
  if (revocation.liftedBy !== undefined) return ok(revocation.revision)
  const revision = nextRevision(db)
  db.prepare('UPDATE revocation SET lifted_by = ?2, lifted_at_ms = ?3 WHERE id = ?1').run(id, by, Math.floor(atMs))
  if (revocation.scope.kind !== 'task') {
    db.prepare('UPDATE scope SET unlifted = unlifted - 1 WHERE kind = ?1 AND id = ?2').run(revocation.scope.kind, revocation.scope.id)
  }
  if (revocation.hold) releaseHold(db, revocation.holdScope ?? revocation.scope)
  return ok(revision)
}
