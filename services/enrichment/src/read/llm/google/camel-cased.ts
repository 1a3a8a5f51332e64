// Proto JSON takes a field by its camelCase name or by the snake_case name of the definition, and by nothing else. Anything
// between the two, and a field given in both spellings, is refused: parsers disagree about which one counts.
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { foldKey, newJsonObject } from '@bailiwick/json'

const CAMEL = /^[a-z][A-Za-z0-9]{0,63}$/
const SNAKE = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/

/** The same members under their camelCase names; undefined where a name is neither, or two are one. Looks at this object alone. */
export function camelCased(object: JsonObject): JsonObject | undefined {
  const out: { [key: string]: JsonValue } = newJsonObject()
  const seen = new Set<string>()
  for (const [key, value] of Object.entries(object)) {
    const camel = CAMEL.test(key) ? key : SNAKE.test(key) ? toCamelCase(key) : undefined
    if (camel === undefined) return undefined
    const folded = foldKey(camel)
    if (seen.has(folded)) return undefined
    seen.add(folded)
    out[camel] = value
  }
  return out
}

function toCamelCase(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_whole, letter: string) => letter.toUpperCase())
}
