// What the state read replied, as a denial, a fault or a live task. The script decides; nothing it did not say plainly is taken for life.
import { deny, isOlder, ok, parseTaskId } from '@bailiwick/core'
import type { Denial, Result, Revision, Task, TaskId, TaskState } from '@bailiwick/core'
import { corrupt } from '../corrupt.ts'
import { factsOf } from '../task-facts.ts'
import type { Standing, StandingQuery } from '../task-store.ts'
import { integerAt, listOf, optionalIntegerAt, optionalTextAt, textAt } from './reply.ts'
import { storeFault } from './store-fault.ts'

const REASONS = ['task_unknown', 'task_revoked', 'task_completed', 'task_expired', 'cut_off', 'held'] as const

/** The denial a script names; the fault `store_corrupt` for a reason it cannot have. */
export function denialOf(reason: string, detail: string): Denial {
  const known = REASONS.find((one) => one === reason)
  if (known === undefined) throw corrupt('reason')
  return detail === '' ? { reason: known } : { reason: known, detail }
}

export interface StandingReply {
  readonly denial: Denial | undefined
  readonly revision: Revision
  /** What is stored, whatever stands against it; undefined where nothing is. */
  task(): Task | undefined
}

const LENGTH = 14

export function standingReplyOf(reply: unknown, id: TaskId): StandingReply {
  const list = listOf(reply, LENGTH)
  const reason = textAt(list, 0)
  return {
    denial: reason === '' ? undefined : denialOf(reason, textAt(list, 1)),
    revision: { epoch: integerAt(list, 2), revision: integerAt(list, 3) },
    task: () => (list[4] === null ? undefined : taskOf(list, id)),
  }
}

export function toStanding(found: StandingReply, query: Pick<StandingQuery, 'kep' | 'nowSeconds'>): Result<Standing> {
  if (query.kep !== undefined && isOlder(found.revision, query.kep)) throw storeFault('revision_behind', 'the store is behind the token: it has lost acts')
  if (found.denial !== undefined) return deny(found.denial)
  const task = found.task()
  // The script said so; an allow rests on the task itself saying it too.
  if (task?.state !== 'active' || !(query.nowSeconds < task.expiresAt)) throw corrupt('a live task')
  return ok({ task, revision: found.revision })
}

/** The task as people should see it: one ended from above or by a cut-off reads `revoked` or `completed`, whatever its own state still says. */
export function asItStands(found: StandingReply): { readonly task: Task; readonly active: boolean } | undefined {
  const task = found.task()
  if (task === undefined) return undefined
  const reason = found.denial?.reason
  // An expired task keeps its state: it says so itself by `expiresAt`.
  if (reason === undefined || reason === 'task_expired') return { task, active: reason === undefined }
  return { task: { ...task, state: reason === 'task_completed' ? 'completed' : 'revoked' }, active: false }
}

function taskOf(list: readonly unknown[], id: TaskId): Task {
  const facts = factsOf(textAt(list, 13), id, integerAt(list, 6))
  const endedAt = optionalIntegerAt(list, 10)
  const endedBy = optionalTextAt(list, 11)
  const endReason = optionalTextAt(list, 12)
  return {
    ...facts,
    path: pathOf(textAt(list, 5), facts.parentId),
    state: stateOf(list[4]),
    version: integerAt(list, 7),
    createdRev: { epoch: integerAt(list, 8), revision: integerAt(list, 9) },
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(endedBy === undefined ? {} : { endedBy }),
    ...(endReason === undefined ? {} : { endReason }),
  }
}

function stateOf(state: unknown): TaskState {
  if (state !== 'active' && state !== 'completed' && state !== 'revoked') throw corrupt('state')
  return state
}

function pathOf(text: string, parentId: TaskId | undefined): readonly TaskId[] {
  const path = text === '' ? [] : text.split(' ')
  if (!path.every((id): id is TaskId => parseTaskId(id) !== undefined) || path.at(-1) !== parentId) throw corrupt('path')
  return path
}
