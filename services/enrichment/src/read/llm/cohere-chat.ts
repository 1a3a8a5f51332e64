// Cohere chat, version 2. Version 1 is another format, with connectors of its own, and is not read.
import type { JsonObject } from '@bailiwick/core'
import type { LlmDialectReader, LlmPath, LlmRead } from './dialect.ts'
import { memberRules } from './member-rules.ts'
import { modelOf } from './model-name.ts'
import { openaiTool, streamOf, toolsInMessages } from './openai/openai-tools.ts'
import { readEntries } from './tool-names.ts'

export const cohereChat: LlmDialectReader = {
  dialect: 'cohere_chat',
  paths: ['/v2/chat'],
  body: 'json',
  members: memberRules({
    reads: ['model', 'tools', 'messages', 'stream'],
    passes: ['citation_options', 'documents', 'response_format', 'safety_mode', 'stop_sequences', 'thinking', 'tool_choice'],
  }),
  read: (body: JsonObject, path: LlmPath): LlmRead | string => {
    const model = modelOf(body, path)
    if (model === undefined) return 'model'
    const stream = streamOf(body)
    if (stream === undefined) return 'stream'
    const hidden = toolsInMessages(body['messages'])
    if (hidden !== undefined) return hidden
    const tools = readEntries(body['tools'], openaiTool)
    return typeof tools === 'string' ? tools : { operation: 'completion', model, tools, stream }
  },
}
