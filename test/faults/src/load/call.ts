// The calls that are asked about: a handful of tool calls whose arguments differ, with the digest the journal has to know them by.
import { sha256Canonical } from '@bailiwick/json'
import { TICKET } from './supply.ts'

export interface AskedCall {
  readonly tool: string
  readonly given: Readonly<Record<string, string>>
  readonly body: string
  /** As a gateway that reads MCP itself hands them on. */
  readonly params: string
  readonly digest: string
}

export const PROTOCOL_VERSION = '2025-06-18'

const TOOL = 'ticket_get'

const CALLS: readonly AskedCall[] = Array.from({ length: 16 }, (_, n) => {
  const given = { ticket_id: TICKET, note: `variant ${n}` }
  const params = { name: TOOL, arguments: given }
  const body = JSON.stringify({ jsonrpc: '2.0', id: n, method: 'tools/call', params })
  return { tool: TOOL, given, body, params: JSON.stringify(params), digest: sha256Canonical(given) }
})

const NO_CALL: AskedCall = { tool: '', given: {}, body: '', params: '', digest: '' }

export function callOf(n: number): AskedCall {
  return CALLS[n % CALLS.length] ?? NO_CALL
}

export function headersOf(token: string, { body }: AskedCall): readonly (readonly [string, string])[] {
  return [
    ['authorization', `Bearer ${token}`],
    ['content-type', 'application/json'],
    ['accept', 'application/json, text/event-stream'],
    ['mcp-protocol-version', PROTOCOL_VERSION],
    ['content-length', String(Buffer.byteLength(body))],
  ]
}
