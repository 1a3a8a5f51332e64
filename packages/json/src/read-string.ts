// One string, from its opening quote. Refuses raw control characters, unknown escapes and lone surrogates.
import { fail } from './cursor.ts'
import type { Cursor } from './cursor.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
/** Past this many plain characters a native search is faster than looking at each. */
const LONG = 48
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f]/

/** `cursor.at` is on the opening quote; afterwards it is behind the closing one. */
export function readString(cursor: Cursor): string | undefined {
  const { text } = cursor
  const start = cursor.at + 1
  const near = start + LONG
  for (let at = start; at < near; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      cursor.at = at + 1
      return text.slice(start, at)
    }
    if (code === BACKSLASH) return readEscaped(cursor, start, at)
    // NaN at the end of the text fails both comparisons of a plain character.
    if (!(code >= 0x20)) return fail(cursor, 'syntax', Math.min(at, text.length))
  }
  return readLong(cursor, start)
}

function readLong(cursor: Cursor, start: number): string | undefined {
  const { text } = cursor
  const end = text.indexOf('"', start)
  if (end === -1) return fail(cursor, 'syntax', text.length)
  const plain = text.slice(start, end)
  // Both searches stay inside this string, so a body of many strings costs one pass in all.
  const escape = plain.indexOf('\\')
  const control = plain.search(CONTROL)
  if (control !== -1 && (escape === -1 || control < escape)) return fail(cursor, 'syntax', start + control)
  if (escape !== -1) return readEscaped(cursor, start, start + escape)
  cursor.at = end + 1
  return plain
}

/**
 * `at` is on the first backslash; what lies between `start` and it is known to be plain. Every escape is checked here, then
 * the one string is unescaped natively: built piece by piece, a body of escapes would take many times its size in memory.
 */
function readEscaped(cursor: Cursor, start: number, at: number): string | undefined {
  const { text } = cursor
  let surrogates = false
  for (;;) {
    const escape = text.charCodeAt(at + 1)
    if (escape === 0x75) {
      const unit = hexUnit(text, at + 2)
      if (unit === undefined) return fail(cursor, 'syntax', at)
      if (unit >= 0xd800 && unit <= 0xdfff) surrogates = true
      at += 6
    } else {
      if (!isSimpleEscape(escape)) return fail(cursor, 'syntax', at)
      at += 2
    }
    let code = text.charCodeAt(at)
    while (code !== QUOTE && code !== BACKSLASH && code >= 0x20) code = text.charCodeAt(++at)
    if (code === QUOTE) break
    // A control character, or NaN at the end of the text.
    if (code !== BACKSLASH) return fail(cursor, 'syntax', at)
  }
  const value: unknown = JSON.parse(text.slice(start - 1, at + 1))
  if (typeof value !== 'string') return fail(cursor, 'syntax', start - 1)
  // UTF-8 carries no surrogates, so only escapes can have left one alone.
  if (surrogates && !value.isWellFormed()) return fail(cursor, 'encoding', start - 1)
  cursor.at = at + 1
  return value
}

/** RFC 8259 section 7: quote, backslash, slash, b, f, n, r, t. */
function isSimpleEscape(code: number): boolean {
  return code === 0x6e || code === QUOTE || code === BACKSLASH || code === 0x2f || code === 0x74 || code === 0x72 || code === 0x62 || code === 0x66
}

function hexUnit(text: string, from: number): number | undefined {
  let unit = 0
  for (let at = from; at < from + 4; at++) {
    const code = text.charCodeAt(at)
    const lower = code | 0x20
    if (code >= 0x30 && code <= 0x39) unit = unit * 16 + (code - 0x30)
    else if (lower >= 0x61 && lower <= 0x66) unit = unit * 16 + (lower - 0x57)
    else return undefined
  }
  return unit
}
