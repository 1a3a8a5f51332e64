// The server's answer to a list: what each entry is called, and the same answer with entries left out. Entries are only dropped, never
// changed. Where the gateway joined the lists of several servers it put each one's name before what the server calls a thing.
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { findFoldedKey, isJsonArray, isJsonObject, parseStrictJson, reserveKeys } from '@bailiwick/json'
import type { ReservedKeys } from '@bailiwick/json'
import { jointOf, ownNameOf } from '../../read/mcp/joined-names.ts'

interface ListShape {
  /** The member that holds the entries, and the member of an entry that names it. */
  readonly entries: string
  readonly name: string
}

const LISTS: ReadonlyMap<string, ListShape> = new Map([
  ['tools/list', { entries: 'tools', name: 'name' }],
  ['prompts/list', { entries: 'prompts', name: 'name' }],
  ['resources/list', { entries: 'resources', name: 'uri' }],
  ['resources/templates/list', { entries: 'resourceTemplates', name: 'uriTemplate' }],
  ['tasks/list', { entries: 'tasks', name: 'taskId' }],
])
const CACHE_SCOPE = 'cacheScope'

export interface ListResult {
  /** As the servers call them. An entry whose name is missing or could be two servers' has none, and is left out. */
  readonly names: readonly string[]
  /** Undefined where nothing is to change. */
  keeping(visible: ReadonlySet<string>): JsonObject | undefined
}

/** `unlisted`: the method answers with no list. `unreadable`: it should be one and is not. */
export function readListResult(method: string, bytes: Uint8Array, services: readonly string[], maxBytes: number): ListResult | 'unlisted' | 'unreadable' {
  const shape = LISTS.get(method)
  if (shape === undefined) return 'unlisted'
  const parsed = parseStrictJson(bytes, { maxBytes, reservedKeys: reserveKeys([shape.entries, CACHE_SCOPE]) })
  if (!parsed.ok || !isJsonObject(parsed.value)) return 'unreadable'
  const result = parsed.value
  const entries = result[shape.entries]
  if (!isJsonArray(entries)) return 'unreadable'
  const reserved = reserveKeys([shape.name])
  const named = entries.map((entry) => ({ entry, name: nameOf(entry, method, shape, reserved, services) }))
  return {
    names: named.flatMap(({ name }) => name ?? []),
    keeping: (visible) => {
      const kept = named.filter(({ name }) => name !== undefined && visible.has(name)).map(({ entry }) => entry)
      const isShared = result[CACHE_SCOPE] !== undefined && result[CACHE_SCOPE] !== 'private'
      if (kept.length === entries.length && !isShared) return undefined
      // Made for one caller: a cache must not hand it to another.
      return { ...result, [shape.entries]: kept, ...(isShared ? { [CACHE_SCOPE]: 'private' } : {}) }
    },
  }
}

function nameOf(entry: JsonValue, method: string, shape: ListShape, reserved: ReservedKeys, services: readonly string[]): string | undefined {
  if (!isJsonObject(entry) || findFoldedKey(entry, reserved) !== undefined) return undefined
  const shown = entry[shape.name]
  if (typeof shown !== 'string') return undefined
  const joint = jointOf(method, shown)
  return joint === undefined ? undefined : ownNameOf(shown, joint, services)
}
