// Creating, reading and completing tasks. What each means is in task-store.ts; what makes it atomic is in its script.
import { deny, Fault, ok, parseTaskId } from '@bailiwick/core'
import type { Denial, Result, Revision, StoreLedger, Task, TaskId } from '@bailiwick/core'
import { corrupt } from '../corrupt.ts'
import { problemOf, wideningOf } from '../new-task-rules.ts'
import { recordIntent } from '../record-intent.ts'
import { partiesOf, scopeKeysOf } from '../scope-keys.ts'
import { factsText } from '../task-facts.ts'
import type { Acknowledgement, NewTask, NewWork, Standing, StandingQuery } from '../task-store.ts'
import { acknowledge } from './acknowledge.ts'
import type { Asker } from './asker.ts'
import { digestOf, digestOfNamed, tagOf } from './keys.ts'
import type { Argument } from './link.ts'
import { KEEP_TASK_SECONDS } from './lua/library.ts'
import { CHECK_WORK, READ_STANDING } from './lua/read.ts'
import { COMPLETE_TASK, CREATE_TASK } from './lua/write-task.ts'
import { integerAt, listOf, textAt } from './reply.ts'
import { denialOf, standingReplyOf, toStanding } from './standing-reply.ts'
import type { StandingReply } from './standing-reply.ts'
import { markOf } from './view.ts'

/** A new task's id says when it was made. Within this it is new; outside it, a task of that id may have been here and lapsed. */
const NEW_ID_SECONDS = KEEP_TASK_SECONDS / 2
/** Redis refuses times it cannot count to, after the script has begun to write. */
const MAX_KEEP_MS = 100 * 365 * 86_400_000

export async function readStanding(asker: Asker, query: StandingQuery): Promise<Result<Standing>> {
  const found = await readTask(asker, query)
  return toStanding(found, query)
}

export async function readTask(asker: Asker, query: StandingQuery): Promise<StandingReply> {
  const { taskId, resource, kid, jti, newWork, nowSeconds } = query
  const reply = await asker.read(READ_STANDING, [
    parseTaskId(taskId) ?? 'none',
    secondsText(nowSeconds),
    resource === undefined ? '' : tagOf({ kind: 'resource', id: resource }),
    kid === undefined ? '' : tagOf({ kind: 'key', id: kid }),
    jti === undefined ? '' : digestOfNamed(jti),
    newWork ? 1 : 0,
  ])
  const found = standingReplyOf(reply, taskId)
  asker.saw(found.revision.epoch, found.revision.revision)
  return found
}

/** A clock that is not a number expires everything. */
export function secondsText(seconds: number): string {
  return Number.isFinite(seconds) ? String(seconds) : 'inf'
}

export async function checkNewWork(asker: Asker, input: NewWork): Promise<Result<Revision>> {
  const { subject, actors, clients, createdBy, resources, authenticatedAt } = input
  const keys = scopeKeysOf({ subject, actors, clients, ...(createdBy === undefined ? {} : { createdBy }) })
  if (keys === undefined) return deny({ reason: 'held', detail: 'too_many_scopes' })
  const tags = [...keys, ...resources.map((id) => ({ kind: 'resource', id }) as const)].map(tagOf)
  const reply = listOf(await asker.read(CHECK_WORK, [tags.join(' '), ...signInArguments(subject, authenticatedAt)]), 4)
  const revision = { epoch: integerAt(reply, 2), revision: integerAt(reply, 3) }
  asker.saw(revision.epoch, revision.revision)
  const reason = textAt(reply, 0)
  return reason === '' ? ok(revision) : deny(denialOf(reason, textAt(reply, 1)))
}

/** The user's tag and when the sign-in was; empty where the work rests on none. */
function signInArguments(subject: NewTask['subject'], authenticatedAt: number | undefined): readonly [tag: string, at: string] {
  if (subject.kind !== 'user') return ['', '']
  return [tagOf({ kind: 'user', id: subject.sub }), authenticatedAt === undefined ? '' : authenticatedText(authenticatedAt)]
}

/** A sign-in time that is not a number is older than anything. */
function authenticatedText(seconds: number): string {
  return Number.isFinite(seconds) ? String(seconds) : '-inf'
}

