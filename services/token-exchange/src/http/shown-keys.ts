// What a request shows of keys it holds: its `DPoP` header, and the certificate of its client's connection. Verifies nothing.
import type { IncomingMessage } from 'node:http'
import type { BailiwickConfig } from '@bailiwick/config'
import { shownCertificate } from '@bailiwick/tokens'
import type { ShownKeys } from '../exchange/model.ts'

export function shownKeys(request: IncomingMessage, { listen }: Pick<BailiwickConfig, 'listen'>): ShownKeys {
  const certificate = shownCertificate(request, 'front' in listen ? listen.front : undefined)
  return { dpop: request.headersDistinct['dpop'] ?? [], ...(certificate === undefined ? {} : { certificate }) }
}
