// A question as the requests Cerbos is sent: as few as hold it. No I/O.
import type { JsonObject, JsonValue } from '@bailiwick/core'
import type { CheckResourcesRequest, Principal, ResourceCheck, Value } from '@cerbos/core'
import { CANARIES } from './canary.ts'
import type { PolicyItem, PolicyPrincipal, PolicyQuestion } from './decider.ts'
import { MAX_QUESTION_BYTES, weigh, weighItem } from './question.ts'

/** The engine's own limit of resources in one request. */
const MAX_RESOURCES = 50

/** One request: the items it carries by {@link keyOf}, and whether the canaries ride along. */
export interface Batch {
  readonly request: CheckResourcesRequest
  readonly items: ReadonlyMap<string, PolicyItem>
  readonly withCanaries: boolean
}

/** What an answer is known by: the engine repeats kind, id and actions, and gives no other name to match. */
export function keyOf(kind: string, id: string, actions: readonly string[]): string {
  return JSON.stringify([kind, id, ...actions.toSorted()])
}

/** Two items of one key never share a request: which answer was whose could not be told. */
export function toBatches(question: PolicyQuestion, withCanaries: boolean): readonly Batch[] {
  const principal = toPrincipalMessage(question.principal)
  // One item fits: `assertAskable` has seen to that, and its weight need not be taken again on every call.
  const single = question.items.length === 1
  const room = single ? MAX_QUESTION_BYTES : MAX_QUESTION_BYTES - weigh(question.principal.attr)
  const drafts: Draft[] = []
  for (const item of question.items) {
    const key = keyOf(item.resource.kind, item.resource.id, item.actions)
    const bytes = single ? 0 : weighItem(item)
    const draft = drafts.find((open) => open.items.size < open.maxItems && open.bytes + bytes <= room && !open.items.has(key))
    if (draft === undefined) drafts.push(openDraft(key, item, bytes, withCanaries && drafts.length === 0))
    else {
      draft.items.set(key, item)
      draft.bytes += bytes
    }
  }
  return drafts.map(({ items, canaries }) => ({
    items,
    withCanaries: canaries,
    request: {
      principal,
      resources: [...[...items.values()].map(toResourceCheck), ...(canaries ? CANARIES.map(toResourceCheck) : [])],
      includeMetadata: true,
      requestContext: { annotations: { ...question.annotations } },
    },
  }))
}

interface Draft {
  readonly items: Map<string, PolicyItem>
  readonly canaries: boolean
  readonly maxItems: number
  bytes: number
}

function openDraft(key: string, item: PolicyItem, bytes: number, canaries: boolean): Draft {
  return { items: new Map([[key, item]]), canaries, maxItems: canaries ? MAX_RESOURCES - CANARIES.length : MAX_RESOURCES, bytes }
}

export function toPrincipalMessage({ id, roles, attr }: PolicyPrincipal): Principal {
  return { id, roles: [...roles], attr: toValues(attr) }
}

function toResourceCheck({ resource, actions }: PolicyItem): ResourceCheck {
  return { resource: { kind: resource.kind, id: resource.id, attr: toValues(resource.attr) }, actions: [...actions] }
}

export function toValues(object: JsonObject): Record<string, Value> {
  // A loop, not entries and fromEntries: it runs for every object of every question. No prototype, so that no key of a caller's is special.
  const values: { [key: string]: Value } = { __proto__: null }
  for (const key of Object.keys(object)) values[key] = toValue(object[key] ?? null)
  return values
}

function toValue(value: JsonValue): Value {
  if (isList(value)) return value.map(toValue)
  if (typeof value === 'object' && value !== null) return toValues(value)
  return value
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
