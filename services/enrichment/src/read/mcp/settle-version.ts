// Which revision a message is read under: the header, the body's `_meta`, the `initialize` request and silence must leave one
// answer only (MCP 2026-07-28, streamable HTTP, protocol version header).
import type { CheckedHeaders } from '../transport/read-headers.ts'
import { declaredVersion } from './read-message.ts'
import type { Message } from './read-message.ts'
import { isStateless, parseMcpVersion, SILENT_VERSION } from './versions.ts'
import type { McpVersion } from './versions.ts'

export type VersionOutcome =
  | { readonly ok: true; readonly version: McpVersion }
  | { readonly ok: false; readonly problem: 'mismatch' | 'unknown'; readonly detail: string }

export function settleVersion(headers: CheckedHeaders, message: Message): VersionOutcome {
  const header = headers.get('mcp-protocol-version')
  const params = message.shape === 'response' ? undefined : message.params
  const declared = declaredVersion(params)
  if (declared !== undefined && declared !== header) return mismatch()
  if (header !== undefined) {
    const version = parseMcpVersion(header)
    if (version === undefined) return unknown()
    // The header alone proves nothing where the revision wants both.
    if (isStateless(version) && message.shape === 'request' && declared === undefined) return mismatch()
    if (isInitialize(message) && params?.['protocolVersion'] !== version) return mismatch()
    return { ok: true, version }
  }
  if (!isInitialize(message)) return { ok: true, version: SILENT_VERSION }
  const version = parseMcpVersion(params?.['protocolVersion'])
  return version === undefined ? unknown() : { ok: true, version }
}

function isInitialize(message: Message): boolean {
  return message.shape === 'request' && message.method === 'initialize'
}

function mismatch(): VersionOutcome {
  return { ok: false, problem: 'mismatch', detail: 'mcp_protocol_version' }
}

function unknown(): VersionOutcome {
  return { ok: false, problem: 'unknown', detail: 'protocol_version' }
}
