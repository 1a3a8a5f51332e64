// The certificate a client showed to whatever ended its TLS connection, as that tells it in a header. Reads, and believes whoever wrote the header: that it
// is written there and nowhere before, and only of a connection whose certificate was verified, is the configuration's of what writes it.
import type { X509Certificate } from 'node:crypto'
import type { CertificateHeader } from '@bailiwick/config'
import { MAX_CERTIFICATE_TEXT, certificateOfBase64, certificateOfEscapedPem, thumbprintOfDer } from './read-certificate.ts'

export interface ForwardedCertificate {
  /** `x5t#S256`. */
  readonly thumbprint: string
  /** Absent where only its hash was told. */
  readonly certificate?: X509Certificate
}

/** `none`: the connection had none. `unclear`: something was told, and which certificate it is cannot be said. */
export type TellsOf = ForwardedCertificate | 'none' | 'unclear'

const HEX_HASH = /^[0-9a-f]{64}$/i

/** `values`: of every line of that header. A second line is unclear, whatever the two hold. */
export function readForwardedCertificate(header: CertificateHeader, values: readonly string[]): TellsOf {
  const [value, ...others] = values
  if (value === undefined) return 'none'
  if (others.length > 0 || value.length > MAX_CERTIFICATE_TEXT) return 'unclear'
  switch (header) {
    case 'x-forwarded-client-cert':
      return value === '' ? 'none' : (ofXfcc(value) ?? 'unclear')
    case 'client-cert':
      return value === '' || value === EMPTY_BYTES ? 'none' : (whole(certificateOfBase64(CLIENT_CERT.exec(value)?.[1] ?? '')) ?? 'unclear')
  }
}

/** RFC 9440 section 2.1: a byte sequence of RFC 8941 section 3.3.5, and no parameters. */
const CLIENT_CERT = /^:([A-Za-z0-9+/=]+):$/
/** What a gateway writes that puts nothing between the colons. */
const EMPTY_BYTES = '::'

/** Of one element: its `Hash`, its `Cert`, or both where they agree. Not of several (the certificates of several hops: which one is the client's is not known here). */
function ofXfcc(value: string): ForwardedCertificate | undefined {
  const pairs = pairsOf(value)
  const { hash: hex, cert } = { hash: pairs?.get('hash'), cert: pairs?.get('cert') }
  const ofHash = hex !== undefined && HEX_HASH.test(hex) ? Buffer.from(hex, 'hex').toString('base64url') : undefined
  const ofCert = cert === undefined ? undefined : whole(certificateOfEscapedPem(cert))
  if ((hex !== undefined && ofHash === undefined) || (cert !== undefined && ofCert === undefined)) return undefined
  if (ofCert === undefined) return ofHash === undefined ? undefined : { thumbprint: ofHash }
  return ofHash === undefined || ofHash === ofCert.thumbprint ? ofCert : undefined
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

function whole(certificate: X509Certificate | undefined): ForwardedCertificate | undefined {
  return certificate === undefined ? undefined : { thumbprint: thumbprintOfDer(certificate.raw), certificate }
}
