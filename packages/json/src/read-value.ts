// Values and containers. Recursion is bounded by the depth limit (at most 256), which no body can overflow. Objects have a
// null prototype: a body cannot reach what JavaScript puts on every other object.
import type { JsonValue } from '@bailiwick/core'
import { fail, skipWhitespace } from './cursor.ts'
import type { Cursor } from './cursor.ts'
import { isFoldedKey } from './fold-key.ts'
import { newJsonObject } from './json-object.ts'
import { readPlainKey } from './known-keys.ts'
import { BACKSLASH, QUOTE } from './plain-bytes.ts'
import { readNumber } from './read-number.ts'
import { readString } from './read-string.ts'

const MINUS = 0x2d
const COMMA = 0x2c
const COLON = 0x3a
const LOWER_U = 0x75
const SLASH = 0x2f

export function readValue(cursor: Cursor, depth: number): JsonValue | undefined {
  const code = skipWhitespace(cursor)
  if (--cursor.valuesLeft < 0) return fail(cursor, 'members')
  if (code === MINUS || (code >= 0x30 && code <= 0x39)) return readNumber(cursor)
  switch (code) {
    case QUOTE:
      return readString(cursor)
    case 0x7b:
      return readObject(cursor, depth + 1)
    case 0x5b:
      return readArray(cursor, depth + 1)
    default:
      return readWord(cursor, code)
  }
}

function readWord(cursor: Cursor, code: number): boolean | null | undefined {
  const { bytes, at } = cursor
  if (code === 0x74 && bytes[at + 1] === 0x72 && bytes[at + 2] === 0x75 && bytes[at + 3] === 0x65) {
    cursor.at = at + 4
    return true
  }
  if (code === 0x66 && bytes[at + 1] === 0x61 && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x73 && bytes[at + 4] === 0x65) {
    cursor.at = at + 5
    return false
  }
  if (code === 0x6e && bytes[at + 1] === 0x75 && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x6c) {
    cursor.at = at + 4
    return null
  }
  return fail(cursor, 'syntax')
}

function readArray(cursor: Cursor, depth: number): JsonValue | undefined {
  if (depth > cursor.maxDepth) return fail(cursor, 'depth')
  cursor.at++
  if (skipWhitespace(cursor) === 0x5d) {
    cursor.at++
    return []
  }
  const first = readValue(cursor, depth)
  if (first === undefined) return undefined
  // Not an empty list that is added to: that takes room for seventeen items at once, most of the memory of a body of many short lists.
  const items: JsonValue[] = [first]
  for (;;) {
    const code = skipWhitespace(cursor)
    if (code !== COMMA && code !== 0x5d) return fail(cursor, 'syntax')
    cursor.at++
    if (code === 0x5d) return items
    const item = readValue(cursor, depth)
    if (item === undefined) return undefined
    items.push(item)
  }
}

function readObject(cursor: Cursor, depth: number): JsonValue | undefined {
  if (depth > cursor.maxDepth) return fail(cursor, 'depth')
  const object = newJsonObject()
  let members = 0
  cursor.at++
  if (skipWhitespace(cursor) === 0x7d) {
    cursor.at++
    return object
  }
  for (;;) {
    if (skipWhitespace(cursor) !== QUOTE) return fail(cursor, 'syntax')
    const keyAt = cursor.at
    const unitAt = keyAt - cursor.wide
    const plainKey = readPlainKey(cursor)
    const key = plainKey ?? readString(cursor)
    if (key === undefined) return undefined
    if (key === '__proto__') return fail(cursor, 'prototype_key', keyAt)
    if (members > 0 && object[key] !== undefined) return fail(cursor, 'duplicate_key', keyAt)
    if (depth === 1 && cursor.reserved !== undefined && isFoldedKey(key, cursor.reserved)) return fail(cursor, 'folded_key', keyAt)
    if (plainKey === undefined && isEscaped(cursor, unitAt, key.length)) {
      if (isRiskyEscape(cursor, unitAt)) return fail(cursor, 'escaped_key', keyAt)
      if (--cursor.escapedKeysLeft < 0) return fail(cursor, 'members', keyAt)
    }
    if (++members > cursor.maxMembers) return fail(cursor, 'members', keyAt)
    if (skipWhitespace(cursor) !== COLON) return fail(cursor, 'syntax')
    cursor.at++
    const value = depth === 1 && cursor.lexemes !== undefined ? readMember(cursor, key, cursor.lexemes) : readValue(cursor, depth)
    if (value === undefined) return undefined
    object[key] = value
    const code = skipWhitespace(cursor)
    if (code !== COMMA && code !== 0x7d) return fail(cursor, 'syntax')
    cursor.at++
    if (code === 0x7d) return object
  }
}

/** The key from `from` to here, of so many units, is written with an escape: it is longer than what it says. */
function isEscaped({ at, wide }: Cursor, from: number, length: number): boolean {
  return at - wide - from - 2 !== length
}

/**
 * The escaped key from `from` to here has an escape that no serializer needs: a slash, or printable ASCII other than the quote and the
 * backslash. JSON.parse of V8 14.6 (Node 26) misreads some of those: once the process has seen an object with a key that ends in a backslash, `ticket\\`, it takes
 * `ticket\u005fid` in the same place for that one. So a key that decides anything has one spelling.
 */
function isRiskyEscape({ text, at, wide, plainKeys }: Cursor, from: number): boolean {
  const to = at - wide
  if (plainKeys) return true
  for (let escape = text.indexOf('\\', from); escape !== -1 && escape < to; escape = text.indexOf('\\', escape + 2)) {
    const code = text.charCodeAt(escape + 1) === LOWER_U ? Number.parseInt(text.slice(escape + 2, escape + 6), 16) : text.charCodeAt(escape + 1)
    if (code === SLASH) return true
    if (text.charCodeAt(escape + 1) === LOWER_U && code >= 0x20 && code < 0x7f && code !== QUOTE && code !== BACKSLASH) return true
  }
  return false
}

/** A member of the top-level object, keeping its source text where it is wanted. */
function readMember(cursor: Cursor, key: string, lexemes: Map<string, string>): JsonValue | undefined {
  skipWhitespace(cursor)
  const from = cursor.at - cursor.wide
  const value = readValue(cursor, 1)
  if (value !== undefined && cursor.wanted.includes(key)) lexemes.set(key, cursor.text.slice(from, cursor.at - cursor.wide))
  return value
}
