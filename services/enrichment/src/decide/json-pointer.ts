// RFC 6901, read-only. Undefined for what is not there, and for a pointer that is none. No I/O.
import type { JsonValue } from '@bailiwick/core'

const ARRAY_INDEX = /^(?:0|[1-9]\d{0,9})$/
const BAD_ESCAPE = /~(?![01])/

export function resolvePointer(value: JsonValue, pointer: string): JsonValue | undefined {
  if (pointer === '') return value
  if (!pointer.startsWith('/') || BAD_ESCAPE.test(pointer)) return undefined
  let found: JsonValue | undefined = value
  for (const part of pointer.slice(1).split('/')) {
    if (found === undefined) return undefined
    found = member(found, part.replaceAll('~1', '/').replaceAll('~0', '~'))
  }
  return found
}

function member(value: JsonValue, key: string): JsonValue | undefined {
  if (value === null || typeof value !== 'object') return undefined
  if (isList(value)) return ARRAY_INDEX.test(key) ? value[Number(key)] : undefined
  return Object.hasOwn(value, key) ? value[key] : undefined
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
