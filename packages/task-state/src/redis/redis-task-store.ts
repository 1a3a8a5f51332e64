// The task store of many nodes: one Redis primary, read on every decision through a fence, its acts confirmed by its replicas. This file only puts the
// parts together: what each verb means is in task-store.ts, what it does in the file named after it.
import { nowSeconds } from '@bailiwick/core'
import { createLoopShare, OF_REVOCATIONS } from '../loop-share.ts'
import type { RecoveryGate, TaskStore } from '../task-store.ts'
import { createTurnstile, REVOCATIONS_AT_ONCE, TURN_WITHIN_MS } from '../turnstile.ts'
import { consumeOnce, countAffected, findRevocation, liftHold, revoke, revokeToken } from './act-verbs.ts'
import { createAsker } from './asker.ts'
import { clientOptions } from './client-options.ts'
import type { LinkName } from './client-options.ts'
import { followFeed } from './feed-tail.ts'
import { keyspaceOf } from './keys.ts'
import { openLink } from './link.ts'
import type { Link } from './link.ts'
import { findTask, listRevocations, listTasks } from './lists.ts'
import { OVERRIDE_GATE } from './lua/join.ts'
import { READ_HEAD } from './lua/read.ts'
import { createMembership } from './membership.ts'
import { neighboursOf } from './neighbours.ts'
import { settingsOf } from './options.ts'
import type { RedisTaskStoreOptions } from './options.ts'
import { integerAt, listOf } from './reply.ts'
import { atText, checkNewWork, completeTask, createTask, readStanding } from './task-verbs.ts'
import { argumentsOf } from './view.ts'
import { createWriter } from './writer.ts'

export interface RedisTaskStore extends TaskStore, RecoveryGate {}

/**
 * Resolves when the store was taken up. Where other control instances have to put back what they recorded first, it resolves and denies with the fault
 * `store_recovering` until they have. Throws a TypeError for options that cannot be, a Fault when no usable primary answered in time.
 */
export async function openRedisTaskStore(options: RedisTaskStoreOptions): Promise<RedisTaskStore> {
  const settings = settingsOf(options)
  const { ledger, clock } = options
  const keys = keyspaceOf(settings.namespace)
  const membership = createMembership({
    settings,
    ledger,
    clock,
    head: keys.head,
    links: () => [acts, works, reads],
    report: (event) => options.report?.(event),
  })
  const link = (name: LinkName): Link =>
    openLink({
      name,
      client: clientOptions(settings, name),
      clock,
      changed: () => membership.lookSoon(),
    })
  const acts = link('acts')
  const works = link('works')
  const reads = link('reads')
  const confirmDeps = (): { readonly settings: typeof settings; readonly waitAof: boolean } => ({ settings, waitAof: membership.waitAof() })
  const asker = createAsker({
    keys,
    membership,
    reads,
    works,
    actWriter: createWriter({ link: acts, confirmDeps, clock, batch: 8, rest: 2 }),
    workWriter: createWriter({ link: works, confirmDeps, clock, batch: 16, rest: 0 }),
  })
  const revocations = createTurnstile({ room: REVOCATIONS_AT_ONCE, withinMs: TURN_WITHIN_MS, share: createLoopShare(clock, OF_REVOCATIONS), clock })
  const feed = followFeed(asker, ledger)
  const close = (): void => {
    feed.close()
    membership.close()
    for (const one of [acts, works, reads]) one.close()
  }
  try {
    await membership.opened(settings.openWithinMs)
  } catch (error) {
    close()
    throw error
  }

  return {
    createTask: (input, now) => createTask(asker, input, now),
    readStanding: (query) => readStanding(asker, query),
    checkNewWork: (work) => checkNewWork(asker, work),
    completeTask: (id, by, atMs) => completeTask(asker, ledger, { id, by, atMs }),
    revoke: (input) => revocations.pass(() => revoke(asker, ledger, input)),
    countAffected: (scope, now) => countAffected(asker, scope, now),
    liftHold: (id, by, atMs) => liftHold(asker, ledger, { id, by, atMs }),
    revokeToken: (jti, untilSeconds, now) => revokeToken(asker, ledger, jti, untilSeconds, now),
    consumeOnce: (key, untilSeconds, now, issuedAtSeconds) => consumeOnce(asker, { key, untilSeconds, issuedAtSeconds }, now),
    findTask: (id) => findTask(asker, id, nowSeconds(clock)),
    listTasks: (filter, now) => listTasks(asker, filter, now),
    findRevocation: (id) => findRevocation(asker, id),
    listRevocations: (page) => listRevocations(asker, page),
    async health() {
      const head = listOf(await asker.read(READ_HEAD, []), 2)
      const revision = { epoch: integerAt(head, 0), revision: integerAt(head, 1) }
      asker.saw(revision.epoch, revision.revision)
      return { storeId: membership.view().storeId, revision }
    },
    missing: () => membership.missing(),
    neighbours: async () => (await neighboursOf(acts.current(), settings.name)).map(({ nodeId }) => nodeId),
    async overrideGate(by, atMs) {
      const view = membership.lastView()
      await acts.current().run(OVERRIDE_GATE, keys.head, [...argumentsOf(view), by, atText(atMs)])
      membership.lookSoon()
      return { storeId: view.storeId, epoch: view.epoch }
    },
    close: async () => close(),
  }
}
