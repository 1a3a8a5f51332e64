// A model call the gateway has read itself (LiteLLM's guardrail API): the model and the tools are all it shows, so they are all that is
// judged. What else the request asks for, the gateway's own configuration has to refuse.
import type { JsonValue, LlmForm } from '@bailiwick/core'
import { refuseUnreadable, unreadable } from '../read-outcome.ts'
import type { ReadOutcome } from '../read-outcome.ts'
import { isModelName } from './model-name.ts'
import { openaiTool } from './openai/openai-tools.ts'
import { readEntries } from './tool-names.ts'

/** Not told whether it streams: said to policy as that it does not. */
export function readLlmForm({ model, tools: declared }: LlmForm): ReadOutcome {
  const unread = { kind: 'unread', resourceKind: 'llm', dialect: 'openai_chat' } as const
  if (!isModelName(model)) return refuseUnreadable(unreadable('not_a_request', 'model'), unread)
  const tools = readEntries(declared, openaiTool)
  if (typeof tools === 'string') return refuseUnreadable(unreadable('not_a_request', tools), unread)
  return { ok: true, call: { kind: 'llm', dialect: 'openai_chat', operation: 'completion', model, tools, stream: false } }
}

/** The names one entry of `tools` is judged by; none for an entry that is not read. */
export function toolNamesOf(entry: JsonValue): readonly string[] {
  const names = readEntries([entry], openaiTool)
  return typeof names === 'string' ? [] : names
}
