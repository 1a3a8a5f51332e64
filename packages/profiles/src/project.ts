// A source's answer reduced to what the configuration asks for: listed attributes, mapped roles, the active flag. Everything else is dropped;
// what is listed and does not fit is a fault, never cut down: a shortened list of groups would be another statement about the subject. No I/O.
import { newJsonObject } from '@bailiwick/json'
import type { JsonObject, JsonValue } from '@bailiwick/core'
import type { ProfileSourceConfig } from '@bailiwick/config'
import { isArray, readPath } from './read-path.ts'
import { SourceFault } from './source.ts'

/** One source's share of a profile. `active` is undefined where the source is not asked for it. */
export interface Share {
  readonly attributes: JsonObject
  readonly roles: readonly string[]
  readonly active?: boolean
}

const MAX_STRING = 1024
const MAX_ITEMS = 512
const MAX_DEPTH = 4
const MAX_ATTRIBUTE_CHARS = 8 * 1024
const MAX_SHARE_CHARS = 32 * 1024

export function project(config: ProfileSourceConfig, document: JsonObject): Share {
  const attributes = newJsonObject()
  let chars = 0
  for (const [name, path] of Object.entries(config.attributes)) {
    const value = readPath(document, path)
    // Absent and null are both "not known": policies read an absent attribute as a no.
    if (value === undefined || value === null) continue
    if (!isPlain(value, 0)) throw unfit(`attribute ${name}`)
    const size = JSON.stringify(value).length
    chars += size
    if (size > MAX_ATTRIBUTE_CHARS || chars > MAX_SHARE_CHARS) throw unfit(`attribute ${name}`)
    attributes[name] = value
  }
  const roles = config.roles === undefined ? [] : mappedRoles(document, config.roles)
  if (config.active === undefined) return { attributes, roles }
  const active = readPath(document, config.active)
  // "true", 1 or nothing at all tell nothing: only the boolean does.
  if (typeof active !== 'boolean') throw unfit('active flag')
  return { attributes, roles, active }
}

/** Only values the map lists become roles: a directory's text, which a user may be able to edit, never names one. */
function mappedRoles(document: JsonObject, { from, map }: NonNullable<ProfileSourceConfig['roles']>): readonly string[] {
  const value = readPath(document, from)
  if (value === undefined || value === null) return []
  const values = isArray(value) ? value : [value]
  if (values.length > MAX_ITEMS) throw unfit('roles')
  const roles = new Set<string>()
  for (const item of values) {
    if (typeof item !== 'string') throw unfit('roles')
    const role = Object.hasOwn(map, item) ? map[item] : undefined
    if (role !== undefined) roles.add(role)
  }
  return [...roles]
}

function isPlain(value: JsonValue, depth: number): boolean {
  if (typeof value === 'string') return value.length <= MAX_STRING && value.isWellFormed()
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value === 'boolean' || value === null) return true
  if (depth >= MAX_DEPTH) return false
  const items = isArray(value) ? value : Object.values(value)
  return items.length <= MAX_ITEMS && items.every((item) => isPlain(item, depth + 1))
}

function unfit(what: string): SourceFault {
  return new SourceFault('source_answer_unfit', 'subject', `the ${what} in the answer does not fit`)
}
