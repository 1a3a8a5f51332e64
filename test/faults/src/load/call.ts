// The calls that are asked about: a handful of tool calls whose arguments differ, with the digest the journal has to know them by.
import { sha256Canonical } from '@bailiwick/json'
import { TICKET } from './supply.ts'

export interface AskedCall {
  readonly body: string
  readonly digest: string
}

const PROTOCOL_VERSION = '2025-06-18'

export const CALLS: readonly AskedCall[] = Array.from({ length: 16 }, (_, n) => {
  const given = { ticket_id: TICKET, note: `variant ${n}` }
  const body = JSON.stringify({ jsonrpc: '2.0', id: n, method: 'tools/call', params: { name: 'ticket_get', arguments: given } })
  return { body, digest: sha256Canonical(given) }
})

export function headersOf(token: string, { body }: AskedCall): readonly (readonly [string, string])[] {
  return [
    ['authorization', `Bearer ${token}`],
    ['content-type', 'application/json'],
    ['accept', 'application/json, text/event-stream'],
    ['mcp-protocol-version', PROTOCOL_VERSION],
    ['content-length', String(Buffer.byteLength(body))],
  ]
}
