// Picks members out of answers. An answer is unknown until it was looked at; what is not there is undefined, or `-` for people.
import type { JsonObject } from '@bailiwick/core'
import { clean } from '../terminal/clean.ts'

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function parseObject(text: string): JsonObject | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return isObject(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

export function itemsOf(body: JsonObject): readonly JsonObject[] {
  return listOf(body, 'items').filter(isObject)
}

export function at(value: unknown, ...path: readonly string[]): unknown {
  let here = value
  for (const key of path) here = isObject(here) && Object.hasOwn(here, key) ? here[key] : undefined
  return here
}

export function objectAt(value: unknown, ...path: readonly string[]): JsonObject | undefined {
  const found = at(value, ...path)
  return isObject(found) ? found : undefined
}

export function listOf(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** A text or number as one clean line. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path)
  return typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean' ? clean(String(found)) : undefined
}

export function pick(value: unknown, ...path: readonly string[]): string {
  return textAt(value, ...path) ?? '-'
}

export function textsOf(value: unknown, ...path: readonly string[]): readonly string[] {
  return listOf(value, ...path).flatMap((item) => (typeof item === 'string' ? [clean(item)] : []))
}

/** An object of plain facts on one line: `ticket_id: T-1042, queue: inbox`. */
export function facts(value: JsonObject | undefined): string | undefined {
  if (value === undefined || Object.keys(value).length === 0) return undefined
  return Object.entries(value)
    .map(([key, fact]) => `${clean(key)}: ${typeof fact === 'string' ? clean(fact) : clean(JSON.stringify(fact))}`)
    .join(', ')
}
