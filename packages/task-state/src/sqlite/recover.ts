// What happens between opening a file and the first answer. The ledger, kept outside the file, says whose store this node used and how far it
// had come; a file that is another store, or an older copy, is recovered here: everything older is cut off and what it forgot is put back.
//
// Why an ordinary restart never looks like a recovery: the ledger's mark is only ever a revision that was read from a committed, fsynced state,
// and an act's intent is recorded with the mark as it was before the act. So the file is at or past the mark unless it lost commits.
// An act that is in the ledger but not in the file (a crash between the two) is found by its id, not by the mark, and is simply done now.
import { isOlder, newRevocationId, nowSeconds, parseRevocationId } from '@bailiwick/core'
import type { Clock, RecordedAct, Revision, StoreLedger, StoreMark } from '@bailiwick/core'
import type { SqliteDatabase } from '@bailiwick/sqlite'
import { hasLapsed } from '../single-use-times.ts'
import { recordCompletion } from './complete-task.ts'
import { moveClock, readHead } from './open-store.ts'
import type { StoreHead } from './open-store.ts'
import { findRevocation, liftRevocation, recordRevocation } from './revocation-row.ts'
import { forgetSpent, revokeToken } from './single-use.ts'

export interface RecoverOptions {
  readonly ledger: StoreLedger
  readonly clock: Clock
  /** The file was found beneath a -wal of another: it is a copy, whatever its revision says. */
  readonly mixed: boolean
}

/** Resolves when the store may answer. The ledger has been told before that. */
export async function recover(db: SqliteDatabase, options: RecoverOptions): Promise<StoreHead> {
  const { ledger, clock } = options
  const mark = await ledger.mark()
  const acts = await ledger.acts()
  const { head, recovered } = db.immediate(() => {
    const found = readHead(db)
    moveClock(db, clock)
    const lost = options.mixed || (mark !== undefined && (mark.storeId !== found.storeId || isOlder(found.revision, mark.revision)))
    if (lost) beginEpoch(db, mark ?? found, found, clock)
    for (const act of acts) replay(db, act, nowSeconds(clock))
    return { head: readHead(db), recovered: lost }
  })
  if (recovered || mark === undefined) await ledger.advance({ storeId: head.storeId, revision: head.revision })
  return head
}

/** A new epoch, above both histories, that begins with a cut-off of everything before it. New work may start at once. */
function beginEpoch(db: SqliteDatabase, mark: StoreMark, found: StoreHead, clock: Clock): void {
  const epoch = Math.max(found.revision.epoch, mark.revision.epoch) + 1
  const revision = Math.max(found.revision.revision, mark.revision.revision)
  db.prepare('UPDATE meta SET epoch = ?, revision = ?').run(epoch, revision)
  const atMs = clock.nowMs()
  const everything = { kind: 'everything', id: '*' } as const
  const reason = mark.storeId === found.storeId ? 'an older copy of the store was found' : 'another store was found'
  recordRevocation(db, { id: newRevocationId(atMs), scope: everything, reason, hold: false, setBy: 'recovery', atMs }, { inLedger: false })
  forgetSpent(db, atMs)
}

function replay(db: SqliteDatabase, act: RecordedAct, now: number): void {
  switch (act.act) {
    case 'revoke': {
      const { revocation } = act
      if (findRevocation(db, revocation.id) !== undefined) return
      const original = originalRevision(db, revocation.revision)
      const place = original === undefined ? {} : { original, cutAtMs: act.cutAtMs }
      recordRevocation(db, { ...revocation, atMs: revocation.setAtMs }, { inLedger: true, ...place })
      return
    }
    case 'complete':
      if (!hasLapsed(act.untilSeconds, now)) recordCompletion(db, act.taskId, { by: act.by, atMs: act.atMs, inLedger: true })
      return
    case 'revoke_token':
      if (!hasLapsed(act.untilSeconds, now)) revokeToken(db, { jti: act.jti, untilSeconds: act.untilSeconds, inLedger: true }, now)
      return
    case 'lift': {
      const id = parseRevocationId(act.revocationId)
      if (id !== undefined) liftRevocation(db, id, act.by, act.atMs)
    }
  }
}

/**
 * An act of an earlier epoch keeps its revision: that epoch's tasks are all cut off, and today's must not be. An act of this epoch takes a new
 * one: tasks may have been created between its intent and its loss, and it has to end those too.
 */
function originalRevision(db: SqliteDatabase, recorded: Revision): Revision | undefined {
  return recorded.epoch < readHead(db).revision.epoch ? recorded : undefined
}
