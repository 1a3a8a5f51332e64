// Bytes to a value, or the class and place of the first problem. Accepts a subset of RFC 8259: what it accepts, every parser
// that accepts it too reads alike. Checks, in order: size, UTF-8 without a byte order mark, then the grammar in one pass
// (depth, members, duplicate, folded and prototype keys, numbers, surrogates), nothing behind the value.
// No I/O; linear time; never throws on any input.
import { isUtf8 } from 'node:buffer'
import { skipWhitespace } from './cursor.ts'
import type { Cursor } from './cursor.ts'
import { reserveKeys } from './fold-key.ts'
import type { ReservedKeys } from './fold-key.ts'
import type { JsonProblem, JsonProblemClass, StrictJsonOptions, StrictJsonResult } from './problem.ts'
import { readValue } from './read-value.ts'

const DEFAULT_MAX_DEPTH = 64
/** The reader recurses per level; far below where any stack ends. */
const HIGHEST_MAX_DEPTH = 256
const DEFAULT_MAX_MEMBERS = 1000
const DEFAULT_MAX_VALUES = 500_000
/** Each is unescaped and named anew, several times what a plain one costs. Serializers that write ASCII alone escape every letter beyond it. */
const MAX_ESCAPED_KEYS = 100_000
const NO_LEXEMES: ReadonlyMap<string, string> = new Map()
const NONE: readonly string[] = []

/**
 * Reads one JSON value. It does not check what the value means, nor keys below the top level against `reservedKeys`.
 * Throws TypeError only for options no code should pass.
 */
export function parseStrictJson(bytes: Uint8Array, options: StrictJsonOptions = {}): StrictJsonResult {
  const maxDepth = options.maxDepth ?? DEFAULT_MAX_DEPTH
  if (!(maxDepth >= 1 && maxDepth <= HIGHEST_MAX_DEPTH)) throw new TypeError(`"maxDepth" must be 1 to ${HIGHEST_MAX_DEPTH}`)
  if (options.maxBytes !== undefined && bytes.length > options.maxBytes) return refuse('size', options.maxBytes)
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf) return refuse('encoding', 0)
  if (!isUtf8(buffer)) return refuse('encoding', firstBadByte(buffer))
  const lexemes = options.keepLexemes === undefined ? undefined : new Map<string, string>()
  const cursor: Cursor = {
    bytes: buffer,
    text: buffer.toString('utf8'),
    maxDepth,
    maxMembers: options.maxMembers ?? DEFAULT_MAX_MEMBERS,
    plainKeys: options.plainKeys ?? false,
    at: 0,
    wide: 0,
    nextSpecial: -1,
    valuesLeft: options.maxValues ?? DEFAULT_MAX_VALUES,
    escapedKeysLeft: MAX_ESCAPED_KEYS,
    problem: undefined,
    problemAt: 0,
    lexemes,
    wanted: options.keepLexemes ?? NONE,
    reserved: compiled(options.reservedKeys),
  }
  const value = readValue(cursor, 0)
  if (value === undefined) return refuse(cursor.problem ?? 'syntax', cursor.problemAt)
  skipWhitespace(cursor)
  if (cursor.at < buffer.length) return refuse('trailing', cursor.at)
  return { ok: true, value, lexemes: lexemes ?? NO_LEXEMES }
}

function refuse(problem: JsonProblemClass, offset: number): { readonly ok: false; readonly problem: JsonProblem } {
  return { ok: false, problem: { class: problem, offset } }
}

/** The longest valid prefix, by halving: only on the way to a refusal. */
function firstBadByte(buffer: Buffer): number {
  const bare = (length: number): boolean => isUtf8(buffer.subarray(0, boundary(buffer, length)))
  let good = 0
  let bad = buffer.length
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1
    if (bare(middle)) good = middle
    else bad = middle
  }
  return boundary(buffer, good)
}

/** Steps back over continuation bytes and a lead byte, so that a prefix never ends inside a character. */
function boundary(buffer: Buffer, length: number): number {
  let at = length
  for (let back = 1; back <= 3 && at - back >= 0; back++) {
    const byte = buffer[at - back] ?? 0
    if (byte < 0x80) return at
    if (byte >= 0xc0) {
      const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      if (needs > back) at -= back
      return at
    }
  }
  return at
}

function compiled(reserved: ReservedKeys | readonly string[] | undefined): ReservedKeys | undefined {
  return reserved === undefined || 'exact' in reserved ? reserved : reserveKeys(reserved)
}
