// OpenAI responses, and their compaction. Reads the model, the tools of the request and of its input items, and whether it
// streams. What the provider stored earlier is refused: an earlier response, a conversation, a prompt template and a reference
// to an item can all hold instructions and tools that are not in this body.
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { isJsonArray, isJsonObject, reserveKeys } from '@bailiwick/json'
import type { LlmDialectReader, LlmPath, LlmRead } from '../dialect.ts'
import { createFoldCheck } from '../folded-keys.ts'
import { memberRules } from '../member-rules.ts'
import { modelOf } from '../model-name.ts'
import { hasPlainMetadata } from '../plain-metadata.ts'
import { responsesTool } from './openai-responses-tools.ts'
import { streamOf } from './openai-tools.ts'
import { joinNames, readEntries } from '../tool-names.ts'
import type { Names } from '../tool-names.ts'

const ITEM_KEYS = reserveKeys(['type', 'tools'])

/** Items that declare tools: `tools` in them is as `tools` of the request. */
const DECLARING = new Set(['additional_tools', 'tool_search_output'])

/** Items that cannot: what was said, thought, called and answered. `item_reference` is not among them. */
const PLAIN = new Set([
  'message',
  'reasoning',
  'compaction',
  'compaction_trigger',
  'program',
  'program_output',
  'apply_patch_call',
  'apply_patch_call_output',
  'code_interpreter_call',
  'computer_call',
  'computer_call_output',
  'custom_tool_call',
  'custom_tool_call_output',
  'file_search_call',
  'function_call',
  'function_call_output',
  'image_generation_call',
  'local_shell_call',
  'local_shell_call_output',
  'mcp_approval_request',
  'mcp_approval_response',
  'mcp_call',
  'mcp_list_tools',
  'shell_call',
  'shell_call_output',
  'tool_search_call',
  'web_search_call',
])

export const openaiResponses: LlmDialectReader = {
  dialect: 'openai_responses',
  paths: ['/responses', '/responses/compact'],
  body: 'json',
  members: memberRules({
    reads: ['model', 'tools', 'input', 'stream', 'metadata'],
    passes: [
      'context_management',
      'include',
      'instructions',
      'prompt_cache_key',
      'prompt_cache_options',
      'prompt_cache_retention',
      'reasoning',
      'safety_identifier',
      'service_tier',
      'stream_options',
      'text',
      'tool_choice',
      'truncation',
      'user',
    ],
    secondModel: ['moderation'],
    hiddenState: ['prompt'],
  }),
  read: (body: JsonObject, path: LlmPath): LlmRead | string => {
    const model = modelOf(body, path)
    if (model === undefined) return 'model'
    const stream = streamOf(body)
    if (stream === undefined) return 'stream'
    if (!hasPlainMetadata(body)) return 'metadata'
    const tools = joinNames([readEntries(body['tools'], responsesTool), toolsOfInput(body['input'])])
    return typeof tools === 'string' ? tools : { operation: 'completion', model, tools, stream }
  },
}

function toolsOfInput(input: JsonValue | undefined): Names {
  if (input === undefined || input === null || typeof input === 'string') return []
  if (!isJsonArray(input)) return 'input'
  const declared: Names[] = []
  const hasFoldedKey = createFoldCheck(ITEM_KEYS)
  for (const item of input) {
    if (!isJsonObject(item) || hasFoldedKey(item)) return 'input'
    const kind = kindOf(item)
    if (kind === undefined) return 'input_item'
    if (kind === 'declaring') declared.push(readEntries(item['tools'], responsesTool))
    // Only the listing of an MCP server, which declares nothing, has tools of its own.
    else if (item['tools'] !== undefined && item['type'] !== 'mcp_list_tools') return 'input_item'
  }
  return joinNames(declared)
}

function kindOf({ type, role }: JsonObject): 'declaring' | 'plain' | undefined {
  // The short form of a message has no type; without a role it is a reference to a stored item.
  if (type === undefined) return typeof role === 'string' ? 'plain' : undefined
  if (typeof type !== 'string') return undefined
  if (DECLARING.has(type)) return 'declaring'
  return PLAIN.has(type) ? 'plain' : undefined
}
