// What a call was read as: neutral, enough for policy, audit and a renderer. Made by a reader, never by a door.
import type { JsonObject } from './json-value.ts'

/** A JSON-RPC id, echoed with its type: the exact source text, `"abc"` or `17`. */
export interface RequestId {
  readonly lexeme: string
}

/** `stream`: GET opening SSE. `session_end`: DELETE. `response`: the client answers the server. `result`: the server has answered a request. */
export type McpShape = 'request' | 'notification' | 'response' | 'stream' | 'session_end' | 'result'

export interface McpCall {
  readonly kind: 'mcp'
  readonly shape: McpShape
  /** The JSON-RPC method; `GET` or `DELETE` for those shapes, `response` for a client response. */
  readonly method: string
  /** Tool name, prompt name, resource URI, task id: what `method` names. */
  readonly name?: string
  /** Arguments of `tools/call` and `prompts/get`; `{}` when the call has none. `unseen` where the door cannot see the body. */
  readonly arguments?: JsonObject | 'unseen'
  /** The names in the server's answer to a list, each once: which of them this task may know is part of the decision. */
  readonly listed?: readonly string[]
  readonly requestId?: RequestId
  /** `2025-11-25`, ...; what the client declared, or the version its silence means. */
  readonly protocolVersion: string
}

/** The request format, and with it the shape of an error. Azure deployments speak the `openai_*` dialects. */
export type LlmDialect =
  | 'openai_chat'
  | 'openai_responses'
  | 'openai_completions'
  | 'openai_embeddings'
  | 'openai_moderations'
  | 'openai_images'
  | 'openai_speech'
  | 'openai_audio'
  | 'rerank'
  | 'anthropic_messages'
  | 'anthropic_count_tokens'
  | 'anthropic_batches'
  | 'gemini_generate'
  | 'gemini_count_tokens'
  | 'vertex_raw'
  | 'bedrock_converse'
  | 'bedrock_invoke'
  | 'cohere_chat'
  | 'ollama_chat'
export type LlmOperation = 'completion' | 'embedding' | 'image' | 'rerank' | 'moderation' | 'speech' | 'transcription'

export interface LlmCall {
  readonly kind: 'llm'
  readonly dialect: LlmDialect
  readonly operation: LlmOperation
  /** The one model the call can reach, as the caller spells it. A request that names several is not read. */
  readonly model: string
  /**
   * Every tool the request declares, each once: a function by its name, what the provider runs as `builtin:<type>`, an MCP
   * server the provider connects to as `mcp:<url>`, one tool of it as `mcp:<url>#<tool>`. See docs/llm-dialects.md.
   */
  readonly tools: readonly string[]
  readonly stream: boolean
}

/** The call could not be read, or was refused before it was. A renderer still needs to know what it would have answered in. */
export interface UnreadCall {
  readonly kind: 'unread'
  /** The configured kind of the resource; undefined while the resource is unknown. */
  readonly resourceKind?: 'mcp' | 'llm'
  readonly method?: string
  /** Of a model endpoint, where the path alone told it. */
  readonly dialect?: LlmDialect
  /** Present only when one was read without doubt. */
  readonly requestId?: RequestId
  readonly protocolVersion?: string
  /** The shape where the HTTP method alone tells it. */
  readonly shape?: McpShape
}

export type Call = McpCall | LlmCall | UnreadCall

/** SHA-256, base64url, of the RFC 8785 form of what was judged; undefined where there are no arguments. */
export type ArgumentsDigest = string
