// Headers of the checked request as a list: lower-case names, wire order, repeats kept. Nothing is decided here.
import type { HeaderList, Question } from '@bailiwick/core'

/** RFC 6750 section 2.1, RFC 9449 section 7.1; the scheme is case-insensitive, the token is b64token: a joined second value does not fit. */
const CREDENTIAL = /^(bearer|dpop) +([A-Za-z0-9\-._~+/]+=*)$/i

/** The runtime token where it may be sent in a header: `Authorization`, once. Never a query, a cookie or a body. */
export function bearerCredential(headers: HeaderList): Question['credential'] {
  const values = headersNamed(headers, 'authorization')
  const [value] = values
  if (value === undefined) return {}
  if (values.length > 1) return { problem: 'repeated' }
  const [, scheme, token] = CREDENTIAL.exec(value) ?? []
  if (scheme === undefined || token === undefined) return { problem: 'not_bearer' }
  return { token, scheme: scheme.toLowerCase() === 'dpop' ? 'dpop' : 'bearer' }
}

export function headersNamed(headers: HeaderList, name: string): readonly string[] {
  const found: string[] = []
  for (const [key, value] of headers) if (key === name) found.push(value)
  return found
}
