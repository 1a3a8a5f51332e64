// Revoking, lifting, ending a token, spending a key: intent into the ledger first, then the store's one script, then the question who has it.
import { deny, ok, parseRevocationId, parseTaskId, REVOCATION_KINDS } from '@bailiwick/core'
import type { Result, Revision, Revocation, RevocationId, RevocationKind, RevocationScope, StoreLedger } from '@bailiwick/core'
import { corrupt } from '../corrupt.ts'
import { recordIntent } from '../record-intent.ts'
import { assertSameAct } from '../revocation-rules.ts'
import { normaliseScope } from '../scope-keys.ts'
import type { Acknowledgement, RevokeInput } from '../task-store.ts'
import { acknowledge, noteReply } from './acknowledge.ts'
import type { Asker } from './asker.ts'
import { digestOf } from './keys.ts'
import { COUNT_AFFECTED, LOOK_UP } from './lua/read.ts'
import { END_TOKEN, LIFT_HOLD, RECORD_REVOCATION, SPEND } from './lua/write-act.ts'
import { NOT_RECORDED, revocationArguments, targetOf } from './reassert.ts'
import { flagAt, integerAt, listOf, optionalIntegerAt, optionalTextAt, textAt } from './reply.ts'
import { isAway, storeFault } from './store-fault.ts'
import { atText, secondsText } from './task-verbs.ts'
import type { Written } from './writer.ts'

export async function revoke(asker: Asker, ledger: StoreLedger, given: RevokeInput): Promise<Result<Acknowledgement>> {
  const { holdScope } = given
  const input = { ...given, scope: normaliseScope(given.scope), ...(holdScope === undefined ? {} : { holdScope: normaliseScope(holdScope) }) }
  if (input.hold && (input.holdScope ?? input.scope).kind === 'task') throw new TypeError('a task cannot be held: its agent can')
  if (parseRevocationId(input.id) === undefined) throw new TypeError('not a revocation id')
  const setAtMs = Number(atText(input.atMs))
  try {
    const found = await lookUp(asker, input.id, input.scope)
    if (found.revocation !== undefined) assertSameAct(found.revocation, input)
    else if (found.taskMissing) return deny({ reason: 'task_unknown' })
  } catch (error) {
    // A store that does not answer must not keep the act out of the ledger: from there it reaches the store before anybody is answered again.
    if (!isAway(error)) throw error
  }

  const mark = asker.membership.lastMark()
  if (mark === undefined) throw storeFault('store_recovering', 'the store was never taken up')
  const { id, scope, reason, hold, setBy } = input
  const act = { id, scope, reason, hold, ...(input.holdScope === undefined ? {} : { holdScope: input.holdScope }), setBy, setAtMs }
  const intent: Revocation = { ...act, revision: { epoch: mark.revision.epoch, revision: 0 } }
  const inLedger = await recordIntent(ledger, mark, { act: 'revoke', revocation: intent })
  const { reply, confirmation } = await owing(asker, inLedger, () => asker.act(RECORD_REVOCATION, revocationArguments(act, 'new', NOT_RECORDED)))
  if (!Array.isArray(reply)) throw corrupt('reply')
  if (reply[0] === 'unknown') return deny({ reason: 'task_unknown' })
  if (reply[0] === 'conflict') throw storeFault('revocation_conflict', 'another revocation with this id exists')
  const recorded = listOf(reply, 7)
  if (textAt(recorded, 0) !== 'recorded') throw corrupt('reply')
  const revision = { epoch: integerAt(recorded, 1), revision: integerAt(recorded, 2) }
  // Where it stands, for a recovery. Not waited for: with the intent alone a recovery ends more, never less. A task's end stands nowhere: put back late, it ends
  // the same task, and thousands may come in the same second.
  const cutAtMs = integerAt(recorded, 6)
  if (inLedger && scope.kind !== 'task') void recordIntent(ledger, mark, { act: 'revoke', revocation: { ...act, revision }, cutAtMs })
  return ok(acknowledge(asker, { confirmation, revision, store: storeAt(recorded, 4), endedTasks: integerAt(recorded, 3), inLedger }))
}

/** A recorded act whose write failed, or may have, is put back by this node itself as soon as the store is there again. */
async function owing(asker: Asker, inLedger: boolean, write: () => Promise<Written>): Promise<Written> {
  try {
    return await write()
  } catch (error) {
    if (inLedger) asker.membership.owe()
    throw error
  }
}

function storeAt(reply: readonly unknown[], at: number): Revision {
  return { epoch: integerAt(reply, at), revision: integerAt(reply, at + 1) }
}

const LOOK_UP_LENGTH = 15

interface Found {
  readonly revocation: Revocation | undefined
  readonly taskMissing: boolean
}

async function lookUp(asker: Asker, id: RevocationId, scope: RevocationScope | undefined): Promise<Found> {
  const taskId = scope?.kind === 'task' ? (parseTaskId(scope.id) ?? 'none') : ''
  const reply = listOf(await asker.read(LOOK_UP, [parseRevocationId(id) ?? 'none', taskId]), LOOK_UP_LENGTH)
  asker.saw(integerAt(reply, 0), integerAt(reply, 1))
  return { revocation: reply[3] === null ? undefined : revocationOf(reply, id), taskMissing: taskId !== '' && !flagAt(reply, 2) }
}

