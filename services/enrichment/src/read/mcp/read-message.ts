// One JSON-RPC 2.0 message: which of the three shapes it is, its id and its params. Nothing of it is interpreted here.
// A message that two readers could take for different shapes is refused.
import type { JsonObject, JsonValue, RequestId } from '@bailiwick/core'
import { findFoldedKey, isJsonObject, reserveKeys } from '@bailiwick/json'
import type { JsonBody } from '../transport/read-json-body.ts'

export type Message =
  | { readonly shape: 'request'; readonly requestId: RequestId; readonly method: string; readonly params?: JsonObject }
  | { readonly shape: 'notification'; readonly method: string; readonly params?: JsonObject }
  | { readonly shape: 'response' }

export type MessageOutcome = { readonly ok: true; readonly message: Message } | { readonly ok: false; readonly detail: string; readonly requestId?: RequestId }

export const MESSAGE_KEYS = reserveKeys(['jsonrpc', 'id', 'method', 'params', 'result', 'error'])
export const META_VERSION = 'io.modelcontextprotocol/protocolVersion'

const PARAMS_KEYS = reserveKeys([
  '_meta',
  'arguments',
  'name',
  'notifications',
  'protocolVersion',
  'ref',
  'task',
  'taskId',
  'uri',
  'inputResponses',
  'requestState',
])
const REF_KEYS = reserveKeys(['type', 'name', 'uri'])
const META_KEYS = reserveKeys([META_VERSION])

/** An id is echoed in a reply that has its own limit. */
const MAX_ID_BYTES = 256
const INTEGER = /^-?(?:0|[1-9][0-9]*)$/

/** `body` was read with MESSAGE_KEYS reserved and the lexeme of `id` kept. */
export function readMessage(body: JsonBody): MessageOutcome {
  const { value, lexemes } = body
  const { method, params, result, error } = value
  const lexeme = lexemes.get('id')
  const requestId = lexeme === undefined ? undefined : readId(value['id'], lexeme)
  if (lexeme !== undefined && requestId === undefined) return { ok: false, detail: 'id' }
  // From here on the id is known, so that the refusal can be correlated; but only a request expects an answer.
  const refused = (detail: string): MessageOutcome => ({ ok: false, detail, ...(requestId === undefined || method === undefined ? {} : { requestId }) })
  if (value['jsonrpc'] !== '2.0') return refused('jsonrpc')
  if (method === undefined) return readResponse(value, requestId)
  if (typeof method !== 'string') return refused('method')
  if (result !== undefined || error !== undefined) return refused('ambiguous_shape')
  if (params !== undefined && !isJsonObject(params)) return refused('params')
  if (params !== undefined && !unambiguousParams(params)) return refused('folded_key')
  const rest = params === undefined ? {} : { params }
  if (requestId === undefined) return { ok: true, message: { shape: 'notification', method, ...rest } }
  return { ok: true, message: { shape: 'request', requestId, method, ...rest } }
}

function readResponse(value: JsonObject, requestId: RequestId | undefined): MessageOutcome {
  const { params, result, error } = value
  const one = (result === undefined) !== (error === undefined)
  if (requestId === undefined || !one || params !== undefined || !isJsonObject(result ?? error)) return { ok: false, detail: 'shape' }
  return { ok: true, message: { shape: 'response' } }
}

/** A string or an integer, kept as it was written. `1.0` is refused: some would answer it with 1. */
function readId(id: JsonValue | undefined, lexeme: string): RequestId | undefined {
  if (Buffer.byteLength(lexeme, 'utf8') > MAX_ID_BYTES) return undefined
  if (typeof id === 'string') return { lexeme }
  return typeof id === 'number' && INTEGER.test(lexeme) ? { lexeme } : undefined
}

/** No key at params, reference or _meta level that another parser takes for one we read. */
export function unambiguousParams(params: JsonObject): boolean {
  const { ref, _meta: meta } = params
  if (findFoldedKey(params, PARAMS_KEYS) !== undefined) return false
  if (meta !== undefined && (!isJsonObject(meta) || findFoldedKey(meta, META_KEYS) !== undefined)) return false
  return !isJsonObject(ref) || findFoldedKey(ref, REF_KEYS) === undefined
}

/** The revision the body itself declares: a text, or undefined where it declares none. */
export function declaredVersion(params: JsonObject | undefined): JsonValue | undefined {
  const meta = params?.['_meta']
  return isJsonObject(meta) ? meta[META_VERSION] : undefined
}
