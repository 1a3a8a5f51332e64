// The acts of reading tasks: one by id, or a page of them.
import { deny, ok } from '@bailiwick/core'
import type { DecisionId, JsonObject, Result, Task, TaskId } from '@bailiwick/core'
import type { Page, TaskFilter } from '@bailiwick/task-state'
import { askPolicy } from '../ask-policy.ts'
import type { Done } from '../answer-act.ts'
import type { Caller } from '../callers/caller.ts'
import type { ControlDeps } from '../deps.ts'
import { auditedTask } from './create-task.ts'
import { findTask } from './find-task.ts'

export async function readTask(deps: ControlDeps, caller: Caller, id: TaskId, decisionId: DecisionId): Promise<Result<Done<Task>>> {
  const task = await findTask(deps, caller, id)
  if (!task.ok) return task
  const allowed = await askPolicy(deps, caller, { kind: 'bailiwick:task', id: task.value.id, action: 'read', attr: taskAttr(task.value) }, decisionId)
  return allowed.ok ? ok({ value: task.value, audit: { task: auditedTask(task.value) } }) : allowed
}

/** Only callers outside tasks list: operators all tasks, a person the tasks it is the subject of. */
export async function listTasks(deps: ControlDeps, caller: Caller, filter: TaskFilter, decisionId: DecisionId, now: number): Promise<Result<Done<Page<Task>>>> {
  if (caller.kind !== 'operator' && caller.kind !== 'person') return deny({ reason: 'policy_denied', detail: 'list_is_for_operators' })
  const mine = caller.kind === 'person' ? { ...filter, sub: caller.sub } : filter
  const attr = { subject: mine.sub ?? '*' }
  const allowed = await askPolicy(deps, caller, { kind: 'bailiwick:task', id: '*', action: 'read', attr }, decisionId)
  if (!allowed.ok) return allowed
  const page = await deps.store.listTasks(mine, now)
  return ok({ value: page, audit: { act: { listed: page.items.length } } })
}

/** What Cerbos is told of a stored task. */
export function taskAttr(task: Task): JsonObject {
  return {
    subject: task.subject.sub,
    subject_kind: task.subject.kind,
    agent: task.agent.id,
    binding: task.binding,
    resources: [...task.resources],
    lifetime_s: task.expiresAt - task.createdAt,
    ...(task.parentId === undefined ? {} : { parent_id: task.parentId }),
  }
}
