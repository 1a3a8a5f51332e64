// The read on every decision: one statement, so one consistent view, of the store's head, the task, its ancestors and every cut-off and hold
// that applies. Nothing is remembered between reads but how far the store had come. Comparing the files with what was opened is the
// connection's part (connection.ts).
import { deny, Fault, isOlder, ok } from '@bailiwick/core'
import type { Denial, Result, TaskId } from '@bailiwick/core'
import type { SqliteRow } from '@bailiwick/sqlite'
import type { Standing, StandingQuery } from '../task-store.ts'
import { corrupt } from '../corrupt.ts'
import { flagOf, integerOf, textOf } from './column.ts'
import { assertSameStore } from './open-store.ts'
import type { OpenStore } from './open-store.ts'
import { stateOf, TASK_COLUMNS, taskOf } from './task-row.ts'

/** The state of the ancestors of `t`, as `[wanted, found, any revoked, any completed, earliest expiry]`. */
const ANCESTORS = `(
  SELECT json_array(count(*), count(a.id), max(a.state = 'revoked'), max(a.state = 'completed'), min(a.expires_at))
  FROM json_each(t.path) AS p LEFT JOIN task AS a ON a.id = p.value
)`

/** Whether a cut-off of a scope of `t`, or of a task above it, is newer than the oldest task on the path that is in the scope. */
export const IS_CUT = `EXISTS (
  SELECT 1 FROM task_scope AS k CROSS JOIN scope AS s ON s.kind = k.kind AND s.id = k.id
  WHERE k.task = t.seq AND (k.epoch, k.revision) < (s.epoch, s.revision)
)`

const IS_HELD = `EXISTS (
  SELECT 1 FROM task_scope AS k CROSS JOIN scope AS s ON s.kind = k.kind AND s.id = k.id
  WHERE k.task = t.seq AND s.holds > 0
)`

// The columns are in the order of `named`. The two CASEs are shortcuts that cannot change the answer: no cut-off is newer than `meta.cut_*`, and with no hold anywhere none applies.
const READ = `
  SELECT m.store_id, m.epoch, m.revision, t.seq, ${TASK_COLUMNS},
    CASE WHEN t.path <> '[]' THEN ${ANCESTORS} END AS ancestors,
    CASE WHEN (t.root_epoch, t.root_revision) < (m.cut_epoch, m.cut_revision) THEN
      ${IS_CUT} OR EXISTS (SELECT 1 FROM scope AS s WHERE s.kind = 'resource' AND s.id = ?2 AND (t.root_epoch, t.root_revision) < (s.epoch, s.revision))
    ELSE 0 END AS cut,
    CASE WHEN ?5 AND m.holds > 0 THEN
      ${IS_HELD} OR EXISTS (SELECT 1 FROM scope AS s WHERE s.kind = 'resource' AND s.id = ?2 AND s.holds > 0)
    ELSE 0 END AS held,
    EXISTS (SELECT 1 FROM scope AS s WHERE s.kind = 'key' AND s.id = ?3) AS key_cut,
    EXISTS (SELECT 1 FROM revoked_token AS j WHERE j.jti = ?4) AS token_revoked
  FROM meta AS m LEFT JOIN task AS t ON t.id = ?1`

export function readStanding(store: OpenStore, query: StandingQuery): Result<Standing> {
  const row = readRow(store, query)
  const revision = { epoch: integerOf(row, 'epoch'), revision: integerOf(row, 'revision') }
  if (query.kep !== undefined && isOlder(revision, query.kep)) throw new Fault('state', 'revision_behind', 'the store is behind the token: it has lost acts')
  if (row['seq'] === null) return deny({ reason: 'task_unknown' })
  const refusal = refusalOf(row, query.nowSeconds)
  if (refusal !== undefined) return deny(refusal)
  return ok({ task: taskOf(row, query.taskId), revision })
}

