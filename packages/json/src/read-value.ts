// Values and containers. Recursion is bounded by the depth limit (at most 256), which no body can overflow. Objects have a
// null prototype: a body cannot reach what JavaScript puts on every other object.
import type { JsonValue } from '@bailiwick/core'
import { fail, skipWhitespace } from './cursor.ts'
import type { Cursor } from './cursor.ts'
import { isFoldedKey } from './fold-key.ts'
import { newJsonObject } from './json-object.ts'
import { readNumber } from './read-number.ts'
import { readString } from './read-string.ts'

const COMMA = 0x2c
const COLON = 0x3a
const QUOTE = 0x22

export function readValue(cursor: Cursor, depth: number): JsonValue | undefined {
  const code = skipWhitespace(cursor)
  if (--cursor.valuesLeft < 0) return fail(cursor, 'members')
  switch (code) {
    case QUOTE:
      return readString(cursor)
    case 0x7b:
      return readObject(cursor, depth + 1)
    case 0x5b:
      return readArray(cursor, depth + 1)
    case 0x74:
      return readWord(cursor, 'true', true)
    case 0x66:
      return readWord(cursor, 'false', false)
    case 0x6e:
      return readWord(cursor, 'null', null)
    default:
      if (code === 0x2d || (code >= 0x30 && code <= 0x39)) return readNumber(cursor)
      return fail(cursor, 'syntax')
  }
}

function readWord<T extends boolean | null>(cursor: Cursor, word: string, value: T): T | undefined {
  if (!cursor.text.startsWith(word, cursor.at)) return fail(cursor, 'syntax')
  cursor.at += word.length
  return value
}

function readArray(cursor: Cursor, depth: number): JsonValue | undefined {
  if (depth > cursor.maxDepth) return fail(cursor, 'depth')
  const items: JsonValue[] = []
  cursor.at++
  if (skipWhitespace(cursor) === 0x5d) {
    cursor.at++
    return items
  }
  for (;;) {
    const item = readValue(cursor, depth)
    if (item === undefined) return undefined
    items.push(item)
    const code = skipWhitespace(cursor)
    if (code !== COMMA && code !== 0x5d) return fail(cursor, 'syntax')
    cursor.at++
    if (code === 0x5d) return items
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
    const key = readString(cursor)
    if (key === undefined) return undefined
    if (key === '__proto__') return fail(cursor, 'prototype_key', keyAt)
    if (object[key] !== undefined) return fail(cursor, 'duplicate_key', keyAt)
    if (depth === 1 && cursor.reserved !== undefined && isFoldedKey(key, cursor.reserved)) return fail(cursor, 'folded_key', keyAt)
    if (cursor.at - keyAt - 2 !== key.length && isRiskyEscape(cursor, keyAt)) return fail(cursor, 'escaped_key', keyAt)
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

/** An escaped slash, or an escape of printable ASCII that needs none; an even number of backslashes before it. */
const NEEDLESS = /(?<!\\)(?:\\\\)*\\(?:\/|u00(?:2[013-9a-f]|[346][0-9a-f]|5[0-9abd-f]|7[0-9a-e]))/i

/**
 * The key between `keyAt` and here is written with an escape. JSON.parse of V8 14.6 (Node 26) misreads some of those: once the process has seen an object with a
 * key that ends in a backslash, `ticket\\`, it takes `ticket\u005fid` in the same place for that one. So a key that decides anything has one spelling.
 */
function isRiskyEscape({ text, at, plainKeys }: Cursor, keyAt: number): boolean {
  return plainKeys || NEEDLESS.test(text.slice(keyAt, at))
}

/** A member of the top-level object, keeping its source text where it is wanted. */
function readMember(cursor: Cursor, key: string, lexemes: Map<string, string>): JsonValue | undefined {
  skipWhitespace(cursor)
  const from = cursor.at
  const value = readValue(cursor, 1)
  if (value !== undefined && cursor.wanted.includes(key)) lexemes.set(key, cursor.text.slice(from, cursor.at))
  return value
}
