// OpenAI chat completions, and the many who speak it. Reads the model (of Azure in the path), every tool the request declares,
// and whether it streams. Messages are only searched for tools.
import type { JsonObject } from '@bailiwick/core'
import type { LlmDialectReader, LlmPath, LlmRead } from '../dialect.ts'
import { memberRules } from '../member-rules.ts'
import type { MemberLists } from '../member-rules.ts'
import { modelOf } from '../model-name.ts'
import { hasPlainMetadata } from '../plain-metadata.ts'
import { openaiTools, streamOf, toolsInMessages } from './openai-tools.ts'

export const OPENAI_CHAT_MEMBERS: MemberLists = {
  reads: ['model', 'tools', 'functions', 'web_search_options', 'stream', 'messages', 'metadata'],
  passes: [
    'audio',
    'chat_template_kwargs',
    'function_call',
    'guided_choice',
    'guided_grammar',
    'guided_json',
    'guided_regex',
    'logit_bias',
    'modalities',
    'prediction',
    'prompt_cache_key',
    'prompt_cache_options',
    'prompt_cache_retention',
    'reasoning',
    'reasoning_effort',
    'response_format',
    'safety_identifier',
    'service_tier',
    'stop',
    'stop_token_ids',
    'stream_options',
    'structured_outputs',
    'thinking',
    'tool_choice',
    'user',
    'verbosity',
  ],
  // A moderation model of the caller's choice, and Azure's "on your data".
  secondModel: ['moderation', 'data_sources'],
}

export const openaiChat: LlmDialectReader = {
  dialect: 'openai_chat',
  // The second is Vertex's door to others' models, which name themselves in the body.
  paths: ['/chat/completions', '/endpoints/openapi/chat/completions', '/deployments/{model}/chat/completions'],
  body: 'json',
  members: memberRules(OPENAI_CHAT_MEMBERS),
  read: readOpenaiChat,
}

/** The body shape alone, for the providers that serve it under paths of their own. */
export function readOpenaiChat(body: JsonObject, path: LlmPath): LlmRead | string {
  const model = modelOf(body, path)
  if (model === undefined) return 'model'
  const stream = streamOf(body)
  if (stream === undefined) return 'stream'
  if (!hasPlainMetadata(body)) return 'metadata'
  const hidden = toolsInMessages(body['messages'])
  if (hidden !== undefined) return hidden
  const tools = openaiTools(body)
  return typeof tools === 'string' ? tools : { operation: 'completion', model, tools, stream }
}
