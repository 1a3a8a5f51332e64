// GET (open the server's event stream) and DELETE (end the session) of the transports that keep sessions, 2025-03-26 to
// 2025-11-25, and the GET of HTTP+SSE. They carry no message, so they must carry no body and no header that mirrors one.
import type { HttpForm, UnreadCall } from '@bailiwick/core'
import { refuse, refuseUnreadable, unreadable } from '../read-outcome.ts'
import type { ReadOutcome } from '../read-outcome.ts'
import type { CheckedHeaders } from '../transport/read-headers.ts'
import { isStateless, parseMcpVersion, SILENT_VERSION } from './versions.ts'

export function readSessionRequest(form: HttpForm, method: 'GET' | 'DELETE', headers: CheckedHeaders, unread: UnreadCall): ReadOutcome {
  if (form.body === 'partial') return refuseUnreadable(unreadable('partial', 'body_partial'), unread)
  if (form.body !== 'absent' && form.body.length > 0) return refuseUnreadable(unreadable('not_a_request', 'body_unexpected'), unread)
  if (Number(headers.get('content-length') ?? 0) > 0 || headers.has('transfer-encoding')) {
    return refuseUnreadable(unreadable('not_a_request', 'body_unexpected'), unread)
  }
  const header = headers.get('mcp-protocol-version')
  const version = header === undefined ? SILENT_VERSION : parseMcpVersion(header)
  if (version === undefined) return refuseUnreadable(unreadable('not_a_request', 'protocol_version'), unread)
  const versioned = { ...unread, protocolVersion: version }
  if (isStateless(version)) return refuse({ reason: 'method_unknown', detail: 'http_method' }, versioned)
  if (headers.has('mcp-method') || headers.has('mcp-name')) return refuse({ reason: 'header_mismatch', detail: 'mcp_method' }, versioned)
  return { ok: true, call: { kind: 'mcp', shape: method === 'GET' ? 'stream' : 'session_end', method, protocolVersion: version } }
}
