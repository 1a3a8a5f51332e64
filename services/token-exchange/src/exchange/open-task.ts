// Step: writes the task a template planned; every other task exists already. The store checks cut-offs and holds again inside the write.
import { ok } from '@bailiwick/core'
import type { Result } from '@bailiwick/core'
import type { TaskStore } from '@bailiwick/task-state'
import type { TaskInHand } from './model.ts'

export async function openTask({ store }: { readonly store: TaskStore }, hand: TaskInHand, nowSeconds: number): Promise<Result<TaskInHand>> {
  if (hand.create === undefined) return ok(hand)
  const created = await store.createTask(hand.create, nowSeconds)
  return created.ok ? ok({ ...hand, task: created.value.task, opened: true }) : created
}
