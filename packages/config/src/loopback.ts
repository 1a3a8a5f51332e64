// What counts as this machine only. Exact forms: `localhost`, 127.0.0.0/8 and ::1; no name is resolved.
import { isIPv4 } from 'node:net'

export function isLoopbackHost(host: string): boolean {
  if (host === 'localhost' || host === '::1' || host === '[::1]') return true
  return isIPv4(host) && host.startsWith('127.')
}

export type UrlProblem = 'not_canonical' | 'credentials' | 'fragment' | 'query' | 'plain_http' | 'path'

/**
 * A URL in its one normal form, without user, fragment or (unless allowed) query, https unless it points to this machine.
 * A trailing slash of an empty path may be left out. Does NOT say whether plain http is wanted here: see `http`.
 */
export function checkUrl(
  text: string,
  allow: { readonly http: 'loopback' | 'never'; readonly query?: boolean; readonly path?: boolean },
): { readonly ok: true; readonly url: URL } | { readonly ok: false; readonly problem: UrlProblem } {
  const url = URL.parse(text)
  if (url === null) return { ok: false, problem: 'not_canonical' }
  if (url.username !== '' || url.password !== '') return { ok: false, problem: 'credentials' }
  if (text.includes('#')) return { ok: false, problem: 'fragment' }
  if (text.includes('?') && allow.query !== true) return { ok: false, problem: 'query' }
  if (text !== url.href && !(url.pathname === '/' && url.search === '' && `${text}/` === url.href)) return { ok: false, problem: 'not_canonical' }
  if (allow.path === false && text !== url.origin) return { ok: false, problem: 'path' }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && allow.http === 'loopback' && isLoopbackHost(url.hostname)))
    return { ok: false, problem: 'plain_http' }
  return { ok: true, url }
}

export const URL_EXPECTED: Readonly<Record<UrlProblem, string>> = {
  not_canonical: 'an absolute URL in its normal form (lower-case scheme and host, no default port, no dot segments)',
  credentials: 'a URL without a user or password',
  fragment: 'a URL without a fragment',
  query: 'a URL without a query',
  plain_http: 'an https URL (http only for a loopback host, with development: true)',
  path: 'an origin: no path and no trailing slash',
}
