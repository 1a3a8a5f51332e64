// How each gateway tells, in its own sub-request, what the client asked for, and what it can do with our answer. A table, no code.

export interface ForwardAuthDialect {
  /**
   * `headers`: the original method and path are in these two headers, which the gateway itself writes. `own`: the sub-request has the
   * original method, and the original path behind the prefix.
   */
  readonly original: { readonly from: 'headers'; readonly method: string; readonly uri: string } | { readonly from: 'own' }
  /**
   * What an allow says of an identity header that has no value. `empty`: the gateway copies a fixed list of names, and a name that is
   * missing would not overwrite what the client sent. `omit`: a missing one is removed.
   */
  readonly absent: 'empty' | 'omit'
  /**
   * Whether it removes every header we name. Where it does not, one with our prefix that is none of the five it copies would reach the server, and a
   * CGI-like server reads `x_bailiwick_subject` as ours: such a request is refused.
   */
  readonly removesAny: boolean
  /** The response header that names what the gateway removes from the request it forwards. */
  readonly removals: string
}

export const FORWARD_AUTH_DIALECTS = {
  /** `ext_authz` with `http_service`: method, path and, with `with_request_body`, the body are the sub-request's own. */
  envoy: { original: { from: 'own' }, absent: 'omit', removesAny: true, removals: 'x-envoy-auth-headers-to-remove' },
  /** `auth_request`, which sends no body, or the Lua access file beside it, which does. */
  nginx: {
    original: { from: 'headers', method: 'x-original-method', uri: 'x-original-uri' },
    absent: 'empty',
    removesAny: false,
    removals: 'x-bailiwick-remove',
  },
  /** `forward_auth`: never a body. */
  caddy: {
    original: { from: 'headers', method: 'x-forwarded-method', uri: 'x-forwarded-uri' },
    absent: 'empty',
    removesAny: false,
    removals: 'x-bailiwick-remove',
  },
  /** `forwardAuth`: a body with `forwardBody`. */
  traefik: {
    original: { from: 'headers', method: 'x-forwarded-method', uri: 'x-forwarded-uri' },
    absent: 'omit',
    removesAny: false,
    removals: 'x-bailiwick-remove',
  },
  /** The Lua action in gateways/haproxy. */
  haproxy: {
    original: { from: 'headers', method: 'x-original-method', uri: 'x-original-uri' },
    absent: 'omit',
    removesAny: true,
    removals: 'x-bailiwick-remove',
  },
} as const satisfies Record<string, ForwardAuthDialect>

export type ForwardAuthDialectName = keyof typeof FORWARD_AUTH_DIALECTS

/** Every header some gateway tells the original request in. One of another dialect was written by the client: its own gateway overwrites it. */
export const ORIGINAL_HEADERS: readonly string[] = [
  'x-forwarded-method',
  'x-forwarded-uri',
  'x-original-method',
  'x-original-uri',
  'x-original-url',
  'x-rewrite-url',
]

export function isForwardAuthDialect(name: string): name is ForwardAuthDialectName {
  return Object.hasOwn(FORWARD_AUTH_DIALECTS, name)
}
