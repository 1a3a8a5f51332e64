// A message whose body the gateway cannot show (nginx auth_request, Caddy forward_auth), by the headers that repeat it. Only for
// revisions that demand those headers, and only where the operator declared that the server compares them with the body:
// whoever calls this has checked that declaration. The arguments stay `unseen` and there is no id.
import type { McpCall, UnreadCall } from '@bailiwick/core'
import { refuse, refuseUnreadable, unreadable } from '../read-outcome.ts'
import type { ReadOutcome } from '../read-outcome.ts'
import type { CheckedHeaders } from '../transport/read-headers.ts'
import { decodeMirror } from './mirror-headers.ts'
import { isNameOf } from './read-names.ts'
import { isStateless, nameSourceOf, parseMcpVersion } from './versions.ts'

export function readHeadersOnly(headers: CheckedHeaders, unread: UnreadCall): ReadOutcome {
  const version = parseMcpVersion(headers.get('mcp-protocol-version'))
  const method = headers.get('mcp-method')
  if (version === undefined || !isStateless(version) || method === undefined) {
    return refuseUnreadable(unreadable('not_a_request', 'body_absent'), unread)
  }
  const known: UnreadCall = { ...unread, protocolVersion: version, shape: 'request' }
  const source = nameSourceOf('request', method, version)
  if (source === undefined) return refuse({ reason: 'method_unknown', detail: 'method' }, known)
  const call: McpCall = { kind: 'mcp', shape: 'request', method, protocolVersion: version }
  const header = headers.get('mcp-name')
  const name = header === undefined ? undefined : decodeMirror(header)
  switch (source) {
    case 'none':
      return header === undefined ? { ok: true, call } : refuse({ reason: 'header_mismatch', detail: 'mcp_name' }, known)
    case 'tool':
    case 'prompt':
    case 'uri':
    case 'task':
      if (name === undefined || !isNameOf(source, name)) return refuse({ reason: 'header_mismatch', detail: 'mcp_name' }, known)
      return { ok: true, call: source === 'uri' || source === 'task' ? { ...call, name } : { ...call, name, arguments: 'unseen' } }
    case 'reference':
    case 'filter':
      // What these name is in the body alone.
      return refuseUnreadable(unreadable('not_a_request', 'body_absent'), known)
  }
}
