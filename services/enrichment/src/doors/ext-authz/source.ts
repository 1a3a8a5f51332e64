// Who called the gateway, as the gateway itself says it of its own connection: for the record, and for tokens that are bound to a certificate. Nobody is
// authenticated by it alone, and whether the gateway may be believed is not judged here.
import type { Question } from '@bailiwick/core'
import { certificateOfEscapedPem, thumbprintOfDer } from '@bailiwick/tokens'
import type { AttributeContext } from '@bailiwick/wire'

const MAX_PRINCIPAL = 512

/** Absent where the gateway says nothing: a connection without a client certificate. */
export function sourceOf(attributes: AttributeContext | undefined): Pick<Question, 'source'> {
  const { principal = '', certificate = '' } = attributes?.source ?? {}
  const shown = certificate === '' ? undefined : certificateOfEscapedPem(certificate)
  const thumbprint = shown === undefined ? undefined : thumbprintOfDer(shown.raw)
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
