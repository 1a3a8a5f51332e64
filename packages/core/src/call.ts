// What a call was read as: neutral, enough for policy, audit and a renderer. Made by a reader, never by a door.
import type { JsonObject } from './json-value.ts'

/** A JSON-RPC id, echoed with its type: the exact source text, `"abc"` or `17`. */
export interface RequestId {
  readonly lexeme: string
}

/** `stream`: GET opening SSE. `session_end`: DELETE. `response`: the client answers the server. */
export type McpShape = 'request' | 'notification' | 'response' | 'stream' | 'session_end'

export interface McpCall {
  readonly kind: 'mcp'
  readonly shape: McpShape
  /** The JSON-RPC method; `GET` or `DELETE` for those shapes, `response` for a client response. */
  readonly method: string
  /** Tool name, prompt name, resource URI, task id: what `method` names. */
  readonly name?: string
  /** Arguments of `tools/call` and `prompts/get`; `{}` when the call has none. `unseen` where the door cannot see the body. */
  readonly arguments?: JsonObject | 'unseen'
  readonly requestId?: RequestId
  /** `2025-11-25`, ...; what the client declared, or the version its silence means. */
  readonly protocolVersion: string
}

export type LlmDialect = 'openai_chat'
export type LlmOperation = 'completion' | 'embedding' | 'image' | 'rerank'

export interface LlmCall {
  readonly kind: 'llm'
  readonly dialect: LlmDialect
  readonly operation: LlmOperation
  readonly model: string
  /** Every tool the request declares, built-ins included, each once. */
  readonly tools: readonly string[]
  readonly stream: boolean
}

/** The call could not be read, or was refused before it was. A renderer still needs to know what it would have answered in. */
export interface UnreadCall {
  readonly kind: 'unread'
  /** The configured kind of the resource; undefined while the resource is unknown. */
  readonly resourceKind?: 'mcp' | 'llm'
  readonly method?: string
  /** Present only when one was read without doubt. */
  readonly requestId?: RequestId
  readonly protocolVersion?: string
  /** The shape where the HTTP method alone tells it. */
  readonly shape?: McpShape
}

export type Call = McpCall | LlmCall | UnreadCall

/** SHA-256, base64url, of the RFC 8785 form of what was judged; undefined where there are no arguments. */
export type ArgumentsDigest = string
