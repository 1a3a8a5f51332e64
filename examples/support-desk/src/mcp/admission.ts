// Whom a server of the support desk takes calls from: its gateway, and nobody else.
import { timingSafeEqual } from 'node:crypto'
import { lookup } from 'node:dns/promises'
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

/** Who connects from the address of `host`, looked up each time: a gateway that was started again has a new one. Rejects where the name is unknown. */
export function cameFrom(host: string): Admission {
  return async (request) => {
    const peer = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
    return (await lookup(host, { all: true })).some(({ address }) => address === peer)
  }
}
