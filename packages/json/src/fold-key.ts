// Keys that another parser takes for the one we read. Go's encoding/json matches names under Unicode case folding (so U+017F
// is an s and U+212A a k), its second version can ignore `-` and `_` too, and Java and .NET ignore case on request: with
// `{"name": "refund_status", "Name": "refund_issue"}` policy and server would judge two different calls.
// GHSA-4gph-2hhr-5mwg, CVE-2026-27896.
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { isJsonArray, isJsonObject } from './json-object.ts'

/** Reserved names of one level, ready to be looked up. */
export interface ReservedKeys {
  readonly exact: ReadonlySet<string>
  readonly folded: ReadonlySet<string>
  /** Bit n is set where a folded name begins with the nth letter: other ASCII letters begin no key that folds onto one. */
  readonly initials: number
}

/** Throws TypeError where two of the names fold to one: they could never both be read. */
export function reserveKeys(names: readonly string[]): ReservedKeys {
  const reserved = reserveSpellings(names)
  if (reserved.folded.size !== reserved.exact.size) throw new TypeError('two reserved keys fold to one')
  return reserved
}

/** As `reserveKeys`, for names of which some are two spellings of one. Does not check that a body uses only one of them. */
export function reserveSpellings(names: readonly string[]): ReservedKeys {
  const folded = new Set(names.map(foldKey))
  return { exact: new Set(names), folded, initials: [...folded].reduce((bits, name) => bits | (1 << (letterOf(name) ?? 0)), 0) }
}

/** The first own key that is not reserved but folds onto one that is. Looks at this object alone, not below it. */
export function findFoldedKey(object: JsonObject, reserved: ReservedKeys): string | undefined {
  for (const key in object) {
    if (isFoldedKey(key, reserved)) return key
  }
  return undefined
}

export function isFoldedKey(key: string, reserved: ReservedKeys): boolean {
  const letter = letterOf(key)
  if (letter !== undefined && (reserved.initials & (1 << letter)) === 0) return false
  return !reserved.exact.has(key) && reserved.folded.has(foldKey(key))
}

/** Of a key that begins with an ASCII letter, in either case. */
function letterOf(key: string): number | undefined {
  const letter = (key.charCodeAt(0) | 0x20) - 0x61
  return letter >= 0 && letter < 26 ? letter : undefined
}

/**
 * Whether two keys of one object, here or anywhere below, are one name to a parser that ignores case: then such a server acts on the value that was not judged.
 * For objects whose keys are not known beforehand: only the caller's schema can refuse a single key in another case.
 */
export function hasFoldedSiblings(value: JsonValue): boolean {
  if (isJsonArray(value)) return value.some(hasFoldedSiblings)
  if (!isJsonObject(value)) return false
  const keys = Object.keys(value)
  if (!keys.every((key) => LOWER.test(key)) && new Set(keys.map(foldCase)).size !== keys.length) return true
  return keys.some((key) => hasFoldedSiblings(value[key] ?? null))
}

/** Most keys of most bodies: folding changes nothing. */
const FOLDED = /^[a-z0-9]*$/
const LOWER = /^[a-z0-9_-]*$/

/** Case folded, without `-` and `_`. Coarser than any one parser on purpose: folding too much only denies. */
export function foldKey(key: string): string {
  return FOLDED.test(key) ? key : foldCase(key).replace(/[-_]/g, '')
}

function foldCase(key: string): string {
  // U+0130 lower-cases to two characters here, but to a plain i where Java ignores case.
  return key.replaceAll('\u0130', 'i').toUpperCase().toLowerCase()
}
