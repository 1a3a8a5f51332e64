// Who calls an HTTP door, from its own connection and its own header for the secret: never from the request that is judged.
import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import type { Channel, DoorName } from '@bailiwick/core'
import { PROXY_HEADER, peerOf, proofOf } from './peer-proof.ts'
import type { Via } from './peer-proof.ts'

export const KEY_HEADER = 'x-bailiwick-gateway-key'

/** `keyHeader`: where a gateway that has its own place for a secret puts it. */
export function httpChannel(request: IncomingMessage, door: DoorName, via: Via, keyHeader: string = KEY_HEADER): Channel {
  const { socket } = request
  const address = socket.remoteAddress
  const presented = proofOf({
    via,
    address,
    secrets: request.headersDistinct[keyHeader] ?? [],
    certificate: socket instanceof TLSSocket && socket.authorized ? socket.getPeerCertificate() : undefined,
    forwarded: Object.keys(request.headers).some((name) => PROXY_HEADER.test(name)),
  })
  return { door, presented, peer: peerOf(presented, address) }
}
