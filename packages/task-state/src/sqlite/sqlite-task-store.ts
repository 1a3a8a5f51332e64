// The embedded task store: one SQLite file, read on every decision, fsynced before every answer to a write. This file only puts the parts
// together: what each verb means is in task-store.ts, what it does in the file named after it.
import { deny, nowSeconds, ok } from '@bailiwick/core'
import type { Clock, Result, StoreLedger } from '@bailiwick/core'
import { corrupt } from '../corrupt.ts'
import { createLoopShare, OF_OTHER_WRITES, OF_REVOCATIONS } from '../loop-share.ts'
import { recordIntent } from '../record-intent.ts'
import { normaliseScope } from '../scope-keys.ts'
import type { Acknowledgement, TaskStore } from '../task-store.ts'
import { createTurnstile, REVOCATIONS_AT_ONCE, TURN_WITHIN_MS } from '../turnstile.ts'
import { acknowledge } from './acknowledge.ts'
import { endOf, isCompletionKept, recordCompletion, refusalOfCompletion } from './complete-task.ts'
import { connect } from './connection.ts'
import { countLive } from './count-live.ts'
import { createTask } from './create-task.ts'
import { findTask, listRevocations, listTasks, taskExists } from './list.ts'
import { checkNewWork } from './new-work.ts'
import { readHead } from './open-store.ts'
import { readStanding } from './read-standing.ts'
import { findRevocation, liftRevocation } from './revocation-row.ts'
import { revoke } from './revoke.ts'
import { consumeOnce, isTokenEndKept, revokeToken } from './single-use.ts'
import { createWriteQueue } from './write-queue.ts'

export interface SqliteTaskStoreOptions {
  /** `bailiwick.db` in the data folder, on a local disk: never on a network file system. */
  readonly file: string
  /** The node's memory of the store, in another file. Without it a swapped file could not be noticed. */
  readonly ledger: StoreLedger
  /** Read at open and for lists; every other verb is told the time. */
  readonly clock: Clock
}

/** Resolves when the store may answer: opened, checked, recovered where needed. Throws a Fault otherwise. */
export async function openSqliteTaskStore(options: SqliteTaskStoreOptions): Promise<TaskStore> {
  const { ledger, clock } = options
  const connection = await connect(options)
  const writes = createWriteQueue(connection, createLoopShare(clock, OF_OTHER_WRITES))
  // In transactions of their own: what a decision waits for never shares one with a storm.
  const share = createLoopShare(clock, OF_REVOCATIONS)
  const ends = createWriteQueue(connection, share)
  const revocations = createTurnstile({ room: REVOCATIONS_AT_ONCE, withinMs: TURN_WITHIN_MS, share, clock })
  const mark = () => connection.read(({ db }) => readHead(db))

  return {
    createTask: (input, now) => writes.submit((store) => createTask(store, input, now)),
    readStanding: async (query) => connection.read((store) => readStanding(store, query)),
    checkNewWork: async (work) => connection.read((store) => checkNewWork(store, work)),

    async completeTask(id, by, atMs) {
      const before = connection.read((store) => ({
        refusal: refusalOfCompletion(store, id, atMs),
        kept: isCompletionKept(store.db, id),
        untilSeconds: endOf(store.db, id),
        head: readHead(store.db),
      }))
      const { untilSeconds } = before
      if (before.refusal !== undefined) return deny(before.refusal)
      if (before.kept) return ok(acknowledge(before.head.revision, 0, true))
      if (untilSeconds === undefined) throw corrupt('a task that can be completed')
      const inLedger = await recordIntent(ledger, before.head, { act: 'complete', taskId: id, by, atMs, untilSeconds })
      return await writes.submit((store): Result<Acknowledgement> => {
        const refusal = refusalOfCompletion(store, id, atMs)
        if (refusal !== undefined) return deny(refusal)
        const endedTasks = recordCompletion(store.db, id, { by, atMs, inLedger })
        return ok(acknowledge(readHead(store.db).revision, endedTasks, inLedger))
      })
    },

    revoke: (input) => revocations.pass(() => revoke({ connection, writes: ends, ledger }, { ...input, scope: normaliseScope(input.scope) })),

    countAffected: async (scope, now) =>
      connection.read((store) => {
        const named = normaliseScope(scope)
        if (named.kind === 'task' && !taskExists(store, named.id)) return deny({ reason: 'task_unknown' })
        return ok(countLive(store.db, named, now))
      }),

    async liftHold(id, by, atMs) {
      const lifted = await writes.submit((store) => liftRevocation(store.db, id, by, atMs))
      if (!lifted.ok) return lifted
      // After the commit, unlike every act that ends something: a lost lift leaves the hold, while a lift that is replayed although its caller
      // was told it failed would release one.
      const inLedger = await recordIntent(ledger, mark(), { act: 'lift', revocationId: id, by, atMs })
      return ok(acknowledge(lifted.value, 0, inLedger))
    },

    async revokeToken(jti, untilSeconds, now) {
      if (!Number.isSafeInteger(untilSeconds)) throw new TypeError('untilSeconds must be an integer')
      const before = connection.read(({ db }) => ({ kept: isTokenEndKept(db, jti, untilSeconds), head: readHead(db) }))
      if (before.kept) return acknowledge(before.head.revision, 0, true)
      const inLedger = await recordIntent(ledger, before.head, { act: 'revoke_token', jti, untilSeconds })
      return await writes.submit(({ db }) => {
        revokeToken(db, { jti, untilSeconds, inLedger }, now)
        return acknowledge(readHead(db).revision, 0, inLedger)
      })
    },

    consumeOnce: (key, untilSeconds, now, issuedAtSeconds) => writes.submit(({ db }) => consumeOnce(db, { key, untilSeconds, issuedAtSeconds }, now)),

    findTask: async (id) => connection.read((store) => findTask(store, id, nowSeconds(clock))),
    listTasks: async (filter, now) => connection.read((store) => listTasks(store, filter, now)),
    findRevocation: async (id) => connection.read(({ db }) => findRevocation(db, id)?.revocation),
    listRevocations: async (page) => connection.read((store) => listRevocations(store, page)),
    health: async () => mark(),
    close: async () => connection.close(),
  }
}
