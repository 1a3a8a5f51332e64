// The act of completing a task: its children end with it. Completed may become revoked, never active.
import { ok } from '@bailiwick/core'
import type { DecisionId, Result, Task, TaskId } from '@bailiwick/core'
import type { Acknowledgement } from '@bailiwick/task-state'
import { askPolicy } from '../ask-policy.ts'
import type { Done } from '../answer-act.ts'
import type { Caller } from '../callers/caller.ts'
import type { ControlDeps } from '../deps.ts'
import { auditedTask } from './create-task.ts'
import { findTask } from './find-task.ts'
import { taskAttr } from './read-tasks.ts'

export interface CompletedTask {
  readonly task: Task
  readonly acknowledgement: Acknowledgement
}

export async function completeTask(deps: ControlDeps, caller: Caller, id: TaskId, decisionId: DecisionId): Promise<Result<Done<CompletedTask>>> {
  const task = await findTask(deps, caller, id)
  if (!task.ok) return task
  const allowed = await askPolicy(deps, caller, { kind: 'bailiwick:task', id: task.value.id, action: 'complete', attr: taskAttr(task.value) }, decisionId)
  if (!allowed.ok) return allowed
  const acknowledgement = await deps.store.completeTask(task.value.id, caller.sub, deps.clock.nowMs())
  if (!acknowledgement.ok) return acknowledgement
  const now = (await deps.store.findTask(task.value.id)) ?? task.value
  return ok({
    value: { task: now, acknowledgement: acknowledgement.value },
    audit: { task: auditedTask(now), state: { revision: acknowledgement.value.revision } },
  })
}
