// The names under which declared tools are listed for policy. A function that the agent itself runs is listed by its name.
// What the provider runs is listed under a prefix that no function may have: a policy that allows a function called
// `code_interpreter` has not allowed the provider's own.
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { isJsonArray, isJsonObject } from '@bailiwick/json'

/** Names, or the detail of a refusal. */
export type Names = readonly string[] | string

const FUNCTION = /^[A-Za-z0-9_.\-/:]{1,128}$/
const PREFIXED = /^(?:builtin|mcp|namespace|skill):/i
const WORD = /^[A-Za-z][A-Za-z0-9_.-]{0,127}$/
const MCP_TOOL = /^[A-Za-z0-9_.\-/]{1,128}$/
/** Lower-case host, no user, no query, no fragment, no dot segment, nothing encoded: one spelling per place. */
const MCP_URL = /^https:\/\/[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[1-9][0-9]{0,4})?(?:\/[A-Za-z0-9_~@:+-][A-Za-z0-9._~@:+-]*)*\/?$/
const MAX_URL_LENGTH = 512
const MAX_TOOLS = 512

/** Undefined: not a name a function may have. */
export function functionName(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && FUNCTION.test(value) && !PREFIXED.test(value) ? value : undefined
}

export function builtin(type: string): Names {
  return WORD.test(type) ? [`builtin:${type}`] : 'tool_entry'
}

export function named(value: JsonValue | undefined): Names {
  const name = functionName(value)
  return name === undefined ? 'tool_entry' : [name]
}

export function isMcpUrl(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value.length <= MAX_URL_LENGTH && MCP_URL.test(value)
}

/** `tools` undefined: all that the server has, now and later. */
export function mcpServer(place: string, tools?: readonly JsonValue[]): Names {
  if (tools === undefined) return [`mcp:${place}`]
  const names: string[] = []
  for (const tool of tools) {
    if (typeof tool !== 'string' || !MCP_TOOL.test(tool)) return 'mcp_server'
    names.push(`mcp:${place}#${tool}`)
  }
  return names
}

/** A list of entries, each an object; null and absent mean none. */
export function readEntries(list: JsonValue | undefined, readEntry: (entry: JsonObject) => Names): Names {
  if (list === undefined || list === null) return []
  if (!isJsonArray(list)) return 'tools'
  if (list.length > MAX_TOOLS) return 'tool_count'
  return joinNames(list.map((entry) => (isJsonObject(entry) ? readEntry(entry) : 'tool_entry')))
}

/** Each name once, in order of appearance; the first refusal, if there is one. */
export function joinNames(lists: readonly Names[]): Names {
  const names = new Set<string>()
  for (const list of lists) {
    if (typeof list === 'string') return list
    for (const name of list) names.add(name)
  }
  return names.size > MAX_TOOLS ? 'tool_count' : [...names]
}
