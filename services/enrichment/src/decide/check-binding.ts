// The call against the facts its task is tied to, in code and before policy is asked. A resource with `bind` says for each tool where
// in the arguments each binding key is; what names something and is in neither list is outside. No I/O.
import { deny, ok } from '@bailiwick/core'
import type { Binding, JsonObject, JsonValue, LlmCall, McpCall, Resource, Result } from '@bailiwick/core'
import { NAMELESS_METHODS } from '../read/mcp/nameless-methods.ts'
import { resolvePointer } from './json-pointer.ts'

export function checkBinding(resource: Resource, call: McpCall | LlmCall, binding: Binding): Result<undefined> {
  const { bind } = resource
  if (bind === undefined) return ok(undefined)
  const name = nameOf(call)
  if (name === null) return ok(undefined)
  if (name === undefined) return mismatch('unnamed')
  if (call.kind === 'mcp' && call.method === 'tools/call' && Object.hasOwn(bind, name)) return compare(bind[name] ?? {}, call.arguments, binding)
  return resource.unbound.includes(name) ? ok(undefined) : mismatch('in_neither_list')
}

/** Of the names in a list's answer, those that some call of this task could use: what never can be called is not shown. */
export function withinReach(resource: Resource, call: McpCall | LlmCall, binding: Binding): readonly string[] {
  if (call.kind !== 'mcp' || call.listed === undefined) return []
  const { method, listed } = call
  return listed.filter((name) => isWithinReach(resource, method, name, binding))
}

function isWithinReach({ bind, unbound }: Resource, method: string, name: string, binding: Binding): boolean {
  if (bind === undefined || unbound.includes(name)) return true
  if (method !== 'tools/list' || !Object.hasOwn(bind, name)) return false
  const keys = Object.keys(bind[name] ?? {})
  return keys.length > 0 && keys.every((key) => Object.hasOwn(binding, key))
}

/** `null` where the call names nothing by its nature; undefined where it should and does not. */
function nameOf(call: McpCall | LlmCall): string | null | undefined {
  if (call.kind === 'llm') return call.model
  if (call.name !== undefined) return call.name
  return call.shape !== 'request' || NAMELESS_METHODS.has(call.method) ? null : undefined
}

function compare(pointers: Readonly<Record<string, string>>, given: McpCall['arguments'], binding: Binding): Result<undefined> {
  if (given === 'unseen') return mismatch('arguments_unseen')
  const keys = Object.keys(pointers)
  // An empty list must not mean "anything".
  if (keys.length === 0) return mismatch('nothing_to_compare')
  for (const key of keys) {
    if (!Object.hasOwn(binding, key)) return mismatch('not_in_the_tasks_binding')
    if (!isSame(at(given ?? {}, pointers[key]), binding[key])) return mismatch('different_value')
  }
  return ok(undefined)
}

function at(given: JsonObject, pointer: string | undefined): JsonValue | undefined {
  return pointer === undefined ? undefined : resolvePointer(given, pointer)
}

/** Same JSON type and same value; two absent values are not the same. */
function isSame(actual: JsonValue | undefined, expected: JsonValue | undefined): boolean {
  return actual !== undefined && actual === expected
}

function mismatch(detail: string): Result<never> {
  return deny({ reason: 'binding_mismatch', detail })
}
