// RFC 8785 JSON Canonicalization Scheme: one text per value, for digests and hash chains. Member names sorted by UTF-16
// units, no whitespace, ECMAScript numbers and string escapes. Never used to rewrite a body: bodies are forwarded as they came.
import { hash } from 'node:crypto'
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { isJsonArray } from './json-object.ts'

/** Values of the strict reader stay far below; a cycle made in code ends here. */
const MAX_DEPTH = 512

/** Throws TypeError for what JSON cannot carry: undefined, non-finite numbers, lone surrogates, cycles. */
export function canonicalize(value: JsonValue): string {
  return write(value, 0)
}

/** SHA-256 of the canonical form, base64url without padding. */
export function sha256Canonical(value: JsonValue): string {
  return hash('sha256', canonicalize(value), 'base64url')
}

function write(value: JsonValue | undefined, depth: number): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return writeString(value)
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (typeof value === 'object') return writeContainer(value, depth + 1)
  if (typeof value !== 'number') throw new TypeError(`a value of type ${typeof value} has no JSON form`)
  if (!Number.isFinite(value)) throw new TypeError('a number without a JSON form')
  return String(value)
}

function writeContainer(value: JsonObject | readonly JsonValue[], depth: number): string {
  if (depth > MAX_DEPTH) throw new TypeError('nested too deep to be canonicalized')
  if (isJsonArray(value)) return `[${value.map((item) => write(item, depth)).join(',')}]`
  let out = ''
  // The default order of `sort` is by UTF-16 units, as section 3.2.3 asks.
  for (const key of Object.keys(value).sort()) {
    out += `${out === '' ? '' : ','}${writeString(key)}:${write(value[key], depth)}`
  }
  return `{${out}}`
}

function writeString(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('a string with a lone surrogate has no canonical form')
  return JSON.stringify(value)
}
