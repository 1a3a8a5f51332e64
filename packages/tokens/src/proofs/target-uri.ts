// The URI a DPoP proof was made for (`htu`), and the one a call was made to, in the one form in which they are compared byte for byte
// (RFC 9449 section 4.3, RFC 3986 sections 6.2.2 and 6.2.3). What would need repair before it could be compared is refused. No I/O.
import { normaliseAuthority, plainSegments } from '../resource-uri.ts'

const TARGET = /^(https?):\/\/([^/?#]*)(\/[^?#]*)?(?:\?[^#]*)?(?:#.*)?$/i
/** RFC 3986 pchar and `/`: no space, quote, backslash or anything a server may read as one of them. */
const PATH = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$/
const TRIPLET = /%[0-9A-Fa-f]{2}/g
const MAX_LENGTH = 8_192

/** Without query and fragment. Undefined for another scheme, user information, an empty or dot segment, or characters outside RFC 3986. */
export function normaliseTargetUri(text: string): string | undefined {
  if (text.length > MAX_LENGTH) return undefined
  const [, rawScheme, rawAuthority, path = ''] = TARGET.exec(text) ?? []
  if (rawScheme === undefined || rawAuthority === undefined) return undefined
  const scheme = rawScheme.toLowerCase()
  const authority = normaliseAuthority(rawAuthority, scheme)
  if (authority === undefined || !PATH.test(path) || !plainSegments(path)) return undefined
  return `${scheme}://${authority}${path === '' ? '/' : path.replaceAll(TRIPLET, (triplet) => triplet.toUpperCase())}`
}

/** What a client called behind `resourceUri`, when a gateway received this path (with or without its query). Host and scheme are the resource's own: those a request names are its sender's. */
export function targetUriOf(resourceUri: string, path: string): string | undefined {
  const origin = /^https?:\/\/[^/?#]+/i.exec(resourceUri)?.[0]
  return origin === undefined || !path.startsWith('/') ? undefined : normaliseTargetUri(`${origin}${path}`)
}
