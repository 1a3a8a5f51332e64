// Bedrock's converse and converse-stream: one format for every model. The model is in the path. Fields for the model alone pass
// only where they cannot declare tools; a prompt's variables mean that the request is stored at the provider.
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { findFoldedKey, isJsonObject, reserveKeys } from '@bailiwick/json'
import { readBedrockModel } from './bedrock-model.ts'
import type { LlmDialectReader, LlmPath, LlmRead } from '../dialect.ts'
import { checkMembers, memberRules } from '../member-rules.ts'
import { builtin, named, readEntries } from '../tool-names.ts'
import type { Names } from '../tool-names.ts'

const CONFIG_KEYS = reserveKeys(['tools'])
const TOOL_KEYS = reserveKeys(['toolSpec', 'systemTool', 'cachePoint'])
const NAME_KEYS = reserveKeys(['name'])

const ADDITIONAL = memberRules({
  reads: [],
  passes: ['anthropic_beta', 'inferenceConfig', 'reasoningConfig', 'reasoning_config', 'reasoning_effort', 'stop_sequences', 'thinking'],
})

export const bedrockConverse: LlmDialectReader = {
  dialect: 'bedrock_converse',
  paths: ['/model/{model}/converse', '/model/{model}/converse-stream'],
  body: 'json',
  members: memberRules({
    reads: ['toolConfig', 'additionalModelRequestFields'],
    passes: [
      'additionalModelResponseFieldPaths',
      'guardrailConfig',
      'inferenceConfig',
      'messages',
      'outputConfig',
      'performanceConfig',
      'requestMetadata',
      'serviceTier',
      'system',
    ],
    hiddenState: ['promptVariables'],
  }),
  read: (body: JsonObject, { model, template }: LlmPath): LlmRead | string => {
    if (model === undefined || readBedrockModel(model) === undefined || body['model'] !== undefined) return 'model'
    const more = additionalFields(body['additionalModelRequestFields'])
    if (more !== undefined) return more
    const tools = converseTools(body)
    return typeof tools === 'string' ? tools : { operation: 'completion', model, tools, stream: template.endsWith('-stream') }
  },
}

export function converseTools({ toolConfig = null }: JsonObject): Names {
  if (toolConfig === null) return []
  if (!isJsonObject(toolConfig) || findFoldedKey(toolConfig, CONFIG_KEYS) !== undefined) return 'tools'
  return readEntries(toolConfig['tools'], converseTool)
}

/** A union: exactly one member. */
function converseTool(entry: JsonObject): Names {
  const [kind, ...others] = Object.keys(entry)
  if (kind === undefined || others.length > 0 || !TOOL_KEYS.exact.has(kind)) return 'tool_entry'
  const tool = entry[kind]
  if (!isJsonObject(tool) || findFoldedKey(tool, NAME_KEYS) !== undefined) return 'tool_entry'
  if (kind === 'cachePoint') return []
  const { name } = tool
  if (kind === 'toolSpec') return named(name)
  return typeof name === 'string' ? builtin(name) : 'tool_entry'
}

/** They are laid over the model's own request, where tools and another model could stand. */
function additionalFields(fields: JsonValue | undefined): string | undefined {
  if (fields === undefined || fields === null) return undefined
  if (!isJsonObject(fields) || findFoldedKey(fields, ADDITIONAL.reserved) !== undefined) return 'additional_fields'
  return checkMembers(fields, ADDITIONAL) === undefined ? undefined : 'additional_fields'
}
