// Ollama's own chat. It streams unless told not to, and an entry of `tools` may leave out its type.
import type { JsonObject } from '@bailiwick/core'
import type { LlmDialectReader, LlmPath, LlmRead } from './dialect.ts'
import { memberRules } from './member-rules.ts'
import { modelOf } from './model-name.ts'
import { openaiTool, toolsInMessages } from './openai/openai-tools.ts'
import { readEntries } from './tool-names.ts'

export const ollamaChat: LlmDialectReader = {
  dialect: 'ollama_chat',
  paths: ['/api/chat'],
  body: 'json',
  members: memberRules({ reads: ['model', 'tools', 'messages', 'stream'], passes: ['format', 'keep_alive', 'options', 'think'] }),
  read: (body: JsonObject, path: LlmPath): LlmRead | string => {
    const model = modelOf(body, path)
    if (model === undefined) return 'model'
    const { stream = null } = body
    if (stream !== null && typeof stream !== 'boolean') return 'stream'
    const hidden = toolsInMessages(body['messages'])
    if (hidden !== undefined) return hidden
    const tools = readEntries(body['tools'], (entry) => openaiTool('type' in entry ? entry : { ...entry, type: 'function' }))
    return typeof tools === 'string' ? tools : { operation: 'completion', model, tools, stream: stream !== false }
  },
}
