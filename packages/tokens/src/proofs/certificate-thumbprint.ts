// The thumbprint a certificate-bound token names (`x5t#S256`, RFC 8705 section 3.1), from the forms in which gateways tell of the certificate a
// client showed them. Reads, and believes whoever wrote it: that a gateway writes it itself, and in place of what a client sent, is its configuration's.
import { X509Certificate, hash } from 'node:crypto'

/** A leaf alone: chains come with some gateways, and only its first certificate is the client's. */
const MAX_PEM_LENGTH = 65_536
const HEX_HASH = /^[0-9a-f]{64}$/i

/** `der`: the whole certificate. */
export function thumbprintOfDer(der: Uint8Array): string {
  return hash('sha256', der, 'base64url')
}

/** URL-encoded PEM, as Envoy has it in the peer's `certificate` and in `Cert=`, nginx in `$ssl_client_escaped_cert`. Undefined where it is none. */
export function thumbprintOfPem(encoded: string): string | undefined {
  if (encoded === '' || encoded.length > MAX_PEM_LENGTH) return undefined
  try {
    return thumbprintOfDer(new X509Certificate(decodeURIComponent(encoded)).raw)
  } catch {
    return undefined
  }
}

/**
 * `x-forwarded-client-cert` of one element: its `Hash`, its `Cert`, or both where they agree. Undefined for several elements (the certificates of several
 * hops: which one is the client's is not known here), for a name given twice, and for what cannot be read.
 */
export function thumbprintOfXfcc(value: string): string | undefined {
  if (value.length > MAX_PEM_LENGTH) return undefined
  const pairs = pairsOf(value)
  const { hash: hex, cert } = { hash: pairs?.get('hash'), cert: pairs?.get('cert') }
  if (hex === undefined && cert === undefined) return undefined
  const ofHash = hex !== undefined && HEX_HASH.test(hex) ? Buffer.from(hex, 'hex').toString('base64url') : undefined
  const ofCert = cert === undefined ? undefined : thumbprintOfPem(cert)
  if ((hex !== undefined && ofHash === undefined) || (cert !== undefined && ofCert === undefined)) return undefined
  return ofHash === undefined || ofCert === undefined || ofHash === ofCert ? (ofHash ?? ofCert) : undefined
}

/** `key=value` pairs between `;`; a value may be quoted, and a `,` outside quotes begins the next hop's element. Keys are case-insensitive; `DNS` and `URI` may repeat. */
function pairsOf(value: string): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>()
  const pair = /([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^";,]*))(;|$)/y
  while (pair.lastIndex < value.length) {
    const [, name, quoted, plain, end] = pair.exec(value) ?? []
    if (name === undefined) return undefined
    const key = name.toLowerCase()
    if ((key === 'hash' || key === 'cert') && found.has(key)) return undefined
    found.set(key, quoted ?? plain ?? '')
    if (end === '') break
  }
  return found
}
