// Takes tokens out of text that ends in an error: what a server echoed, what a credential source complained about. Pure.

/** Every JWS in compact form starts with the base64url of `{"`; what is left of a cut one is taken out too. */
const JWT = /ey[JAI][A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)*/g
const AUTHORIZATION = /\b(Bearer|DPoP|Basic)\s+\S+/gi
const MAX_LENGTH = 1_000
/** Shorter strings are no secrets, and replacing them would eat words. */
const SHORTEST_SECRET = 8

/** `known`: secrets of the call at hand, opaque ones too. */
export function withoutTokens(text: string, known: readonly string[] = []): string {
  let clean = text.slice(0, MAX_LENGTH * 20)
  for (const secret of known) if (secret.length >= SHORTEST_SECRET) clean = clean.replaceAll(secret, '[token]')
  return clean.replace(JWT, '[token]').replace(AUTHORIZATION, '$1 [token]').slice(0, MAX_LENGTH)
}
