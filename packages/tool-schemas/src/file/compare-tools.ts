// What a server lists now against what was pinned. Every difference is one: a description that gained a sentence steers a model as surely as a
// schema that lost a bound. Tells places, and shows values only to the person who reviews. Pure.
import { canonicalize, isJsonArray, isJsonObject } from '@bailiwick/json'
import type { JsonValue } from '@bailiwick/core'
import type { ListedTool } from './listed-tool.ts'

export type ToolChange =
  | { readonly kind: 'added'; readonly name: string }
  | { readonly kind: 'removed'; readonly name: string }
  | { readonly kind: 'changed'; readonly name: string; readonly places: readonly ChangedPlace[] }

export interface ChangedPlace {
  /** JSON pointer into the definition: `/inputSchema/properties/amount_cents/maximum`. */
  readonly pointer: string
  /** Undefined where there was, or is, nothing. */
  readonly before: JsonValue | undefined
  readonly after: JsonValue | undefined
}

const MAX_PLACES = 100

/** In the order of names. Empty where nothing changed. */
export function compareTools(pinned: readonly ListedTool[], listed: readonly ListedTool[]): readonly ToolChange[] {
  const before = new Map(pinned.map((tool) => [tool.name, tool]))
  const after = new Map(listed.map((tool) => [tool.name, tool]))
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted()
  return names.flatMap((name): readonly ToolChange[] => {
    const old = before.get(name)
    const now = after.get(name)
    if (old === undefined) return [{ kind: 'added', name }]
    if (now === undefined) return [{ kind: 'removed', name }]
    if (old.digest === now.digest) return []
    const places: ChangedPlace[] = []
    collect(old.definition, now.definition, '', places)
    return [{ kind: 'changed', name, places }]
  })
}

function collect(before: JsonValue | undefined, after: JsonValue | undefined, pointer: string, places: ChangedPlace[]): void {
  if (places.length >= MAX_PLACES || isSame(before, after)) return
  if (isJsonObject(before) && isJsonObject(after)) {
    for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted()) {
      collect(own(before, key), own(after, key), `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, places)
    }
    return
  }
  if (isJsonArray(before) && isJsonArray(after) && before.length === after.length) {
    before.forEach((item, index) => collect(item, after[index], `${pointer}/${index}`, places))
    return
  }
  places.push({ pointer, before, after })
}

function own(object: Readonly<Record<string, JsonValue>>, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function isSame(before: JsonValue | undefined, after: JsonValue | undefined): boolean {
  if (before === undefined || after === undefined) return before === after
  return canonicalize(before) === canonicalize(after)
}