function readRow(store: OpenStore, query: StandingQuery): SqliteRow {
  const values = store.db.prepare(READ).values(query.taskId, query.resource ?? null, query.kid ?? null, query.jti ?? null, query.newWork ? 1 : 0)
  if (values === undefined) throw corrupt('head')
  const row = named(values)
  assertSameStore(store, textOf(row, 'store_id'), { epoch: integerOf(row, 'epoch'), revision: integerOf(row, 'revision') })
  return row
}

/** A column that is not there reads as one of a wrong type: corrupt. */
function named(values: readonly unknown[]): SqliteRow {
  return {
    store_id: values[0],
    epoch: values[1],
    revision: values[2],
    seq: values[3],
    path: values[4],
    state: values[5],
    version: values[6],
    created_epoch: values[7],
    created_revision: values[8],
    expires_at: values[9],
    ended_at: values[10],
    ended_by: values[11],
    end_reason: values[12],
    facts: values[13],
    ancestors: values[14],
    cut: values[15],
    held: values[16],
    key_cut: values[17],
    token_revoked: values[18],
  }
}

interface Ancestry {
  readonly complete: boolean
  readonly revoked: boolean
  readonly completed: boolean
  readonly expiresAt: number
}

/** Strictest first, so that the answer does not depend on which check happened to run. */
function refusalOf(row: SqliteRow, nowSeconds: number): Denial | undefined {
  const above = ancestryOf(row)
  const state = stateOf(row)
  if (!above.complete) return { reason: 'task_unknown', detail: 'ancestor_missing' }
  if (state === 'revoked') return { reason: 'task_revoked' }
  if (above.revoked) return { reason: 'task_revoked', detail: 'ancestor' }
  if (flagOf(row, 'token_revoked')) return { reason: 'task_revoked', detail: 'token' }
  if (state === 'completed') return { reason: 'task_completed' }
  if (above.completed) return { reason: 'task_completed', detail: 'ancestor' }
  // Written so that a clock that is not a number expires everything.
  if (!(nowSeconds < integerOf(row, 'expires_at') && nowSeconds < above.expiresAt)) return { reason: 'task_expired' }
  if (flagOf(row, 'key_cut')) return { reason: 'cut_off', detail: 'key' }
  if (flagOf(row, 'cut')) return { reason: 'cut_off' }
  if (flagOf(row, 'held')) return { reason: 'held' }
  return undefined
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

function ancestryOf(row: SqliteRow): Ancestry {
  if (row['ancestors'] === null) {
    if (textOf(row, 'path') !== '[]') throw corrupt('path')
    return { complete: true, revoked: false, completed: false, expiresAt: Number.POSITIVE_INFINITY }
  }
  const counted: unknown = JSON.parse(textOf(row, 'ancestors'))
  if (!isList(counted)) throw corrupt('ancestors')
  const [wanted, found, revoked, completed, expiresAt] = counted
  if (typeof wanted !== 'number' || wanted === 0) throw corrupt('path')
  const complete = found === wanted
  // With an ancestor missing the other columns may be null; they are not looked at then.
  if (complete && typeof expiresAt !== 'number') throw corrupt('ancestors')
  return { complete, revoked: revoked !== 0, completed: completed !== 0, expiresAt: typeof expiresAt === 'number' ? expiresAt : 0 }
}

/** The task as people should see it: a task ended from above or by a cut-off reads `revoked` or `completed`, whatever its own row still says. */
export function stateAsItStands(store: OpenStore, taskId: TaskId, nowSeconds: number): 'active' | 'completed' | 'revoked' | 'expired' {
  const row = readRow(store, { taskId, newWork: false, nowSeconds })
  if (row['seq'] === null) return 'revoked'
  const refusal = refusalOf(row, nowSeconds)
  if (refusal === undefined) return 'active'
  if (refusal.reason === 'task_completed') return 'completed'
  return refusal.reason === 'task_expired' ? 'expired' : 'revoked'
}
