// Step: the task a caller may speak of by id, or `task_unknown`. A task id alone opens nothing: operators and people are judged by
// policy afterwards, a launcher reaches only tasks it created, an agent only its own task and those below it.
import { deny, ok } from '@bailiwick/core'
import type { Result, Task, TaskId } from '@bailiwick/core'
import type { Caller } from '../callers/caller.ts'
import type { ControlDeps } from '../deps.ts'

export async function findTask(deps: Pick<ControlDeps, 'store'>, caller: Caller, id: TaskId): Promise<Result<Task>> {
  const task = await deps.store.findTask(id)
  // One answer for missing and foreign: an id is not an oracle.
  if (task === undefined || !isWithinReach(caller, task)) return deny({ reason: 'task_unknown' })
  return ok(task)
}

function isWithinReach(caller: Caller, task: Task): boolean {
  switch (caller.kind) {
    case 'operator':
    case 'person':
      return true
    case 'client':
      return caller.client.mayLaunch && task.createdByClient === caller.client.id
    case 'agent':
      return task.id === caller.standing.task.id || task.path.includes(caller.standing.task.id)
  }
}
