// The dialects that are understood. What stands on no path of theirs is refused: files, batches of OpenAI, assistants, threads and
// realtime do not carry in their requests what they run.
import { anthropicBatches } from './anthropic/anthropic-batches.ts'
import { anthropicCountTokens, anthropicMessages } from './anthropic/anthropic-messages.ts'
import { bedrockConverse } from './bedrock/bedrock-converse.ts'
import { bedrockInvoke } from './bedrock/bedrock-invoke.ts'
import { cohereChat } from './cohere-chat.ts'
import type { LlmDialectReader } from './dialect.ts'
import { geminiCountTokens, geminiGenerate } from './google/gemini.ts'
import { ollamaChat } from './ollama-chat.ts'
import { openaiChat } from './openai/openai-chat.ts'
import { openaiForms } from './openai/openai-form.ts'
import { openaiPlain } from './openai/openai-plain.ts'
import { openaiResponses } from './openai/openai-responses.ts'
import { vertexRaw } from './google/vertex-raw.ts'

export const DIALECTS: readonly LlmDialectReader[] = [
  openaiChat,
  openaiResponses,
  ...openaiPlain,
  ...openaiForms,
  anthropicMessages,
  anthropicCountTokens,
  anthropicBatches,
  geminiGenerate,
  geminiCountTokens,
  vertexRaw,
  bedrockConverse,
  bedrockInvoke,
  cohereChat,
  ollamaChat,
]
