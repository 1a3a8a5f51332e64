// The URNs of the wire, and what a token looks like. Pure.

export const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:'
export const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
export const JWT_SPIFFE = 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe'

const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
const MAX_TOKEN_LENGTH = 16 * 1024

/** Three base64url segments of a bearable size: safe in a header. Proves nothing about what is in it. */
export function looksLikeJws(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TOKEN_LENGTH && COMPACT_JWS.test(value)
}

/** A token as it is presented to an endpoint. */
export interface PresentedToken {
  readonly token: string
  /** The full URN. */
  readonly type: string
}
