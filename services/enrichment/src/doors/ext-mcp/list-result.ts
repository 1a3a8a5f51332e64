// The server's answer to a list: what each entry is called, and the same answer with entries left out. Entries are only dropped, never
// changed. Where the gateway joined the lists of several servers it put each one's name before what the server calls a thing.
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { findFoldedKey, isJsonArray, isJsonObject, parseStrictJson, reserveKeys } from '@bailiwick/json'
import type { ReservedKeys } from '@bailiwick/json'

interface ListShape {
  /** The member that holds the entries, and the member of an entry that names it. */
  readonly entries: string
  readonly name: string
  /** Between a server's name and its own name of the thing. */
  readonly joint: string
}

const LISTS: ReadonlyMap<string, ListShape> = new Map([
  ['tools/list', { entries: 'tools', name: 'name', joint: '_' }],
  ['prompts/list', { entries: 'prompts', name: 'name', joint: '_' }],
  ['resources/list', { entries: 'resources', name: 'uri', joint: '+' }],
  ['resources/templates/list', { entries: 'resourceTemplates', name: 'uriTemplate', joint: '+' }],
  ['tasks/list', { entries: 'tasks', name: 'taskId', joint: '+' }],
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
  const named = entries.map((entry) => ({ entry, name: nativeName(entry, shape, reserved, services) }))
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

function nativeName(entry: JsonValue, shape: ListShape, reserved: ReservedKeys, services: readonly string[]): string | undefined {
  if (!isJsonObject(entry) || findFoldedKey(entry, reserved) !== undefined) return undefined
  const shown = entry[shape.name]
  if (typeof shown !== 'string') return undefined
  if (services.length < 2) return shown
  const prefixes = services.map((service) => `${service}${shape.joint}`).filter((prefix) => shown.startsWith(prefix))
  const [prefix] = prefixes
  return prefix !== undefined && prefixes.length === 1 ? shown.slice(prefix.length) : undefined
}
