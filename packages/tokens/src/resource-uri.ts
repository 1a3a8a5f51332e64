// RFC 8707 resource identifiers, brought to the one form in which they are compared byte for byte. Own parser: `new URL` would
// repair what must be refused (backslashes, dot segments, tabs, other hosts' spellings). No prefix ever matches.

const ABSOLUTE = /^([A-Za-z][A-Za-z0-9+.-]*):(.+)$/
// RFC 3986 characters without `#`: ASCII only, so that an internationalised host has one spelling, its A-label.
const CHARACTERS = /^(?:[A-Za-z0-9\-._~:/?[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/
const AUTHORITY = /^\/\/([^/?]*)(\/[^?]*)?(\?.*)?$/
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])$/
const DEFAULT_PORTS: ReadonlyMap<string, string> = new Map([
  ['http', '80'],
  ['https', '443'],
])
const MAX_LENGTH = 2_048

/**
 * Lower-case scheme and host, no default port, no trailing slash. Undefined for anything relative, with a fragment, user
 * information, an empty or dot segment, or characters outside RFC 3986. Does NOT tell whether the resource is configured.
 */
export function normaliseResourceUri(text: string): string | undefined {
  if (typeof text !== 'string' || text.length > MAX_LENGTH || !CHARACTERS.test(text)) return undefined
  const [, rawScheme, rest] = ABSOLUTE.exec(text) ?? []
  if (rawScheme === undefined || rest === undefined) return undefined
  const scheme = rawScheme.toLowerCase()
  if (!rest.startsWith('//')) return DEFAULT_PORTS.has(scheme) ? undefined : `${scheme}:${rest}`
  const [, authority, path = '', query = ''] = AUTHORITY.exec(rest) ?? []
  if (authority === undefined) return undefined
  const host = normaliseAuthority(authority, scheme)
  if (host === undefined || !plainSegments(path)) return undefined
  return `${scheme}://${host}${path.endsWith('/') ? path.slice(0, -1) : path}${query}`
}

/** Lower-case, without the scheme's own port. Undefined with user information, and for what is no host or port. */
export function normaliseAuthority(authority: string, scheme: string): string | undefined {
  const portAt = /:[0-9]*$/.exec(authority)?.index
  const host = portAt === undefined ? authority : authority.slice(0, portAt)
  const port = portAt === undefined ? undefined : authority.slice(portAt + 1)
  if (!HOST.test(host)) return undefined
  if (port === undefined) return host.toLowerCase()
  if (!/^[1-9][0-9]{0,4}$/.test(port) || Number(port) > 65_535) return undefined
  return port === DEFAULT_PORTS.get(scheme) ? host.toLowerCase() : `${host.toLowerCase()}:${port}`
}

/** Empty and dot segments are read differently by every server, encoded ones too: refused, so that nothing needs folding. */
export function plainSegments(path: string): boolean {
  if (path === '' || path === '/') return true
  const segments = (path.endsWith('/') ? path.slice(1, -1) : path.slice(1)).split('/')
  return segments.every((segment) => segment !== '' && !/^(?:\.|%2e){1,2}$/i.test(segment))
}