export async function createTask(asker: Asker, input: NewTask, nowSeconds: number): Promise<Result<Standing>> {
  const keys = scopeKeysOf(partiesOf(input))
  if (keys === undefined) return refuse('too_many_scopes')
  if (!Number.isFinite(nowSeconds)) return refuse('lifetime')
  const malformed = problemOf(input, nowSeconds)
  if (malformed !== undefined) return refuse(malformed)
  if (!isNewId(input.id, nowSeconds)) throw exists()

  let parent: Task | undefined
  if (input.parentId !== undefined) {
    // Only for its facts, which never change: that it lives is checked again by the script that writes.
    const standing = await readStanding(asker, { taskId: input.parentId, newWork: true, nowSeconds })
    if (!standing.ok) return standing
    parent = standing.value.task
    const wider = wideningOf(input, parent)
    if (wider !== undefined) return refuse(wider)
  } else if (input.bindingSource === 'inherited') return refuse('nothing_to_inherit')

  const reply = await asker.work(CREATE_TASK, [
    input.id,
    input.parentId ?? '',
    secondsText(nowSeconds),
    Math.min(MAX_KEEP_MS, Math.ceil((input.expiresAt - nowSeconds + KEEP_TASK_SECONDS) * 1000)),
    input.expiresAt,
    factsText(input),
    digestOf(input.subject.sub),
    digestOf(input.agent.id),
    keys.map(tagOf).join(' '),
    input.resources.map((id) => tagOf({ kind: 'resource', id })).join(' '),
    // A child rests on its parent, not on a sign-in of its own.
    ...(parent === undefined ? signInArguments(input.subject, input.authenticatedAt) : (['', ''] satisfies Argument[])),
  ])
  if (!Array.isArray(reply)) throw corrupt('reply')
  switch (reply[0]) {
    case 'exists':
      throw exists()
    case 'denied':
      return deny(denialOf(textAt(reply, 1), textAt(reply, 2)))
    case 'created': {
      const created = listOf(reply, 3)
      const createdRev = { epoch: integerAt(created, 1), revision: integerAt(created, 2) }
      asker.saw(createdRev.epoch, createdRev.revision)
      const path = parent === undefined ? [] : [...parent.path, parent.id]
      const { authenticatedAt: _, ...facts } = input
      return ok({ task: { ...facts, path, state: 'active', version: 1, createdRev }, revision: createdRev })
    }
    default:
      throw corrupt('reply')
  }
}

function refuse(detail: string): Result<never> {
  return deny({ reason: 'target_refused', detail } satisfies Denial)
}

function exists(): Fault {
  return new Fault('state', 'task_exists', 'a task with this id exists already, or may have existed')
}

function isNewId(id: string, nowSeconds: number): boolean {
  if (parseTaskId(id) === undefined) return false
  const madeMs = Number.parseInt(id.slice('task_'.length).replace('-', '').slice(0, 12), 16)
  return Math.abs(madeMs / 1000 - nowSeconds) <= NEW_ID_SECONDS
}

export async function completeTask(
  asker: Asker,
  ledger: StoreLedger,
  act: { readonly id: TaskId; readonly by: string; readonly atMs: number },
): Promise<Result<Acknowledgement>> {
  const { id, by, atMs } = act
  const before = await readTask(asker, { taskId: id, newWork: false, nowSeconds: atMs / 1000 })
  const reason = before.denial?.reason
  if (before.denial !== undefined && reason !== 'task_completed' && reason !== 'cut_off') return deny(before.denial)
  const untilSeconds = before.task()?.expiresAt
  if (untilSeconds === undefined) throw corrupt('a task that can be completed')
  const inLedger = await recordIntent(ledger, markOf(asker.membership.view()), { act: 'complete', taskId: id, by, atMs, untilSeconds })
  const { reply, confirmation } = await asker.act(COMPLETE_TASK, [id, by, atText(atMs)])
  if (!Array.isArray(reply)) throw corrupt('reply')
  if (reply[0] === 'denied') return deny(denialOf(textAt(reply, 1), textAt(reply, 2)))
  const done = listOf(reply, 4)
  if (textAt(done, 0) !== 'done') throw corrupt('reply')
  const revision = { epoch: integerAt(done, 1), revision: integerAt(done, 2) }
  return ok(acknowledge(asker, { confirmation, revision, store: revision, endedTasks: integerAt(done, 3), inLedger }))
}

/** Whole milliseconds: what the scripts write down again. */
export function atText(atMs: number): string {
  if (!Number.isFinite(atMs)) throw new TypeError('atMs must be a number')
  return String(Math.floor(atMs))
}
