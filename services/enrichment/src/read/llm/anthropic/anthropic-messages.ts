// Anthropic messages and their token counting. Reads the model, every tool, MCP server and skill the request declares, and
// whether it streams. Content blocks that add or remove a tool mid-conversation only refer to declared ones.
import type { JsonObject } from '@bailiwick/core'
import { findFoldedKey, isJsonArray, isJsonObject, reserveKeys } from '@bailiwick/json'
import { anthropicMcp } from './anthropic-mcp.ts'
import { anthropicTool } from './anthropic-tools.ts'
import type { LlmDialectReader, LlmPath, LlmRead } from '../dialect.ts'
import { memberRules } from '../member-rules.ts'
import type { MemberLists } from '../member-rules.ts'
import { modelOf } from '../model-name.ts'
import { streamOf, toolsInMessages } from '../openai/openai-tools.ts'
import { hasPlainMetadata } from '../plain-metadata.ts'
import { joinNames, readEntries } from '../tool-names.ts'
import type { Names } from '../tool-names.ts'

export const ANTHROPIC_MEMBERS: MemberLists = {
  reads: ['model', 'tools', 'mcp_servers', 'container', 'messages', 'metadata', 'stream'],
  passes: [
    'anthropic_beta',
    'anthropic_version',
    'cache_control',
    'context_management',
    'diagnostics',
    'fallback_credit_token',
    'inference_geo',
    'output_config',
    'output_format',
    'service_tier',
    'speed',
    'stop_sequences',
    'system',
    'thinking',
    'tool_choice',
    'user_profile_id',
  ],
}

const CONTAINER_KEYS = reserveKeys(['skills'])
const SKILL_KEYS = reserveKeys(['type', 'skill_id'])
const SKILL_ID = /^[A-Za-z0-9_.-]{1,128}$/

export const anthropicMessages: LlmDialectReader = {
  dialect: 'anthropic_messages',
  paths: ['/v1/messages'],
  body: 'json',
  members: memberRules(ANTHROPIC_MEMBERS),
  read: readAnthropic,
}

/** Costs a look at the whole request, by the same model: asked as a completion. */
export const anthropicCountTokens: LlmDialectReader = { ...anthropicMessages, dialect: 'anthropic_count_tokens', paths: ['/v1/messages/count_tokens'] }

/** The body shape alone; Bedrock and Vertex serve it with the model in the path. */
export function readAnthropic(body: JsonObject, path: LlmPath): LlmRead | string {
  const model = modelOf(body, path)
  if (model === undefined) return 'model'
  const stream = streamOf(body)
  if (stream === undefined) return 'stream'
  if (!hasPlainMetadata(body)) return 'metadata'
  const hidden = toolsInMessages(body['messages'])
  if (hidden !== undefined) return hidden
  const tools = joinNames([readEntries(body['tools'], anthropicTool), anthropicMcp(body), skills(body)])
  return typeof tools === 'string' ? tools : { operation: 'completion', model, tools, stream }
}

/** A container named by its id alone brings no skills: each request lists them again. */
function skills({ container = null }: JsonObject): Names {
  if (container === null || typeof container === 'string') return []
  if (!isJsonObject(container) || findFoldedKey(container, CONTAINER_KEYS) !== undefined) return 'container'
  const { skills: listed = null } = container
  if (listed !== null && !isJsonArray(listed)) return 'container'
  return readEntries(listed, (skill) => {
    const { type, skill_id: id } = skill
    if (findFoldedKey(skill, SKILL_KEYS) !== undefined || typeof id !== 'string' || !SKILL_ID.test(id)) return 'container'
    return type === 'anthropic' || type === 'custom' ? [`skill:${type}/${id}`] : 'container'
  })
}
