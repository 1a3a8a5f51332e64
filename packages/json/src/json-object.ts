// Making objects without a prototype, and telling the shapes of a JSON value apart in a way the compiler follows for readonly arrays.
import type { JsonObject, JsonValue } from '@bailiwick/core'

/** An empty object on which no name means anything yet: it has no prototype. */
export function newJsonObject(): { [key: string]: JsonValue } {
  // Not a literal with `__proto__: null`: this one the compiler makes in place.
  // oxlint-disable-next-line typescript/no-unsafe-return -- `create` is declared to return any; what it makes of null has no member yet
  return Object.create(null)
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}
