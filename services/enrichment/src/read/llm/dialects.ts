// The dialects that are understood, longest path suffix first.
import type { LlmDialectReader } from './dialect.ts'
import { openaiChat } from './openai-chat.ts'

export const DIALECTS: readonly LlmDialectReader[] = [openaiChat]
