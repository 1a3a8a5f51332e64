// One read of a task's state for one resource, with every fact of the subject token that can end it. Used before signing and as the last check.
import type { Result } from '@bailiwick/core'
import type { Standing, TaskStore } from '@bailiwick/task-state'
import type { Constrained, TaskInHand } from './model.ts'

export async function readForResource(
  { store }: { readonly store: TaskStore },
  { task, proof }: TaskInHand,
  { resource }: Constrained,
  nowSeconds: number,
): Promise<Result<Standing>> {
  return await store.readStanding({ taskId: task.id, ...proof, resource: resource.name, newWork: true, nowSeconds })
}
