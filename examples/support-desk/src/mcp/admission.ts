// Whom a server of the support desk takes calls from: its gateway, and nobody else.
import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** False, or a rejection, turns the request away. */
export type Admission = (request: IncomingMessage) => boolean | Promise<boolean>

export const UPSTREAM_KEY_HEADER = 'x-upstream-key'

/** Who shows the key. On loopback everybody has the same address, so this stands for the network policy a real deployment has. */
export function holderOf(key: string): Admission {
  const expected = Buffer.from(key)
  return (request) => {
    const shown = Buffer.from(String(request.headers[UPSTREAM_KEY_HEADER] ?? ''))
    return shown.length === expected.length && timingSafeEqual(shown, expected)
  }
}
