// Dotted paths into an answer: `a.b.c`, with whole numbers for places in a list. Own members only. No I/O.
import type { JsonObject, JsonValue } from '@bailiwick/core'

const PLACE = /^(?:0|[1-9][0-9]{0,5})$/

/** undefined where the path leads nowhere. A name that itself contains a dot cannot be addressed. */
export function readPath(document: JsonObject, path: string): JsonValue | undefined {
  let at: JsonValue | undefined = document
  for (const part of path.split('.')) {
    if (isArray(at)) at = PLACE.test(part) ? at[Number(part)] : undefined
    else if (typeof at === 'object' && at !== null) at = Object.hasOwn(at, part) ? at[part] : undefined
    else return undefined
  }
  return at
}

export function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}
