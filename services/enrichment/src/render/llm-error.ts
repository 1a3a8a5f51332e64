// The error object of each provider, so that the SDK of the caller raises what it raises on the provider's own refusal. Where the
// SDK keeps nothing but the message, the message carries the decision id and the remediation too.
import type { JsonObject, LlmDialect } from '@bailiwick/core'
import { toProse } from './spoken.ts'
import type { Spoken } from './spoken.ts'

export interface LlmError {
  readonly body: JsonObject
  readonly headers: readonly (readonly [name: string, value: string])[]
}

type Status = 400 | 401 | 403 | 413

export function llmError(dialect: LlmDialect, status: Status, spoken: Spoken): LlmError {
  switch (dialect) {
    case 'openai_chat':
    case 'openai_responses':
    case 'openai_completions':
    case 'openai_embeddings':
    case 'openai_moderations':
    case 'openai_images':
    case 'openai_speech':
    case 'openai_audio':
      return openai(status, spoken)
    case 'anthropic_messages':
    case 'anthropic_count_tokens':
    case 'anthropic_batches':
      return anthropic(status, spoken)
    case 'gemini_generate':
    case 'gemini_count_tokens':
    case 'vertex_raw':
      return google(status, spoken)
    case 'bedrock_converse':
    case 'bedrock_invoke':
      return aws(status, spoken)
    case 'cohere_chat':
    case 'rerank':
      return { body: { message: toProse(spoken), bailiwick: spoken.data }, headers: [] }
    case 'ollama_chat':
      return { body: { error: toProse(spoken), bailiwick: spoken.data }, headers: [] }
  }
}

const OPENAI_TYPES = { 400: 'invalid_request_error', 401: 'authentication_error', 403: 'permission_error', 413: 'invalid_request_error' } as const

/** Both official SDKs print the message and nothing else of the body. */
function openai(status: Status, spoken: Spoken): LlmError {
  const { reason, data } = spoken
  return { body: { error: { message: toProse(spoken), type: OPENAI_TYPES[status], param: null, code: reason, bailiwick: data } }, headers: [] }
}

const ANTHROPIC_TYPES = { 400: 'invalid_request_error', 401: 'authentication_error', 403: 'permission_error', 413: 'request_too_large' } as const

/** The decision id as the request id too: SDKs show it with the exception. */
function anthropic(status: Status, { message, decisionId, data }: Spoken): LlmError {
  return {
    body: { type: 'error', error: { type: ANTHROPIC_TYPES[status], message, bailiwick: data }, request_id: decisionId },
    headers: [['request-id', decisionId]],
  }
}

const GOOGLE_STATUSES = { 400: 'INVALID_ARGUMENT', 401: 'UNAUTHENTICATED', 403: 'PERMISSION_DENIED', 413: 'INVALID_ARGUMENT' } as const

/** https://google.aip.dev/193: details are typed, and an ErrorInfo holds strings only. */
function google(status: Status, { reason, message, decisionId, remediation, data }: Spoken): LlmError {
  const metadata = {
    decision_id: decisionId,
    reason,
    retryable: data['retryable'] === true ? 'true' : 'false',
    ...(remediation === undefined ? {} : { remediation: JSON.stringify(remediation) }),
  }
  const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: reason.toUpperCase(), domain: 'bailiwick.dev', metadata }
  return { body: { error: { code: status, message, status: GOOGLE_STATUSES[status], details: [info] } }, headers: [] }
}

/** The SDKs take the kind of the exception from the header, and of the body the message alone. */
function aws(status: Status, spoken: Spoken): LlmError {
  const type = status === 401 || status === 403 ? 'AccessDeniedException' : 'ValidationException'
  return { body: { message: toProse(spoken), bailiwick: spoken.data }, headers: [['x-amzn-errortype', type]] }
}
