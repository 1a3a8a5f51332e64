// OpenAI chat completions. Reads the model, every tool the request declares, and whether it streams. Refuses every field with
// which some gateway or provider would use another model, endpoint or tool than those: LiteLLM's fallbacks and pass-through
// fields, OpenRouter's `models`, `route`, `preset` and `plugins`. Messages are not looked at.
import type { JsonObject, JsonValue, LlmCall } from '@bailiwick/core'
import { findFoldedKey, isJsonArray, isJsonObject, reserveKeys } from '@bailiwick/json'
import type { LlmDialectReader } from './dialect.ts'

const SECOND_MODEL_KEYS = [
  'fallbacks',
  'fallback_models',
  'default_fallbacks',
  'context_window_fallbacks',
  'content_policy_fallbacks',
  'models',
  'model_list',
  'route',
  'engine',
  'deployment_id',
  'preset',
  'plugins',
  'prompt_id',
  'extra_body',
  'extra_headers',
  'user_config',
  'api_base',
  'base_url',
  'custom_llm_provider',
] as const

const MODEL = /^[A-Za-z0-9@~][A-Za-z0-9._:@/+~-]{0,255}$/
const TOOL_NAME = /^[A-Za-z0-9_.\-/:]{1,128}$/
const MAX_TOOLS = 512
const TOOL_KEYS = reserveKeys(['type', 'function', 'custom', 'name'])
const FUNCTION_KEYS = reserveKeys(['name'])

export const openaiChat: LlmDialectReader = {
  // Azure's `/deployments/<d>/` and the old `/engines/<e>/` carry a model in the path: another dialect, not this one.
  matches: (pathname) => pathname.endsWith('/chat/completions') && !/\/(?:deployments|engines|models)\//i.test(pathname),
  reservedKeys: reserveKeys(['model', 'tools', 'functions', 'web_search_options', 'stream', 'tool_choice', 'function_call', ...SECOND_MODEL_KEYS]),
  read: (body) => {
    if (SECOND_MODEL_KEYS.some((key) => body[key] !== undefined)) return 'second_model'
    const { model, stream = null } = body
    // A comma separates several models to LiteLLM.
    if (typeof model !== 'string' || !MODEL.test(model)) return 'model'
    if (stream !== null && typeof stream !== 'boolean') return 'stream'
    const tools = readTools(body)
    if (typeof tools === 'string') return tools
    return { kind: 'llm', dialect: 'openai_chat', operation: 'completion', model, tools, stream: stream === true } satisfies LlmCall
  },
}

function readTools(body: JsonObject): readonly string[] | string {
  const { tools = null, functions = null } = body
  if (tools !== null && !isJsonArray(tools)) return 'tools'
  if (functions !== null && !isJsonArray(functions)) return 'functions'
  if ((tools?.length ?? 0) + (functions?.length ?? 0) > MAX_TOOLS) return 'tool_count'
  const names = [...(tools ?? []).map(toolName), ...(functions ?? []).map(functionName)]
  if (body['web_search_options'] !== undefined) names.push('web_search')
  const known: string[] = []
  for (const name of names) {
    // A built-in this file does not know may reach anything; it is refused, not skipped.
    if (name === undefined) return 'tool_entry'
    if (!known.includes(name)) known.push(name)
  }
  return known
}

function toolName(entry: JsonValue): string | undefined {
  if (!isJsonObject(entry) || findFoldedKey(entry, TOOL_KEYS) !== undefined) return undefined
  const { type, custom } = entry
  if (type === 'function' && custom === undefined) return functionName(entry['function'])
  if (type === 'custom' && entry['function'] === undefined) return functionName(custom)
  return undefined
}

function functionName(value: JsonValue | undefined): string | undefined {
  if (!isJsonObject(value) || findFoldedKey(value, FUNCTION_KEYS) !== undefined) return undefined
  const name = value['name']
  return typeof name === 'string' && TOOL_NAME.test(name) ? name : undefined
}
