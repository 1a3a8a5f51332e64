// The effective configuration as plain data, for people: everything that came from a secret file is replaced, public keys are named by their kid.
import type { JsonValue } from '@bailiwick/core'
import type { BailiwickConfig } from './model.ts'

const REDACTED = '[redacted]'
const SECRET_MEMBERS: readonly string[] = ['secret', 'clientSecret', 'secretHashes', 'password', 'key', 'clientKey']

export function redactConfig(config: BailiwickConfig): JsonValue {
  return toPlain(config, '')
}

function toPlain(value: unknown, member: string): JsonValue {
  if (SECRET_MEMBERS.includes(member)) return Array.isArray(value) ? value.map(() => REDACTED) : REDACTED
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (value instanceof Map) return [...value.values()].map((entry) => toPlain(entry, ''))
  if (Array.isArray(value)) return value.map((entry) => toPlain(entry, ''))
  if (typeof value !== 'object' || ArrayBuffer.isView(value)) return REDACTED
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, toPlain(entry, key)]))
}
