// An MCP message the gateway parsed itself (ExtMcp, `/v1/decide` with `mcp`): params are what it forwards, so there are no
// headers to compare and no id to echo. `params` were read by the strict reader in the door.
import type { McpForm, UnreadCall } from '@bailiwick/core'
import { refuse, refuseUnreadable, unreadable } from '../read-outcome.ts'
import type { ReadOutcome } from '../read-outcome.ts'
import { declaredVersion, unambiguousParams } from './read-message.ts'
import { readNames } from './read-names.ts'
import { nameSourceOf, parseMcpVersion } from './versions.ts'

export function readMcpForm(form: McpForm): ReadOutcome {
  const { method, params } = form
  const shape = method.startsWith('notifications/') ? 'notification' : 'request'
  const nothing: UnreadCall = { kind: 'unread', resourceKind: 'mcp', shape }
  const version = parseMcpVersion(form.version)
  if (version === undefined) return refuseUnreadable(unreadable('not_a_request', 'protocol_version'), nothing)
  const unread: UnreadCall = { ...nothing, protocolVersion: version }
  if (params !== undefined && !unambiguousParams(params)) return refuseUnreadable(unreadable('not_a_request', 'folded_key'), unread)
  const declared = declaredVersion(params)
  if (declared !== undefined && declared !== version) return refuse({ reason: 'header_mismatch', detail: 'mcp_protocol_version' }, unread)
  const source = nameSourceOf(shape, method, version)
  if (source === undefined) return refuse({ reason: 'method_unknown', detail: 'method' }, unread)
  const names = readNames(source, params)
  if (names.ok) return { ok: true, call: { kind: 'mcp', shape, method, protocolVersion: version, ...names.named } }
  if (names.unjudged === true) return refuse({ reason: 'method_unknown', detail: names.detail }, unread)
  return refuseUnreadable(unreadable('not_a_request', names.detail), unread)
}
