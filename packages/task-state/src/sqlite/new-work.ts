// What stands against work that has no task yet: holds in any scope involved, and a user's cut-off of sign-ins. One statement.
import { deny, ok } from '@bailiwick/core'
import type { Denial, ResourceName, Result, Revision, RevocationScope, Subject } from '@bailiwick/core'
import type { SqliteDatabase } from '@bailiwick/sqlite'
import { corrupt } from '../corrupt.ts'
import { scopeKeysOf } from '../scope-keys.ts'
import type { NewWork } from '../task-store.ts'
import { integerOf, optionalIntegerOf, textOf } from './column.ts'
import { assertSameStore } from './open-store.ts'
import type { OpenStore } from './open-store.ts'

const CHECK = `
  SELECT m.store_id, m.epoch, m.revision,
    (SELECT max(s.holds) FROM json_each(?1) AS k JOIN scope AS s ON s.kind = k.value ->> 0 AND s.id = k.value ->> 1) AS holds,
    u.cut_at_ms, u.unlifted
  FROM meta AS m LEFT JOIN scope AS u ON u.kind = 'user' AND u.id = ?2`

interface WorkCheck {
  readonly keys: readonly RevocationScope[]
  readonly resources: readonly ResourceName[]
  /** Whose sign-in the work rests on; undefined for a child, which rests on its parent. */
  readonly signIn?: { readonly subject: Subject; readonly authenticatedAt: number | undefined }
}

/** Inside or outside a transaction. `cut_off` before `held`. */
export function refusalOfWork(
  db: SqliteDatabase,
  work: WorkCheck,
): { readonly refusal: Denial | undefined; readonly storeId: string; readonly revision: Revision } {
  const scopes = [...work.keys.map((key) => [key.kind, key.id]), ...work.resources.map((name) => ['resource', name])]
  const user = work.signIn?.subject.kind === 'user' ? work.signIn.subject.sub : null
  const row = db.prepare(CHECK).get(JSON.stringify(scopes), user)
  if (row === undefined) throw corrupt('head')
  const cutAtMs = optionalIntegerOf(row, 'cut_at_ms')
  const revision = { epoch: integerOf(row, 'epoch'), revision: integerOf(row, 'revision') }
  const found = (refusal: Denial | undefined) => ({ refusal, storeId: textOf(row, 'store_id'), revision })
  if (cutAtMs !== undefined && work.signIn !== undefined) {
    const { authenticatedAt } = work.signIn
    // Sign-in times are whole seconds: the cut-off is rounded up and equality denies, so a sign-in of the same second never slips through.
    if (authenticatedAt !== undefined && !(authenticatedAt > Math.ceil(cutAtMs / 1000))) return found({ reason: 'cut_off', detail: 'sign_in' })
    // Without a sign-in time nobody can tell an old sign-in from a new one: the cut-off holds until an operator lifts it.
    if (authenticatedAt === undefined && integerOf(row, 'unlifted') > 0) return found({ reason: 'held', detail: 'sign_in_time_unknown' })
  }
  const holds = optionalIntegerOf(row, 'holds')
  return found(holds !== undefined && holds > 0 ? { reason: 'held' } : undefined)
}

export function checkNewWork(store: OpenStore, work: NewWork): Result<Revision> {
  const keys = scopeKeysOf({
    subject: work.subject,
    actors: work.actors,
    clients: work.clients,
    ...(work.createdBy === undefined ? {} : { createdBy: work.createdBy }),
  })
  if (keys === undefined) return deny({ reason: 'held', detail: 'too_many_scopes' })
  const { refusal, storeId, revision } = refusalOfWork(store.db, {
    keys,
    resources: work.resources,
    signIn: { subject: work.subject, authenticatedAt: work.authenticatedAt },
  })
  assertSameStore(store, storeId, revision)
  return refusal === undefined ? ok(revision) : deny(refusal)
}
