// What a request shows of keys it holds: its `DPoP` header, and the certificate of its own connection. Never a header about a certificate: nobody in front
// of the token endpoint is known to write one. Verifies nothing but that the TLS layer has.
import { TLSSocket } from 'node:tls'
import type { IncomingMessage } from 'node:http'
import { thumbprintOfDer } from '@bailiwick/tokens'
import type { ShownKeys } from '../exchange/model.ts'

export function shownKeys(request: IncomingMessage): ShownKeys {
  const { socket } = request
  const dpop = request.headersDistinct['dpop'] ?? []
  return socket instanceof TLSSocket && socket.authorized ? { dpop, certificate: thumbprintOfDer(socket.getPeerCertificate().raw) } : { dpop }
}
