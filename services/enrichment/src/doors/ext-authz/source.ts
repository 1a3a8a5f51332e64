// Who called the gateway, as the gateway itself says it of its own connection: for the record alone. Nobody is authenticated by it, and whether
// the gateway may be believed is not judged here.
import { hash } from 'node:crypto'
import type { Question } from '@bailiwick/core'
import type { AttributeContext } from '@bailiwick/wire'

const MAX_PRINCIPAL = 512
/** The first certificate of a chain is the caller's own. RFC 7468, section 5. */
const CERTIFICATE = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/

/** Absent where the gateway says nothing: a connection without a client certificate. */
export function sourceOf(attributes: AttributeContext | undefined): Pick<Question, 'source'> {
  const { principal = '', certificate = '' } = attributes?.source ?? {}
  const thumbprint = certificate === '' ? undefined : thumbprintOf(certificate)
  if (principal === '' && thumbprint === undefined) return {}
  return {
    source: {
      ...(principal === '' ? {} : { principal: printable(principal) }),
      ...(thumbprint === undefined ? {} : { certificateSha256: thumbprint }),
    },
  }
}

/** A subject's name may hold whatever its issuer let through. */
function printable(text: string): string {
  return text.slice(0, MAX_PRINCIPAL).replaceAll(/[^\x20-\x7e]/g, '?')
}

/** SHA-256 of the DER, base64url: the `x5t#S256` of RFC 8705, section 3.1. Undefined for what is no URL-encoded PEM. */
function thumbprintOf(encoded: string): string | undefined {
  try {
    const [, base64] = CERTIFICATE.exec(decodeURIComponent(encoded)) ?? []
    return base64 === undefined ? undefined : hash('sha256', Buffer.from(base64, 'base64'), 'base64url')
  } catch {
    return undefined
  }
}
