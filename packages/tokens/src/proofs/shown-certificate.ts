// The certificate a request to the agents' plane was made with: of its own connection, or as a configured front that proves itself tells it. Never both:
// the connection of a front has the front's. A header is read from nobody else. Does NOT say whose certificate it is, nor whether it has expired.
import { hash, timingSafeEqual } from 'node:crypto'
import type { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { certificateNames } from '@bailiwick/core'
import type { FrontConfig } from '@bailiwick/config'
import { readForwardedCertificate } from './forwarded-certificate.ts'
import { thumbprintOfDer } from './read-certificate.ts'

export interface ShownCertificate {
  /** `x5t#S256`. */
  readonly thumbprint: string
  /** Its authority is one that counts. False: its holder has its key, and that is all that is known. */
  readonly isVerified: boolean
  /** Absent where a front told its hash alone. */
  readonly certificate?: X509Certificate
}

const KEY_HEADER = 'x-bailiwick-gateway-key'

/** Undefined where there is none, and where none can be told for certain. With a front, only what it tells counts: every connection is then its own, or nobody's. */
export function shownCertificate(request: IncomingMessage, front: FrontConfig | undefined): ShownCertificate | undefined {
  const own = ofConnection(request)
  if (front === undefined) return own
  if (!isFront(front, own, request.headersDistinct[KEY_HEADER] ?? [])) return undefined
  const told = readForwardedCertificate(front.certificateHeader, request.headersDistinct[front.certificateHeader] ?? [])
  return typeof told === 'string' ? undefined : { ...told, isVerified: true }
}

function ofConnection({ socket }: IncomingMessage): ShownCertificate | undefined {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
  return certificate === undefined || !(socket instanceof TLSSocket)
    ? undefined
    : { thumbprint: thumbprintOfDer(certificate.raw), isVerified: socket.authorized, certificate }
}

/** Exactly, as gateways are. */
function isFront({ authentication }: FrontConfig, own: ShownCertificate | undefined, keys: readonly string[]): boolean {
  const [key, ...others] = keys
  if (authentication.method === 'shared_secret') return key !== undefined && others.length === 0 && isOneOf(authentication.secretHashes, key)
  const names = own?.isVerified === true ? certificateNames(own.certificate?.subjectAltName) : undefined
  const { spiffeId, san } = authentication
  if (names === undefined) return false
  return spiffeId === undefined ? san !== undefined && names.sans.includes(san) : spiffeId === names.spiffeId
}

function isOneOf(hashes: readonly Uint8Array[], key: string): boolean {
  const shown = hash('sha256', key, 'buffer')
  let equal = false
  for (const one of hashes) if (one.length === shown.length && timingSafeEqual(one, shown)) equal = true
  return equal
}
