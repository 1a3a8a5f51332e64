// Text that others wrote, made fit for an answer: policy outputs and the caller's own argument names. Control, format and
// invisible characters become spaces (they could hide instructions to a model or reorder what a person reads), and everything
// is cut to a size in the JSON it will stand in.
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { isJsonArray, isJsonObject, newJsonObject } from '@bailiwick/json'

// Controls, formats (zero width, bidi, tags), private use, unassigned, separators, and the variation selectors.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\u{fe00}-\u{fe0f}\u{e0100}-\u{e01ef}]+/gu
const ELLIPSIS = '…'

/** At most `maxBytes` as the inside of a JSON string in UTF-8. May be empty. */
export function printable(text: string, maxBytes: number): string {
  // No character takes less than a byte: what lies behind this cannot be reached.
  const clean = text
    .slice(0, maxBytes * 2)
    .toWellFormed()
    .replace(UNPRINTABLE, ' ')
    .trim()
  if (clean.length === text.length && jsonBytes(clean) <= maxBytes) return clean
  let bytes = 0
  let out = ''
  for (const character of clean) {
    bytes += jsonBytes(character)
    if (bytes > maxBytes - ELLIPSIS.length * 3) return `${out.trimEnd()}${ELLIPSIS}`
    out += character
  }
  return out
}

const MAX_DEPTH = 4
const MAX_ENTRIES = 16
const MAX_TEXT_BYTES = 160
const MAX_KEY_BYTES = 64

/** A policy's object for the caller, at most `maxBytes` of JSON; undefined where it does not fit, so that no half of it misleads. */
export function printableObject(object: JsonObject, maxBytes: number): JsonObject | undefined {
  const out = printableValue(object, MAX_DEPTH)
  return isJsonObject(out) && Buffer.byteLength(JSON.stringify(out), 'utf8') <= maxBytes ? out : undefined
}

function printableValue(value: JsonValue, depth: number): JsonValue | undefined {
  if (typeof value === 'string') return printable(value, MAX_TEXT_BYTES)
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) return undefined
  if (isJsonArray(value)) {
    if (value.length > MAX_ENTRIES) return undefined
    const items = value.map((item) => printableValue(item, depth - 1))
    return items.every((item) => item !== undefined) ? items : undefined
  }
  const out = newJsonObject()
  const entries = Object.entries(value)
  if (entries.length > MAX_ENTRIES) return undefined
  for (const [key, member] of entries) {
    const fit = printableValue(member, depth - 1)
    if (fit === undefined) return undefined
    out[printable(key, MAX_KEY_BYTES)] = fit
  }
  return out
}

/** Size inside a JSON string, of text that has no control characters. */
function jsonBytes(text: string): number {
  let escapes = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x22 || code === 0x5c) escapes++
  }
  return Buffer.byteLength(text, 'utf8') + escapes
}