export async function findRevocation(asker: Asker, id: RevocationId): Promise<Revocation | undefined> {
  const { revocation } = await lookUp(asker, id, undefined)
  return revocation
}

function revocationOf(reply: readonly unknown[], id: RevocationId): Revocation {
  const liftedBy = optionalTextAt(reply, 11)
  const liftedAtMs = optionalIntegerAt(reply, 12)
  const holdId = textAt(reply, 14)
  return {
    id,
    scope: { kind: kindOf(textAt(reply, 3)), id: textAt(reply, 4) },
    reason: textAt(reply, 5),
    hold: flagAt(reply, 6),
    ...(holdId === '' ? {} : { holdScope: { kind: kindOf(textAt(reply, 13)), id: holdId } }),
    setBy: textAt(reply, 7),
    setAtMs: integerAt(reply, 8),
    revision: { epoch: integerAt(reply, 9), revision: integerAt(reply, 10) },
    ...(liftedBy === undefined ? {} : { liftedBy }),
    ...(liftedAtMs === undefined ? {} : { liftedAtMs }),
  }
}

function kindOf(text: string): RevocationKind {
  const kind = REVOCATION_KINDS.find((known) => known === text)
  if (kind === undefined) throw corrupt('revocation kind')
  return kind
}

export async function countAffected(asker: Asker, given: RevocationScope, nowSeconds: number): Promise<Result<number>> {
  const scope = normaliseScope(given)
  const reply = listOf(await asker.work(COUNT_AFFECTED, [scope.kind, targetOf(scope), secondsText(nowSeconds)]), 2)
  return flagAt(reply, 0) ? ok(integerAt(reply, 1)) : deny({ reason: 'task_unknown' })
}

export async function liftHold(
  asker: Asker,
  ledger: StoreLedger,
  act: { readonly id: RevocationId; readonly by: string; readonly atMs: number },
): Promise<Result<Acknowledgement>> {
  const { id, by, atMs } = act
  if (parseRevocationId(id) === undefined) return noSuchHold()
  const { reply, confirmation } = await asker.act(LIFT_HOLD, [id, by, atText(atMs), 'new'])
  if (!Array.isArray(reply)) throw corrupt('reply')
  if (reply[0] === 'none') return noSuchHold()
  const lifted = listOf(reply, 5)
  if (textAt(lifted, 0) !== 'lifted') throw corrupt('reply')
  const mark = asker.membership.lastMark()
  // After the write, unlike every act that ends something: a lost lift leaves the hold, while a lift that is put back although its caller was told
  // it failed would release one.
  const inLedger = mark !== undefined && (await recordIntent(ledger, mark, { act: 'lift', revocationId: id, by, atMs }))
  return ok(acknowledge(asker, { confirmation, revision: storeAt(lifted, 1), store: storeAt(lifted, 3), endedTasks: 0, inLedger }))
}

function noSuchHold(): Result<never> {
  return deny({ reason: 'resource_unknown', detail: 'no_such_hold' })
}

export async function revokeToken(asker: Asker, ledger: StoreLedger, jti: string, untilSeconds: number, nowSeconds: number): Promise<Acknowledgement> {
  if (!Number.isSafeInteger(untilSeconds)) throw new TypeError('untilSeconds must be an integer')
  const mark = asker.membership.lastMark()
  if (mark === undefined) throw storeFault('store_recovering', 'the store was never taken up')
  const inLedger = await recordIntent(ledger, mark, { act: 'revoke_token', jti, untilSeconds })
  const { reply, confirmation } = await owing(asker, inLedger, () => asker.act(END_TOKEN, [digestOf(jti), untilSeconds, secondsText(nowSeconds), 'new', jti]))
  const revision = storeAt(listOf(reply, 2), 0)
  return acknowledge(asker, { confirmation, revision, store: revision, endedTasks: 0, inLedger })
}

export interface SpentKey {
  readonly key: string
  readonly untilSeconds: number
  /** From a verified signature; never what a caller merely says. */
  readonly issuedAtSeconds: number | undefined
}

export async function consumeOnce(asker: Asker, { key, untilSeconds, issuedAtSeconds }: SpentKey, nowSeconds: number): Promise<boolean> {
  if (!Number.isSafeInteger(untilSeconds)) throw new TypeError('untilSeconds must be an integer')
  // A clock that is not a number has passed every end.
  if (!(nowSeconds < untilSeconds)) return false
  const issuedAt = issuedAtSeconds !== undefined && Number.isFinite(issuedAtSeconds) ? issuedAtSeconds : ''
  const { reply, confirmation } = await asker.spend(SPEND, [digestOf(key), untilSeconds, secondsText(nowSeconds), issuedAt])
  const spent = listOf(reply, 3)
  noteReply(asker, storeAt(spent, 1), confirmation)
  if (!flagAt(spent, 0)) return false
  // It is spent here; a failover could forget that and let it be spent again.
  if (!confirmation.confirmed) throw storeFault('store_unconfirmed', 'the key is spent, but not on every server that must have it')
  return true
}
