// A denial to an MCP client. What keeps the session and brings the reason to the model was measured with the official clients:
// 200 with an isError result for a tool call, 200 with a JSON-RPC error for other requests, 202 for what expects no answer.
// An id of null, and structuredContent beside isError, break clients; neither is ever sent.
import type { McpCall, McpShape, UnreadCall } from '@bailiwick/core'
import type { DenialToRender, RenderedReply } from './rendered-reply.ts'
import { challengeOf, jsonReply, reply } from './reply.ts'
import { situationOf } from './situation.ts'
import { speak, toProse } from './spoken.ts'
import type { Spoken } from './spoken.ts'

const PARSE_ERROR = -32700
const INVALID_REQUEST = -32600
const METHOD_NOT_FOUND = -32601
const INTERNAL_ERROR = -32603
/** Also REQUEST_TIMEOUT to the SDKs: `data.type` tells them apart. */
const AUTHORIZATION_DENIED = -32001
/** MCP 2026-07-28, streamable HTTP, server validation. */
const HEADER_MISMATCH = -32020

/** From here on results carry `resultType`; earlier schemas do not know it. */
const RESULT_TYPE_SINCE = '2026-07-28'

interface Answer extends DenialToRender {
  readonly call: McpCall | UnreadCall
  readonly spoken: Spoken
}

export function renderMcp(input: DenialToRender & { readonly call: McpCall | UnreadCall }): RenderedReply {
  const { denial, call, decisionId, resourceMetadataUrl, channel } = input
  const answer: Answer = { ...input, spoken: speak(denial, decisionId) }
  const situation = situationOf(denial)
  switch (situation.kind) {
    case 'challenge':
      return errorReply(answer, 401, AUTHORIZATION_DENIED, challengeOf(situation, resourceMetadataUrl))
    case 'scope':
      return errorReply(answer, 403, AUTHORIZATION_DENIED, challengeOf(situation, resourceMetadataUrl))
    case 'forbidden':
      return errorReply(answer, 403, AUTHORIZATION_DENIED)
    case 'header_mismatch':
      return errorReply(answer, 400, HEADER_MISMATCH)
    case 'unreadable':
      return errorReply(answer, 400, situation.syntax ? PARSE_ERROR : INVALID_REQUEST)
    case 'too_large':
      return errorReply(answer, 413, INVALID_REQUEST)
    case 'method_unknown':
      return shapedReply(answer, METHOD_NOT_FOUND)
    case 'unavailable':
      return shapedReply(answer, INTERNAL_ERROR)
    case 'refused':
      return channel === 'grpc' && isToolCall(call) && call.requestId !== undefined ? toolResult(answer, call) : shapedReply(answer, AUTHORIZATION_DENIED)
  }
}

function isToolCall(call: McpCall | UnreadCall): call is McpCall {
  return call.kind === 'mcp' && call.shape === 'request' && call.method === 'tools/call'
}

/** What the client sent decides which answer it can take. */
function shapedReply(answer: Answer, code: number): RenderedReply {
  const { call, channel, spoken } = answer
  if (channel === 'http') return errorReply(answer, 403, code)
  switch (shapeOf(call)) {
    case 'request':
      // Without its id a 200 is an answer to nothing, and Python clients wait for ever; a 403 they report.
      return errorReply(answer, call.requestId === undefined ? 403 : 200, code)
    case 'notification':
    case 'response':
      // An error status here ends sessions; swallowed, the next request brings the reason.
      return reply(202, spoken.decisionId, undefined)
    case 'stream':
    case 'session_end':
      // "Not offered" is the one refusal every client takes calmly.
      return errorReply(answer, 405, code, [['allow', 'POST']])
    case 'result':
    case undefined:
      return errorReply(answer, 403, code)
  }
}

function shapeOf(call: McpCall | UnreadCall): McpShape | undefined {
  return call.shape ?? (call.requestId === undefined ? undefined : 'request')
}

function errorReply(answer: Answer, status: number, code: number, headers: readonly (readonly [string, string])[] = []): RenderedReply {
  const { spoken, call } = answer
  const error = { code, message: spoken.message, data: { type: 'authorization_denied', ...spoken.data } }
  return jsonReply(status, spoken.decisionId, envelope(call, `"error":${JSON.stringify(error)}`), headers)
}

function toolResult(answer: Answer, call: McpCall): RenderedReply {
  const { spoken } = answer
  const result = {
    content: [{ type: 'text', text: toProse(spoken) }],
    isError: true,
    _meta: { 'dev.bailiwick/decision': spoken.data },
    ...(call.protocolVersion >= RESULT_TYPE_SINCE ? { resultType: 'complete' } : {}),
  }
  return jsonReply(200, spoken.decisionId, envelope(call, `"result":${JSON.stringify(result)}`))
}

/** The id byte for byte as it came; left out where none was read. */
function envelope(call: McpCall | UnreadCall, member: string): string {
  const id = call.requestId === undefined ? '' : `"id":${call.requestId.lexeme},`
  return `{"jsonrpc":"2.0",${id}${member}}`
}
