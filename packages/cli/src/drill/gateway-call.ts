// One call through a gateway, as an agent makes it, and what came of it. What the gateway forwarded is "allowed", whatever the server behind it answered.
import { denialOf } from '@bailiwick/client'
import type { FetchLike } from '../http/endpoint.ts'

export type CallOutcome =
  | { readonly kind: 'allowed'; readonly status: number }
  /** `reason`: Bailiwick's, or the status where a gateway passes no body on. */
  | { readonly kind: 'denied'; readonly reason: string }
  | { readonly kind: 'failed'; readonly why: string }

export interface GatewayCallOptions {
  readonly fetch: FetchLike
  /** The resource through the gateway: `https://gateway.example.com/payments/mcp`. */
  readonly url: URL
  /** Default: an MCP ping, which asks no policy and does nothing at the server. */
  readonly body?: string
  readonly timeoutMs?: number
}

const PING = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })
const TIMEOUT_MS = 5_000
/** A gateway's own way of saying that it, or the server, was not there. */
const GATEWAY_TROUBLE: ReadonlySet<number> = new Set([502, 503, 504])

/** The same bytes each time: a cache in the gateway would find them again. */
export function gatewayCall({ fetch, url, body = PING, timeoutMs = TIMEOUT_MS }: GatewayCallOptions): (token: string) => Promise<CallOutcome> {
  return async (token) => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2025-06-18',
        },
        body,
      })
      const denial = await denialOf(response)
      await response.body?.cancel()
      if (denial !== undefined) return { kind: 'denied', reason: denial.reason }
      if (response.status === 401 || response.status === 403) return { kind: 'denied', reason: `status ${response.status}` }
      if (GATEWAY_TROUBLE.has(response.status)) return { kind: 'failed', why: `the gateway answered ${response.status}` }
      return { kind: 'allowed', status: response.status }
    } catch (error) {
      const timedOut = error instanceof Error && error.name === 'TimeoutError'
      return { kind: 'failed', why: timedOut ? `the gateway did not answer within ${timeoutMs / 1000} s` : 'the gateway cannot be reached' }
    }
  }
}
