// What of a call's arguments is recorded: every name, no value but the ones the operator listed. No I/O.
// It does not look at what a listed value says: listing one is the operator's choice (redact.ts still takes tokens out of it).
import { newJsonObject } from '@bailiwick/json'
import type { JsonObject, JsonValue } from '@bailiwick/core'

const MAX_DEPTH = 4
const MAX_MEMBERS = 64
const MAX_NODES = 256
const MAX_NAME = 128
const MAX_CLEAR_STRING = 256
const MAX_CLEAR_JSON = 1024
const MORE = '[more]'

/**
 * The arguments with each value replaced by its type and length: `string(12)`, `number`, `array(3)`, `true` and `false` as `boolean`, `null`.
 * Objects keep their names, down to four levels. Top-level names in `clearArguments` keep their value, if it is short.
 */
export function maskArguments(args: JsonObject, clearArguments: readonly string[]): JsonObject {
  const budget = { nodes: MAX_NODES }
  const clear = new Set(clearArguments)
  return maskMembers(args, 0, budget, (name, value) => (clear.has(name) ? clearValue(value) : undefined))
}

function maskMembers(value: JsonObject, depth: number, budget: { nodes: number }, keep: (name: string, value: JsonValue) => JsonValue | undefined): JsonObject {
  const masked = newJsonObject()
  const names = Object.keys(value)
  let taken = 0
  for (const name of names) {
    const member = value[name]
    if (member === undefined) continue
    if (taken === MAX_MEMBERS || budget.nodes === 0) {
      masked[MORE] = names.length - taken
      break
    }
    taken += 1
    budget.nodes -= 1
    const shown = name.length <= MAX_NAME ? name : `${name.slice(0, MAX_NAME).toWellFormed()}[+${name.length - MAX_NAME}]`
    masked[shown] = keep(name, member) ?? maskValue(member, depth, budget)
  }
  return masked
}

function maskValue(value: JsonValue, depth: number, budget: { nodes: number }): JsonValue {
  if (value === null) return 'null'
  if (typeof value === 'string') return `string(${value.length})`
  if (typeof value === 'number' || typeof value === 'boolean') return typeof value
  if (isArray(value)) return `array(${value.length})`
  if (depth + 1 >= MAX_DEPTH) return `object(${Object.keys(value).length})`
  return maskMembers(value, depth + 1, budget, () => undefined)
}

function clearValue(value: JsonValue): JsonValue | undefined {
  if (typeof value === 'string') return value.length <= MAX_CLEAR_STRING ? value : undefined
  if (typeof value !== 'object' || value === null) return value
  return JSON.stringify(value).length <= MAX_CLEAR_JSON ? value : undefined
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
