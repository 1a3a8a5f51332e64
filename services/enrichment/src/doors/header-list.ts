// Headers of the checked request as a list: lower-case names, wire order, repeats kept. Nothing is decided here.
import type { HeaderList, Question } from '@bailiwick/core'

/** RFC 6750 section 2.1; the scheme is case-insensitive, the token is b64token: a joined second value does not fit. */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i

/** The runtime token where it may be sent in a header: `Authorization`, once. Never a query, a cookie or a body. */
export function bearerCredential(headers: HeaderList): Question['credential'] {
  const values = headersNamed(headers, 'authorization')
  const [value] = values
  if (value === undefined) return {}
  if (values.length > 1) return { problem: 'repeated' }
  const token = BEARER.exec(value)?.[1]
  return token === undefined ? { problem: 'not_bearer' } : { token }
}

export function headersNamed(headers: HeaderList, name: string): readonly string[] {
  const found: string[] = []
  for (const [key, value] of headers) if (key === name) found.push(value)
  return found
}
