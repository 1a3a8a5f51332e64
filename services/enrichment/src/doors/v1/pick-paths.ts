// The part of an object that a list of dotted paths names. An empty list names nothing. No I/O.
import type { JsonObject, JsonValue } from '@bailiwick/core'

/** A path that is not there is left out; a path inside another one adds nothing. */
export function pickPaths(value: JsonObject, paths: readonly string[]): JsonObject {
  let picked: JsonObject = {}
  for (const path of paths) picked = pickInto(picked, value, path.split('.'))
  return picked
}

function pickInto(into: JsonObject, from: JsonObject, [key, ...rest]: readonly string[]): JsonObject {
  if (key === undefined || !Object.hasOwn(from, key)) return into
  const member = from[key]
  if (member === undefined) return into
  if (rest.length === 0) return { ...into, [key]: member }
  if (!isObject(member)) return into
  const before = Object.hasOwn(into, key) ? into[key] : undefined
  const inside = pickInto(isObject(before) ? before : {}, member, rest)
  return Object.keys(inside).length === 0 ? into : { ...into, [key]: inside }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
