// What a new task must satisfy by itself and against its parent, whatever store it goes to. Pure. That the parent is alive, and that no cut-off or
// hold stands against the work, is checked inside the store's own write.
import { MAX_TASK_DEPTH } from '@bailiwick/core'
import type { Binding, BindingSource, Task } from '@bailiwick/core'
import type { NewTask } from './task-store.ts'

/** Facts that could not be stored and read back the same, or that no task may have. */
export function problemOf(input: NewTask, nowSeconds: number): string | undefined {
  if (input.resources.length === 0) return 'no_resources'
  if (!(input.expiresAt > nowSeconds) || !Number.isSafeInteger(input.expiresAt) || !Number.isSafeInteger(input.createdAt)) return 'lifetime'
  if (Object.values(input.binding).some((fact) => typeof fact === 'number' && !Number.isFinite(fact))) return 'binding'
  return undefined
}

/** What the child would have beyond its parent; undefined when it only narrows. */
export function wideningOf(child: NewTask, parent: Task): string | undefined {
  if (parent.path.length + 1 > MAX_TASK_DEPTH) return 'depth'
  if (child.subject.sub !== parent.subject.sub || child.subject.iss !== parent.subject.iss || child.subject.kind !== parent.subject.kind) return 'subject'
  if (!child.resources.every((name) => parent.resources.includes(name))) return 'resources'
  if (child.expiresAt > parent.expiresAt) return 'lifetime'
  return bindingKept(child.binding, child.bindingSource, parent.binding) ? undefined : 'binding'
}

const MAY_ADD_BINDING: Readonly<Record<BindingSource, boolean>> = { subject: true, launcher: true, operator: true, template: false, inherited: false }

/** Every parent fact with the same type and value. More facts only from someone who delegates, which the caller has established. */
function bindingKept(child: Binding, source: BindingSource, parent: Binding): boolean {
  const kept = Object.entries(parent).every(([key, fact]) => Object.hasOwn(child, key) && child[key] === fact)
  return kept && (MAY_ADD_BINDING[source] || Object.keys(child).length === Object.keys(parent).length)
}
