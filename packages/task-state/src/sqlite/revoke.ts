// The revocation: intent into the ledger, then the store's commit, then the check that the file is still the one with the name, then the answer.
import { deny, ok } from '@bailiwick/core'
import type { Result, StoreLedger } from '@bailiwick/core'
import type { SqliteDatabase } from '@bailiwick/sqlite'
import { corrupt } from '../corrupt.ts'
import { recordIntent } from '../record-intent.ts'
import { assertSameAct } from '../revocation-rules.ts'
import type { Acknowledgement, RevokeInput } from '../task-store.ts'
import { acknowledge } from './acknowledge.ts'
import { flagOf, integerOf, textOf } from './column.ts'
import type { Connection } from './connection.ts'
import type { StoreHead } from './open-store.ts'
import { findRevocation, recordRevocation } from './revocation-row.ts'
import type { StoredRevocation } from './revocation-row.ts'
import type { WriteQueue } from './write-queue.ts'

export interface RevokeDeps {
  readonly connection: Connection
  readonly writes: WriteQueue
  readonly ledger: StoreLedger
}

export async function revoke(deps: RevokeDeps, input: RevokeInput): Promise<Result<Acknowledgement>> {
  const { before, nowMs } = deps.connection.read((store) => ({ before: look(store.db, input), nowMs: Math.ceil(store.clock.nowMs()) }))
  const { stored, head } = before
  if (stored !== undefined) {
    assertSameAct(stored.revocation, input)
    if (stored.inLedger) return ok(acknowledge(stored.revocation.revision, stored.endedTasks, true))
  } else if (before.unknown) return deny({ reason: 'task_unknown' })

  if (input.scope.kind === 'task' && input.hold && input.holdScope === undefined) throw new TypeError('a hold on a task needs what it is on')
  const { id, scope, reason, hold, setBy, atMs } = input
  const { epoch, revision } = head.revision
  // The revision it will have unless others write first; a replay in the same epoch takes a new one for that reason.
  const held = input.holdScope === undefined ? {} : { holdScope: input.holdScope }
  const expected = { id, scope, reason, hold, ...held, setBy, setAtMs: Math.floor(atMs), revision: { epoch, revision: revision + 1 } }
  const cutAtMs = Math.max(before.clockMs, nowMs)
  const inLedger = await recordIntent(deps.ledger, head, { act: 'revoke', revocation: expected, cutAtMs })
  return await deps.writes.submit(({ db }) => recordOnce(db, input, inLedger))
}

function recordOnce(db: SqliteDatabase, input: RevokeInput, inLedger: boolean): Result<Acknowledgement> {
  const { stored, unknown } = look(db, input)
  if (stored !== undefined) {
    assertSameAct(stored.revocation, input)
    if (inLedger) db.prepare('UPDATE revocation SET in_ledger = 1 WHERE id = ?').run(input.id)
    return ok(acknowledge(stored.revocation.revision, stored.endedTasks, inLedger || stored.inLedger))
  }
  // A revocation of a task nobody ever created would be acknowledged and end nothing.
  if (unknown) return deny({ reason: 'task_unknown' })
  const made = recordRevocation(db, input, { inLedger })
  return ok(acknowledge(made.revision, made.endedTasks, inLedger))
}

interface Look {
  readonly head: StoreHead
  /** The store's clock as it was moved last. */
  readonly clockMs: number
  readonly stored: StoredRevocation | undefined
  /** The task to revoke is not there. */
  readonly unknown: boolean
}

const LOOK = `
  SELECT m.store_id, m.epoch, m.revision, m.clock_ms,
    EXISTS (SELECT 1 FROM revocation AS r WHERE r.id = ?1) AS recorded,
    EXISTS (SELECT 1 FROM task AS t WHERE t.id = ?2) AS task_known
  FROM meta AS m`

/** In one statement, because thousands may be asked for in the same second. */
function look(db: SqliteDatabase, { id, scope }: RevokeInput): Look {
  const row = db.prepare(LOOK).get(id, scope.kind === 'task' ? scope.id : '')
  if (row === undefined) throw corrupt('head')
  return {
    head: { storeId: textOf(row, 'store_id'), revision: { epoch: integerOf(row, 'epoch'), revision: integerOf(row, 'revision') } },
    clockMs: integerOf(row, 'clock_ms'),
    stored: flagOf(row, 'recorded') ? findRevocation(db, id) : undefined,
    unknown: scope.kind === 'task' && !flagOf(row, 'task_known'),
  }
}
