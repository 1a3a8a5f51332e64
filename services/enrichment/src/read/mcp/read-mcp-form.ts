// An MCP message the gateway parsed itself (ExtMcp, `/v1/decide` with `mcp`), or the server's answer to one: params are what it
// forwards, so there are no headers to compare and no id to echo. `params` were read by the strict reader in the door.
import type { McpForm, McpShape, UnreadCall } from '@bailiwick/core'
import { refuse, refuseUnreadable, unreadable } from '../read-outcome.ts'
import type { ReadOutcome } from '../read-outcome.ts'
import { declaredVersion, unambiguousParams } from './read-message.ts'
import { isListedName, readNames } from './read-names.ts'
import { nameSourceOf, parseMcpVersion, versionKnowing } from './versions.ts'
import type { McpVersion } from './versions.ts'

/** More entries than a server sends on one page, and than are asked about in one decision. */
const MAX_LISTED = 900

export function readMcpForm(form: McpForm): ReadOutcome {
  const { method, params, result } = form
  const shape = method.startsWith('notifications/') ? 'notification' : 'request'
  const nothing: UnreadCall = { kind: 'unread', resourceKind: 'mcp', shape: result === undefined ? shape : 'result' }
  if (params === 'unreadable' || result === 'unreadable') return refuseUnreadable(unreadable('syntax', 'json'), nothing)
  const declared = declaredVersion(params)
  const said = form.version ?? declared
  const version = said === undefined ? versionKnowing(shape, method) : parseMcpVersion(said)
  if (version === undefined) return refuseUnreadable(unreadable('not_a_request', 'protocol_version'), nothing)
  const unread: UnreadCall = { ...nothing, protocolVersion: version }
  if (params !== undefined && !unambiguousParams(params)) return refuseUnreadable(unreadable('not_a_request', 'folded_key'), unread)
  if (declared !== undefined && declared !== version) return refuse({ reason: 'header_mismatch', detail: 'mcp_protocol_version' }, unread)
  const source = nameSourceOf(shape, method, version)
  if (source === undefined) return refuse({ reason: 'method_unknown', detail: 'method' }, unread)
  if (result !== undefined) return readResult(method, result, version, unread)
  const names = readNames(source, params)
  const unseen = form.unseen === true ? { arguments: 'unseen' as const } : {}
  if (names.ok) return { ok: true, call: { kind: 'mcp', shape, method, protocolVersion: version, ...names.named, ...unseen } }
  if (names.unjudged === true) return refuse({ reason: 'method_unknown', detail: names.detail }, unread)
  return refuseUnreadable(unreadable('not_a_request', names.detail), unread)
}

/** A list's answer is asked about like the list, with its names; any other has been decided on when it was a request. */
function readResult(method: string, result: readonly string[] | 'unlisted', protocolVersion: McpVersion, unread: UnreadCall): ReadOutcome {
  const call = { kind: 'mcp', method, protocolVersion } as const
  if (result === 'unlisted') return { ok: true, call: { ...call, shape: 'result' satisfies McpShape } }
  const listed = [...new Set(result.filter((name) => isListedName(method, name)))]
  if (listed.length > MAX_LISTED) return refuseUnreadable(unreadable('too_large', 'listed_names'), unread)
  return { ok: true, call: { ...call, shape: 'request', listed } }
}
