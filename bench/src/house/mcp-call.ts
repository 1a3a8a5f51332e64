// The call every decision row asks about: a refund on the task's own ticket, allowed by the story's policies, in a body of
// exactly 2 kB, or of 256.
export const TICKET = 'T-1042'

export const REFUND = {
  ticket_id: TICKET,
  amount_cents: 4_000,
  reason: 'The customer received a damaged item and sent photographs; the carrier confirmed it. '.repeat(23).slice(0, 1_800),
} as const

/** Of every call, unless a row is about a large one. */
export const BODY_BYTES = 2_048
export const LARGE_BODY_BYTES = 256 * 1024
const PROTOCOL_VERSION = '2025-06-18'

/** JSON-RPC, padded to its size in `_meta`, where clients put what is theirs. */
export function refundBody(id: number, bytes: number = BODY_BYTES): Buffer {
  const body = Buffer.from(JSON.stringify(refundMessage(id, bytes)), 'utf8')
  if (body.length !== bytes) throw new RangeError(`no such message of ${bytes} bytes`)
  return body
}

/** The `params` of that message. */
export function refundParams(id: number, bytes: number = BODY_BYTES): object {
  return refundMessage(id, bytes).params
}

interface RefundMessage {
  readonly jsonrpc: '2.0'
  readonly id: number
  readonly method: 'tools/call'
  readonly params: object
}

function refundMessage(id: number, bytes: number): RefundMessage {
  const message = (padding: string): RefundMessage => ({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name: 'refund_issue', arguments: REFUND, _meta: { 'example.com/trace': padding } },
  })
  return message('x'.repeat(Math.max(0, bytes - JSON.stringify(message('')).length)))
}

/** What a gateway passes on of such a request. */
export function refundHeaders(token: string, n: number, bodyBytes: number): readonly (readonly [string, string])[] {
  const id = n.toString(16).padStart(12, '0')
  return [
    ['authorization', `Bearer ${token}`],
    ['content-type', 'application/json'],
    ['accept', 'application/json, text/event-stream'],
    ['mcp-protocol-version', PROTOCOL_VERSION],
    ['mcp-session-id', `0198f2b1-7c31-7a4e-9b0e-${id}`],
    ['user-agent', 'refund-agent/1.4 (support-desk; node)'],
    ['x-request-id', `5b1f0c1e-2f1a-4f60-8c35-${id}`],
    ['traceparent', `00-4bf92f3577b34da6a3ce929d0e0e${id.slice(-4)}-00f067aa${id.slice(-8)}-01`],
    ['content-length', String(bodyBytes)],
    ['x-forwarded-proto', 'https'],
  ]
}
