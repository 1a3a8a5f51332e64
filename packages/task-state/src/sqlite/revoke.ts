// The revocation: intent into the ledger, then the store's commit, then the check that the file is still the one with the name, then the answer.
import { deny, ok } from '@bailiwick/core'
import type { Result, StoreLedger } from '@bailiwick/core'
import { recordIntent } from '../record-intent.ts'
import { assertSameAct } from '../revocation-rules.ts'
import type { Acknowledgement, RevokeInput } from '../task-store.ts'
import { acknowledge } from './acknowledge.ts'
import type { Connection } from './connection.ts'
import { taskExists } from './list.ts'
import { readClock, readHead } from './open-store.ts'
import type { OpenStore } from './open-store.ts'
import { findRevocation, recordRevocation } from './revocation-row.ts'
import type { WriteQueue } from './write-queue.ts'

export interface RevokeDeps {
  readonly connection: Connection
  readonly writes: WriteQueue
  readonly ledger: StoreLedger
}

export async function revoke(deps: RevokeDeps, input: RevokeInput): Promise<Result<Acknowledgement>> {
  const before = deps.connection.read((store) => ({
    stored: findRevocation(store.db, input.id),
    unknown: input.scope.kind === 'task' && !taskExists(store, input.scope.id),
    head: readHead(store.db),
    clockMs: Math.max(readClock(store.db), Math.ceil(store.clock.nowMs())),
  }))
  if (before.stored !== undefined) {
    assertSameAct(before.stored.revocation, input)
    if (before.stored.inLedger) return ok(acknowledge(before.stored.revocation.revision, before.stored.endedTasks, true))
  } else if (before.unknown) return deny({ reason: 'task_unknown' })

  if (input.scope.kind === 'task' && input.hold && input.holdScope === undefined) throw new TypeError('a hold on a task needs what it is on')
  const { id, scope, reason, hold, setBy, atMs } = input
  const { epoch, revision } = before.head.revision
  // The revision it will have unless others write first; a replay in the same epoch takes a new one for that reason.
  const held = input.holdScope === undefined ? {} : { holdScope: input.holdScope }
  const expected = { id, scope, reason, hold, ...held, setBy, setAtMs: Math.floor(atMs), revision: { epoch, revision: revision + 1 } }
  const inLedger = await recordIntent(deps.ledger, before.head, { act: 'revoke', revocation: expected, cutAtMs: before.clockMs })
  return await deps.writes.submit((store) => recordOnce(store, input, inLedger))
}

function recordOnce(store: OpenStore, input: RevokeInput, inLedger: boolean): Result<Acknowledgement> {
  const { db } = store
  const stored = findRevocation(db, input.id)
  if (stored !== undefined) {
    assertSameAct(stored.revocation, input)
    if (inLedger) db.prepare('UPDATE revocation SET in_ledger = 1 WHERE id = ?').run(input.id)
    return ok(acknowledge(stored.revocation.revision, stored.endedTasks, inLedger || stored.inLedger))
  }
  if (input.scope.kind === 'task' && !taskExists(store, input.scope.id)) return deny({ reason: 'task_unknown' })
  const made = recordRevocation(db, input, { inLedger })
  return ok(acknowledge(made.revocation.revision, made.endedTasks, inLedger))
}
