// An MCP message as it came over HTTP. Checks, in order: headers, path, HTTP method; then of a POST the body, the message, its
// revision, the method in that revision, what it names, and the headers that repeat the body. Pure.
import type { HttpForm, McpCall, Resource, UnreadCall } from '@bailiwick/core'
import { refuse, refuseUnreadable, unreadable } from '../read-outcome.ts'
import type { ReadOutcome } from '../read-outcome.ts'
import { checkPath } from '../transport/check-path.ts'
import { readHeaders } from '../transport/read-headers.ts'
import type { CheckedHeaders } from '../transport/read-headers.ts'
import { readJsonBody } from '../transport/read-json-body.ts'
import { checkMirrors } from './mirror-headers.ts'
import { readHeadersOnly } from './read-headers-only.ts'
import { MESSAGE_KEYS, readMessage } from './read-message.ts'
import type { Message } from './read-message.ts'
import { readNames } from './read-names.ts'
import { readSessionRequest } from './read-session-request.ts'
import { settleVersion } from './settle-version.ts'
import { isStateless, nameSourceOf } from './versions.ts'
import type { McpVersion } from './versions.ts'

const KEEP_LEXEMES: readonly string[] = ['id']
/** A method is written to the audit also where it is not known; this much of it, and no other characters. */
const PRINTABLE_METHOD = /^[A-Za-z0-9_.$/-]{1,128}$/

export function readMcpHttp(resource: Resource, form: HttpForm): ReadOutcome {
  const nothing: UnreadCall = { kind: 'unread', resourceKind: 'mcp', ...shapeOf(form.method) }
  const read = readHeaders(form.headers)
  if (!read.ok) return refuseUnreadable(read, nothing)
  const path = checkPath(form.path)
  if (path !== undefined) return refuseUnreadable(path, nothing)
  if (form.method === 'GET' || form.method === 'DELETE') return readSessionRequest(form, form.method, read.headers, nothing)
  if (form.method !== 'POST') return refuseUnreadable(unreadable('not_a_request', 'http_method'), nothing)
  if (form.body === 'absent' && resource.validatesMcpHeaders) return readHeadersOnly(read.headers, nothing)

  const body = readJsonBody(form, read.headers, { maxBytes: resource.maxBodyBytes, reservedKeys: MESSAGE_KEYS, keepLexemes: KEEP_LEXEMES, plainKeys: true })
  if (!body.ok) return refuseUnreadable(body, nothing)
  const outcome = readMessage(body.body)
  if (!outcome.ok) {
    const { detail, requestId } = outcome
    return refuseUnreadable(unreadable('not_a_request', detail), { ...nothing, ...(requestId === undefined ? {} : { requestId }) })
  }
  return readVersioned(outcome.message, read.headers)
}

function readVersioned(message: Message, headers: CheckedHeaders): ReadOutcome {
  const unread = unreadMessage(message)
  const settled = settleVersion(headers, message)
  if (!settled.ok) {
    if (settled.problem === 'mismatch') return refuse({ reason: 'header_mismatch', detail: settled.detail }, unread)
    return refuseUnreadable(unreadable('not_a_request', settled.detail), unread)
  }
  const { version } = settled
  const versioned = { ...unread, protocolVersion: version }
  return message.shape === 'response' ? readResponse(headers, version, versioned) : readNamed(message, headers, version, versioned)
}

function readResponse(headers: CheckedHeaders, version: McpVersion, unread: UnreadCall): ReadOutcome {
  // Servers of this revision ask inside results (MRTR); a client response has nothing it could answer.
  if (isStateless(version)) return refuseUnreadable(unreadable('not_a_request', 'client_response'), unread)
  const disagreement = checkMirrors(headers, { method: undefined, name: undefined, source: 'none' }, false)
  if (disagreement !== undefined) return refuse({ reason: 'header_mismatch', detail: disagreement }, unread)
  return { ok: true, call: { kind: 'mcp', shape: 'response', method: 'response', protocolVersion: version } }
}

function readNamed(message: Exclude<Message, { shape: 'response' }>, headers: CheckedHeaders, version: McpVersion, unread: UnreadCall): ReadOutcome {
  const { shape, method, params } = message
  const source = nameSourceOf(shape, method, version)
  if (source === undefined) return refuse({ reason: 'method_unknown', detail: 'method' }, unread)
  const names = readNames(source, params)
  if (!names.ok) {
    if (names.unjudged === true) return refuse({ reason: 'method_unknown', detail: names.detail }, unread)
    return refuseUnreadable(unreadable('not_a_request', names.detail), unread)
  }
  // Headers of notifications are not defined by 2026-07-28: what is there must agree, nothing is demanded.
  const required = isStateless(version) && shape === 'request'
  const disagreement = checkMirrors(headers, { method, name: names.named.name, source }, required)
  if (disagreement !== undefined) return refuse({ reason: 'header_mismatch', detail: disagreement }, unread)
  const call: McpCall = { kind: 'mcp', shape, method, protocolVersion: version, ...names.named }
  return { ok: true, call: message.shape === 'request' ? { ...call, requestId: message.requestId } : call }
}

function unreadMessage(message: Message): UnreadCall {
  const unread: UnreadCall = { kind: 'unread', resourceKind: 'mcp', shape: message.shape }
  if (message.shape === 'response') return unread
  const method = PRINTABLE_METHOD.test(message.method) ? { method: message.method } : {}
  return message.shape === 'request' ? { ...unread, ...method, requestId: message.requestId } : { ...unread, ...method }
}

function shapeOf(httpMethod: string): Pick<UnreadCall, 'shape'> {
  if (httpMethod === 'GET') return { shape: 'stream' }
  return httpMethod === 'DELETE' ? { shape: 'session_end' } : {}
}
