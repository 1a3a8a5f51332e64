// Tools as OpenAI chat completions declare them, and everybody who copied the format.
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { findFoldedKey, isJsonArray, isJsonObject, reserveKeys } from '@bailiwick/json'
import { createFoldCheck } from '../folded-keys.ts'
import { joinNames, named, readEntries } from '../tool-names.ts'
import type { Names } from '../tool-names.ts'

const TOOL_KEYS = reserveKeys(['type', 'function', 'custom', 'name'])
const FUNCTION_KEYS = reserveKeys(['name'])
const MESSAGE_KEYS = reserveKeys(['tools', 'functions'])

/** `tools` and its predecessor `functions`; `web_search_options` is a tool by being there, whatever it says. */
export function openaiTools(body: JsonObject): Names {
  const search = body['web_search_options'] === undefined ? [] : ['builtin:web_search']
  return joinNames([readEntries(body['tools'], openaiTool), readEntries(body['functions'], openaiFunction), search])
}

/** A built-in this file does not know may reach anything: it is refused, not skipped. */
export function openaiTool(entry: JsonObject): Names {
  if (findFoldedKey(entry, TOOL_KEYS) !== undefined) return 'tool_entry'
  const { type, function: called, custom } = entry
  if (type === 'function' && custom === undefined) return openaiFunction(called)
  if (type === 'custom' && called === undefined) return openaiFunction(custom)
  return 'tool_entry'
}

function openaiFunction(value: JsonValue | undefined): Names {
  if (!isJsonObject(value) || findFoldedKey(value, FUNCTION_KEYS) !== undefined) return 'tool_entry'
  return named(value['name'])
}

/** Some providers take tool declarations from within a conversation. Undefined when there are none. */
export function toolsInMessages(messages: JsonValue | undefined): string | undefined {
  if (messages === undefined) return undefined
  if (!isJsonArray(messages)) return 'messages'
  const hasFoldedKey = createFoldCheck(MESSAGE_KEYS)
  for (const message of messages) {
    if (!isJsonObject(message)) return 'messages'
    if (message['tools'] !== undefined || message['functions'] !== undefined || hasFoldedKey(message)) return 'message_tools'
  }
  return undefined
}

/** Undefined is a refusal. */
export function streamOf(body: JsonObject): boolean | undefined {
  const { stream = null } = body
  if (stream === null) return false
  return typeof stream === 'boolean' ? stream : undefined
}
