// One string, from its opening quote. Refuses raw control characters, unknown escapes and lone surrogates.
import { fail } from './cursor.ts'
import type { Cursor } from './cursor.ts'
import { BACKSLASH, BEYOND_ASCII, BYTE_KINDS, PLAIN, QUOTE } from './plain-bytes.ts'

/** Past this many bytes a native search is faster than looking at each. */
const LONG = 32
// oxlint-disable-next-line no-control-regex
const SPECIAL = /[\u0000-\u001f\\]/g
const LOWER_U = 0x75

/** `cursor.at` is on the opening quote; afterwards it is behind the closing one. */
export function readString(cursor: Cursor): string | undefined {
  const { bytes } = cursor
  const start = cursor.at + 1
  const near = start + LONG
  let at = start
  let byte = bytes[at] ?? 0
  while (at < near && BYTE_KINDS[byte] === PLAIN) byte = bytes[++at] ?? 0
  if (byte === QUOTE) {
    cursor.at = at + 1
    return cursor.text.slice(start - cursor.wide, at - cursor.wide)
  }
  return BYTE_KINDS[byte] === BEYOND_ASCII ? readBeyondAscii(cursor, start, at) : readOther(cursor, start, at, cursor.wide)
}

/** What stands at `at` ends the plain part: `wide` is what it is there. */
function readOther(cursor: Cursor, start: number, at: number, wide: number): string | undefined {
  const byte = cursor.bytes[at] ?? 0
  if (byte === BACKSLASH) return readEscaped(cursor, start, at, wide)
  return byte < 0x20 ? fail(cursor, 'syntax', at) : readLong(cursor, start)
}

function readBeyondAscii(cursor: Cursor, start: number, from: number): string | undefined {
  const { bytes } = cursor
  const near = start + LONG
  let { wide } = cursor
  let at = from
  let byte = bytes[at] ?? 0
  while (at < near && (BYTE_KINDS[byte] ?? 0) <= BEYOND_ASCII) {
    wide += widening(byte)
    byte = bytes[++at] ?? 0
  }
  if (byte !== QUOTE) return readOther(cursor, start, at, wide)
  const text = cursor.text.slice(start - cursor.wide, at - wide)
  cursor.at = at + 1
  cursor.wide = wide
  return text
}

/** Two bytes are one unit of text, three are one, four are two. */
function widening(byte: number): number {
  if (byte < 0x80) return 0
  if (byte < 0xc0) return 1
  return byte >= 0xf0 ? -1 : 0
}

function readLong(cursor: Cursor, start: number): string | undefined {
  const { text, bytes } = cursor
  const from = start - cursor.wide
  const end = text.indexOf('"', from)
  if (end === -1) return fail(cursor, 'syntax', bytes.length)
  if (cursor.nextSpecial < from) {
    SPECIAL.lastIndex = from
    // What lies behind this string is looked at once as well: the next one starts from there.
    cursor.nextSpecial = SPECIAL.test(text) ? SPECIAL.lastIndex - 1 : text.length
  }
  if (cursor.nextSpecial < end) return readSpecial(cursor, start)
  const endByte = text.length === bytes.length ? end : bytes.indexOf(QUOTE, start)
  cursor.at = endByte + 1
  cursor.wide = endByte - end
  return text.slice(from, end)
}

/** There is a control character or a backslash before the next quote. */
function readSpecial(cursor: Cursor, start: number): string | undefined {
  const { bytes } = cursor
  let { wide } = cursor
  let at = start
  let byte = bytes[at] ?? 0
  while (byte >= 0x20 && byte !== BACKSLASH) {
    wide += widening(byte)
    byte = bytes[++at] ?? 0
  }
  return readOther(cursor, start, at, wide)
}

/**
 * `from` is on the first backslash, where `wide` is given. The one string is unescaped natively, which checks every escape and every control character
 * in it: built piece by piece, a body of escapes would take many times its size in memory.
 */
function readEscaped(cursor: Cursor, start: number, from: number, wideThere: number): string | undefined {
  const { bytes } = cursor
  let wide = wideThere
  let mayHoldSurrogates = false
  let at = from
  let byte = BACKSLASH
  while (byte !== QUOTE) {
    if (byte === BACKSLASH) {
      byte = bytes[++at] ?? 0
      if (byte === LOWER_U) mayHoldSurrogates = true
    }
    // Behind the end, or a control character; an escaped one too.
    if (byte < 0x20) return fail(cursor, 'syntax', faultIn(bytes, from))
    wide += widening(byte)
    byte = bytes[++at] ?? 0
  }
  const value = unescaped(cursor.text.slice(start - 1 - cursor.wide, at + 1 - wide))
  if (value === undefined) return fail(cursor, 'syntax', faultIn(bytes, from))
  // UTF-8 carries no surrogates, so only escapes can have left one alone.
  if (mayHoldSurrogates && !value.isWellFormed()) return fail(cursor, 'encoding', start - 1)
  cursor.at = at + 1
  cursor.wide = wide
  return value
}

function unescaped(literal: string): string | undefined {
  try {
    const value: unknown = JSON.parse(literal)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

/** Where what is no string any more begins. `from` is on a backslash. Only on the way to a refusal. */
function faultIn(bytes: Uint8Array, from: number): number {
  let at = from
  for (;;) {
    const escape = bytes[at + 1] ?? 0
    if (escape === LOWER_U) {
      if (!isHexUnit(bytes, at + 2)) return at
      at += 6
    } else {
      if (!isSimpleEscape(escape)) return at
      at += 2
    }
    let byte = bytes[at] ?? 0
    while (byte !== QUOTE && byte !== BACKSLASH && byte >= 0x20) byte = bytes[++at] ?? 0
    // A control character, or the end of the body.
    if (byte !== BACKSLASH) return at
  }
}

/** RFC 8259 section 7: quote, backslash, slash, b, f, n, r, t. */
function isSimpleEscape(byte: number): boolean {
  return byte === 0x6e || byte === QUOTE || byte === BACKSLASH || byte === 0x2f || byte === 0x74 || byte === 0x72 || byte === 0x62 || byte === 0x66
}

function isHexUnit(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at < from + 4; at++) {
    const byte = bytes[at] ?? 0
    const lower = byte | 0x20
    if (!(byte >= 0x30 && byte <= 0x39) && !(lower >= 0x61 && lower <= 0x66)) return false
  }
  return true
}
