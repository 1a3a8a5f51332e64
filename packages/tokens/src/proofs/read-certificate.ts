// One certificate out of text or bytes somebody else wrote, whole and alone: where a chain, a second certificate or anything behind it could be read
// otherwise by another reader, it is none. Proves nothing: not who showed it, not that anybody verified it, not that it has not expired.
import { X509Certificate, hash } from 'node:crypto'

/** Of DER: an ordinary certificate has one or two KiB. */
const MAX_BYTES = 16_384
/** PEM escaped for a URL: four characters of Base64 for three bytes, a few of them spelled with three. */
export const MAX_CERTIFICATE_TEXT = 65_536
const BEGIN = '-----BEGIN CERTIFICATE-----'
const END = '-----END CERTIFICATE-----'
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Exactly the bytes of one certificate; undefined for more, fewer or others. */
export function certificateOfDer(der: Uint8Array): X509Certificate | undefined {
  if (der.length === 0 || der.length > MAX_BYTES) return undefined
  try {
    const certificate = new X509Certificate(der)
    // OpenSSL stops where the certificate ends, and says nothing of what follows.
    return certificate.raw.equals(der) ? certificate : undefined
  } catch {
    return undefined
  }
}

/** Base64 of its DER, without breaks. */
export function certificateOfBase64(text: string): X509Certificate | undefined {
  return text.length <= MAX_CERTIFICATE_TEXT && BASE64.test(text) ? certificateOfDer(Buffer.from(text, 'base64')) : undefined
}

/** One block of PEM and white space around it. */
export function certificateOfPem(text: string): X509Certificate | undefined {
  if (text.length > MAX_CERTIFICATE_TEXT) return undefined
  const block = text.trim()
  if (!block.startsWith(BEGIN) || !block.endsWith(END) || block.length < BEGIN.length + END.length) return undefined
  // Linear on purpose: one pattern for all of it tried every way to share out white space, minutes for a header of five kilobytes.
  return certificateOfBase64(block.slice(BEGIN.length, -END.length).replaceAll(/[ \t\r\n]/g, ''))
}

/** PEM escaped for a URL, as Envoy has it in the peer's `certificate` and in `Cert=`, nginx in `$ssl_client_escaped_cert`. */
export function certificateOfEscapedPem(text: string): X509Certificate | undefined {
  if (text.length > MAX_CERTIFICATE_TEXT) return undefined
  try {
    return certificateOfPem(decodeURIComponent(text))
  } catch {
    return undefined
  }
}

/** `x5t#S256` (RFC 8705 section 3.1). `der`: the whole certificate. */
export function thumbprintOfDer(der: Uint8Array): string {
  return hash('sha256', der, 'base64url')
}
