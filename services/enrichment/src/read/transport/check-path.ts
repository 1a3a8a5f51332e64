// A path has one normal form, or it is refused: an upstream that decodes once more, merges slashes or removes dot segments
// would serve another resource than the one that was judged (CVE-2026-26205: `new URL('//a/x', base)` makes `a` the host).
import { unreadable } from '../read-outcome.ts'
import type { Unreadable } from '../read-outcome.ts'

// Printable ASCII without space, quote, `#`, `<`, `>`, backslash, `^`, backtick, braces and `|`.
const CHARACTERS = /^\/[!$-;=@-Z_a-z~]*$/
const QUERY_CHARACTERS = /^[!-"$-~]*$/
/** Longer than any server takes by default. */
const MAX_PATH_LENGTH = 8192
const TRIPLET = /%(.{0,2})/g
const UNRESERVED = /[A-Za-z0-9._~-]/

/** Undefined when `path` (with its query, as received) is in normal form. Nothing in the query is checked but its characters. */
export function checkPath(path: string): Unreadable | undefined {
  if (path.length > MAX_PATH_LENGTH) return unreadable('not_a_request', 'path_length')
  const queryAt = path.indexOf('?')
  const pathname = queryAt === -1 ? path : path.slice(0, queryAt)
  const query = queryAt === -1 ? '' : path.slice(queryAt + 1)
  const normal = CHARACTERS.test(pathname) && QUERY_CHARACTERS.test(query) && triplets(pathname) && segments(pathname)
  return normal ? undefined : unreadable('not_a_request', 'path')
}

/** The path without its query. */
export function pathnameOf(path: string): string {
  const queryAt = path.indexOf('?')
  return queryAt === -1 ? path : path.slice(0, queryAt)
}

/** Encoded slash, backslash, percent and control characters are refused, and so is what needs no encoding (RFC 3986 section 6.2.2.2). */
function triplets(pathname: string): boolean {
  if (!pathname.includes('%')) return true
  for (const [, hex = ''] of pathname.matchAll(TRIPLET)) {
    if (!/^[0-9A-Fa-f]{2}$/.test(hex)) return false
    const code = Number.parseInt(hex, 16)
    const character = String.fromCharCode(code)
    if (code < 0x20 || code === 0x7f || '/\\%'.includes(character) || UNRESERVED.test(character)) return false
  }
  return true
}

function segments(pathname: string): boolean {
  const parts = pathname.split('/').slice(1)
  return parts.every((part, at) => {
    // `/a/..;x/b` is a dot segment to servers that know path parameters.
    const bare = part.split(';')[0]
    if (bare === '.' || bare === '..') return false
    return part !== '' || at === parts.length - 1
  })
}
