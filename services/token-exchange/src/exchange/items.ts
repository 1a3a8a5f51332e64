// The resources of one call on their way through the walk: which are asked, which are still good, which came back refused. Pure.
import type { BailiwickConfig } from '@bailiwick/config'
import { deny, Fault, ok } from '@bailiwick/core'
import type { Refused, Result, Task } from '@bailiwick/core'
import type { Constrained, Item, Signed, Target } from './model.ts'

/** "all" means the task's own resources, never the client's: each is then decided like any other. */
export function targetsOf(config: Pick<BailiwickConfig, 'resources' | 'limits'>, asked: readonly Target[] | 'all', task: Task): Result<readonly Target[]> {
  if (asked !== 'all') return ok(asked)
  if (task.resources.length > config.limits.batchItems) return deny({ reason: 'target_refused', detail: 'too_many_items' })
  return ok(task.resources.map((name) => ({ asked: config.resources.get(name)?.uri ?? name, key: name, scope: undefined })))
}

export function goodOf<T>(items: readonly Item<T>[]): readonly T[] {
  return items.flatMap(({ outcome }) => (outcome.ok ? [outcome.value] : []))
}

/** The items with the next step's outcomes, given in order for those that were still good. */
export function merge<A, B>(items: readonly Item<A>[], next: readonly Result<B>[]): readonly Item<B>[] {
  const outcomes = next.values()
  return items.map(({ target, outcome }) => {
    if (!outcome.ok) return { target, outcome }
    const following = outcomes.next()
    if (following.done === true) throw new Fault('policy', 'outcome_missing', 'a resource was left without an outcome')
    return { target, outcome: following.value }
  })
}

/** A resource asked for by name and by URI is asked for twice; the policy could not tell the two answers apart. The first counts. */
export function withoutRepeats(items: readonly Item<Constrained>[]): readonly Item<Constrained>[] {
  const seen = new Set<string>()
  return items.map((item) => {
    if (!item.outcome.ok) return item
    const { name } = item.outcome.value.resource
    if (seen.has(name)) return { target: item.target, outcome: deny({ reason: 'target_refused', detail: 'resource_repeated' }) }
    seen.add(name)
    return item
  })
}

/** What the record may say while nothing is signed. */
export function refusedOf<T>(items: readonly Item<T>[]): readonly Item<Signed>[] {
  return items.flatMap(({ target, outcome }) => (outcome.ok ? [] : [{ target, outcome }]))
}

/** The refusal of a call none of whose resources is left; undefined while one is. No item at all is a refusal too. */
export function refusalOf(items: readonly Item<unknown>[]): Refused | undefined {
  const [first] = items
  if (first === undefined) return deny({ reason: 'target_refused', detail: 'no_target' })
  for (const { outcome } of items) if (outcome.ok) return undefined
  return first.outcome.ok ? undefined : first.outcome
}
