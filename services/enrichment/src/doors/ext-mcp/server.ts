// The ExtMcp door: decode, ask the walk, encode, once for a request and once for what the server answers. Whatever happens inside, the
// gateway gets a result: never a gRPC error, which it may be configured to take as leave to pass.
import type { ServerUnaryCall, UntypedServiceImplementation, handleUnaryCall } from '@grpc/grpc-js'
import { create } from '@bufbuild/protobuf'
import type { Channel, Decision, McpForm, Question } from '@bailiwick/core'
import type { Logger } from '@bailiwick/runtime'
import { McpRequestSchema, McpResponseSchema, UNREADABLE } from '@bailiwick/wire'
import type { McpRequest, McpRequestResult, McpResponse, McpResponseResult, Unreadable } from '@bailiwick/wire'
import type { DeadlineFor, Decode } from '../decoding.ts'
import { grpcChannel } from '../grpc-channel.ts'
import type { Via } from '../peer-proof.ts'
import { headersOf, secretsIn, toRequestQuestion, toResponseQuestion } from './decode.ts'
import type { RequestQuestion } from './decode.ts'
import { brokenRequestResult, brokenResponseResult, toRequestResult, toResponseResult } from './encode.ts'
import { readListResult } from './list-result.ts'

export interface ExtMcpDeps {
  readonly via: Via
  readonly deadlineFor: DeadlineFor
  /** Of params, and of a list's answer. */
  readonly maxBytes: number
  readonly decide: (question: Question) => Promise<Decision>
  readonly decode: Decode<Params>
  /** Whether the walk will know this caller: of a stranger's message nothing is read. */
  readonly isKnown: (channel: Channel) => boolean
  readonly log: Pick<Logger, 'error'>
}

type Params = NonNullable<McpForm['params']>

export interface ExtMcpHandlers extends UntypedServiceImplementation {
  readonly checkRequest: handleUnaryCall<McpRequest | Unreadable, McpRequestResult>
  readonly checkResponse: handleUnaryCall<McpResponse | Unreadable, McpResponseResult>
}

export function extMcpHandlers(deps: ExtMcpDeps): ExtMcpHandlers {
  const failed = (thrown: unknown): void => deps.log.error({ err: thrown }, 'the ext_mcp door failed')
  return {
    checkRequest: (call, answer) => {
      checkRequest(deps, call).then(
        (result) => answer(null, result),
        (thrown: unknown) => {
          failed(thrown)
          answer(null, brokenRequestResult())
        },
      )
    },
    checkResponse: (call, answer) => {
      checkResponse(deps, call).then(
        (result) => answer(null, result),
        (thrown: unknown) => {
          failed(thrown)
          answer(null, brokenResponseResult())
        },
      )
    },
  }
}

async function checkRequest(deps: ExtMcpDeps, call: ServerUnaryCall<McpRequest | Unreadable, McpRequestResult>): Promise<McpRequestResult> {
  // What cannot be read says nothing: the walk refuses it like an empty request, and there is a record of it.
  const sent = call.request === UNREADABLE ? create(McpRequestSchema) : call.request
  const channel = grpcChannel(call, 'ext_mcp', secretsIn(sent), deps.via)
  const request = deps.isKnown(channel) ? sent : create(McpRequestSchema)
  const deadline = deps.deadlineFor(request.mcpRequest?.length ?? 0)
  // Before large params are handed over: the rest of the message is in the same memory.
  const headers = headersOf(request.headers)
  const question = toRequestQuestion(request, headers, { channel, deadline })
  return toRequestResult(await deps.decide(await withParams(deps, question, request.mcpRequest)), headers)
}

async function withParams(deps: ExtMcpDeps, question: RequestQuestion, bytes: Uint8Array | undefined): Promise<Question> {
  if (bytes === undefined) return question
  const params = await deps.decode(bytes, deps.maxBytes, question.deadline)
  return params.ok ? { ...question, call: { ...question.call, params: params.value } } : { ...question, call: { form: 'undecoded', denial: params.denial } }
}

async function checkResponse(deps: ExtMcpDeps, call: ServerUnaryCall<McpResponse | Unreadable, McpResponseResult>): Promise<McpResponseResult> {
  const deadline = deps.deadlineFor(0)
  const sent = call.request === UNREADABLE ? create(McpResponseSchema) : call.request
  const channel = grpcChannel(call, 'ext_mcp', secretsIn(sent), deps.via)
  const response = deps.isKnown(channel) ? sent : create(McpResponseSchema)
  const result = readListResult(response.method, response.mcpResponse, response.serviceNames, deps.maxBytes)
  return toResponseResult(await deps.decide(toResponseQuestion(response, result, { channel, deadline })), result)
}
