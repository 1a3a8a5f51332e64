// One string, from its opening quote. Refuses raw control characters, unknown escapes and lone surrogates.
import { fail } from './cursor.ts'
import type { Cursor } from './cursor.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
/** Past this many plain characters a native search is faster than looking at each. */
const LONG = 24
// oxlint-disable-next-line no-control-regex
const SPECIAL = /[\u0000-\u001f\\]/

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
  // Stays inside this string, so a body of many strings costs one pass in all.
  const special = plain.search(SPECIAL)
  if (special === -1) {
    cursor.at = end + 1
    return plain
  }
  return plain.charCodeAt(special) === BACKSLASH ? readEscaped(cursor, start, start + special) : fail(cursor, 'syntax', start + special)
}

/**
 * `at` is on the first backslash; what lies between `start` and it is known to be plain. The one string is unescaped natively, which checks every
 * escape and every control character in it: built piece by piece, a body of escapes would take many times its size in memory.
 */
function readEscaped(cursor: Cursor, start: number, at: number): string | undefined {
  const { text } = cursor
  let end = text.indexOf('"', at)
  // Each run of backslashes is looked at once: it ends at the quote that was found before.
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  const value = end === -1 ? undefined : unescaped(text.slice(start - 1, end + 1))
  if (end === -1 || value === undefined) return fail(cursor, 'syntax', faultIn(text, at))
  // UTF-8 carries no surrogates, so only escapes can have left one alone.
  if (!value.isWellFormed()) return fail(cursor, 'encoding', start - 1)
  cursor.at = end + 1
  return value
}

function isEscaped(text: string, quote: number): boolean {
  let at = quote
  while (text.charCodeAt(at - 1) === BACKSLASH) at--
  return (quote - at) % 2 === 1
}

function unescaped(literal: string): string | undefined {
  try {
    const value: unknown = JSON.parse(literal)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

/** Where what is no string any more begins. `at` is on a backslash. Only on the way to a refusal. */
function faultIn(text: string, from: number): number {
  let at = from
  for (;;) {
    const escape = text.charCodeAt(at + 1)
    if (escape === 0x75) {
      if (hexUnit(text, at + 2) === undefined) return at
      at += 6
    } else {
      if (!isSimpleEscape(escape)) return at
      at += 2
    }
    let code = text.charCodeAt(at)
    while (code !== QUOTE && code !== BACKSLASH && code >= 0x20) code = text.charCodeAt(++at)
    // A control character, or NaN at the end of the text.
    if (code !== BACKSLASH) return at
  }
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
