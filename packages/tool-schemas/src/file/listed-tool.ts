// A tool as its server lists it, and the digest it is known by. The digest covers every member a model or a client could be steered by: name,
// title, description, schemas, annotations, icons, and whatever a later revision adds; not `_meta`, which is for machinery on the way.
import { canonicalize, isJsonObject, newJsonObject } from '@bailiwick/json'
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { hash } from 'node:crypto'

export interface ListedTool {
  readonly name: string
  /** Without `_meta`. */
  readonly definition: JsonObject
  readonly digest: string
}

/** As the reader of calls takes them: a name it would refuse can never be called. */
const NAME = /^[A-Za-z0-9_.\-/]{1,128}$/

/** Undefined where it is no tool that could ever be called. Does not check the schema. */
export function toListedTool(definition: JsonValue): ListedTool | undefined {
  if (!isJsonObject(definition)) return undefined
  const { name, _meta: _, ...rest } = definition
  if (typeof name !== 'string' || !NAME.test(name)) return undefined
  const shown: JsonObject = { name, ...rest }
  return { name, definition: shown, digest: digestOf(shown) }
}

/** `sha256:` and base64url of the canonical form (RFC 8785). */
export function digestOf(value: JsonValue): string {
  return `sha256:${hash('sha256', canonicalize(value), 'base64url')}`
}

/** By name, in the order of code units: the same everywhere. */
export function byName(left: { readonly name: string }, right: { readonly name: string }): number {
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0
}

/** Plain JSON (numbers, prototypes) as the strict reader would have made it. Throws TypeError for what is no JSON. */
export function toJsonValue(value: unknown, depthLeft = 64): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value !== 'object' || depthLeft === 0) throw new TypeError('not a JSON value')
  if (Array.isArray(value)) return value.map((item) => toJsonValue(item, depthLeft - 1))
  const object = newJsonObject()
  for (const [key, member] of Object.entries(value)) if (member !== undefined) object[key] = toJsonValue(member, depthLeft - 1)
  return object
}
