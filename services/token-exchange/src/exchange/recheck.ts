// Last step: the task again, for every resource a token was signed for, and the deadline with it. Nothing slow stands between this and the
// answer. One refusal refuses the whole call: what was recorded as issued is either released or it is not.
import { deny, ok, remainingMs } from '@bailiwick/core'
import type { Clock, Deadline, Result } from '@bailiwick/core'
import type { TaskStore } from '@bailiwick/task-state'
import type { Constrained, TaskInHand } from './model.ts'
import { readForResource } from './read-for-resource.ts'

interface Deps {
  readonly store: TaskStore
  readonly clock: Clock
}

export async function recheck(deps: Deps, hand: TaskInHand, released: readonly Constrained[], deadline: Deadline): Promise<Result<void>> {
  const nowSeconds = Math.floor(deps.clock.nowMs() / 1000)
  const standings = await Promise.all(released.map((item) => readForResource(deps, hand, item, nowSeconds)))
  for (const standing of standings) if (!standing.ok) return standing
  if (released.length === 0) return deny({ reason: 'state_unavailable', detail: 'nothing_checked' })
  if (remainingMs(deps.clock, deadline) === 0) return deny({ reason: 'deadline_exceeded', detail: 'after_last_check' })
  return ok(undefined)
}
