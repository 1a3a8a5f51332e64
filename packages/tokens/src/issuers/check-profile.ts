// What an id_token and an access token of a foreign issuer must look like: one type, one profile, no fall-through. Takes a
// payload whose signature and `iss` were verified. Never looks at the subject or at times.
import type { JsonObject, JsonValue } from '@bailiwick/core'
import type { IssuerConfig } from '@bailiwick/config'
import { readAudiences } from '../jwt/audiences.ts'
import type { UnverifiedJwt } from '../jwt/read-jwt.ts'

export interface Addressing {
  readonly audiences: readonly string[]
  readonly authorizedParty?: string
}

export type ProfileCheck = { readonly ok: true; readonly addressing: Addressing } | { readonly ok: false; readonly problem: string }

/** Claims of other kinds of token: an access token's in an id_token... */
const NOT_IN_ID_TOKEN = ['scope', 'scp', 'client_id', 'events', 'cnf'] as const
/** ...an id_token's in an access token; `events` is a logout token or a SET, `cnf` needs a proof nobody can see here. */
const NOT_IN_ACCESS_TOKEN = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events', 'cnf'] as const
/** RFC 9068 section 4 allows both spellings. */
const ACCESS_TOKEN_TYPS: readonly string[] = ['at+jwt', 'application/at+jwt']

export function checkIdToken(jwt: UnverifiedJwt, issuer: IssuerConfig): ProfileCheck {
  const { payload } = jwt
  if (!issuer.tokenTypes.includes('id_token')) return refused('token_type_refused')
  if (jwt.typ !== undefined && jwt.typ !== 'JWT') return refused('typ_refused')
  if (NOT_IN_ID_TOKEN.some((name) => Object.hasOwn(payload, name))) return refused('not_an_id_token')
  // Keycloak tells its tokens apart by a claim.
  if (payload['typ'] !== undefined && payload['typ'] !== 'ID') return refused('not_an_id_token')
  const audiences = readAudiences(payload['aud'])
  const azp = readParty(payload['azp'])
  if (audiences === undefined || azp === 'malformed') return refused('audience_refused')
  if (!audiences.some((audience) => issuer.audiences.includes(audience))) return refused('audience_refused')
  // With several audiences only `azp` tells for whose sign-in it was made.
  if (audiences.length > 1 && (azp === undefined || !issuer.audiences.includes(azp))) return refused('authorized_party_refused')
  const authorizedParty = azp ?? audiences[0]
  return { ok: true, addressing: { audiences, ...(authorizedParty !== undefined && { authorizedParty }) } }
}

export function checkAccessToken(jwt: UnverifiedJwt, issuer: IssuerConfig): ProfileCheck {
  if (!issuer.tokenTypes.includes('access_token')) return refused('token_type_refused')
  if (jwt.typ === undefined || !issuer.accessTokenTyp.includes(jwt.typ)) return refused('typ_refused')
  return accessTokenFor(jwt, issuer.audiences)
}

/** For control: RFC 9068 tokens alone, whatever the issuer's configuration accepts as subject tokens. */
export function checkControlToken(jwt: UnverifiedJwt, issuer: IssuerConfig, audiences: readonly string[]): ProfileCheck {
  if (jwt.typ === undefined || !ACCESS_TOKEN_TYPS.includes(jwt.typ)) return refused('typ_refused')
  const check = accessTokenFor(jwt, audiences)
  if (!check.ok) return check
  // No token usable as a subject token opens control.
  if (check.addressing.audiences.some((audience) => issuer.audiences.includes(audience))) return refused('audience_shared')
  return check
}

function accessTokenFor(jwt: UnverifiedJwt, accepted: readonly string[]): ProfileCheck {
  const { payload } = jwt
  if (NOT_IN_ACCESS_TOKEN.some((name) => Object.hasOwn(payload, name))) return refused('not_an_access_token')
  if (payload['typ'] !== undefined && payload['typ'] !== 'Bearer') return refused('not_an_access_token')
  // `typ: JWT` is also how most issuers mark an id_token: there an access token must show that it is one.
  if (!ACCESS_TOKEN_TYPS.includes(jwt.typ ?? '') && payload['typ'] !== 'Bearer' && !hasAccessTokenClaim(payload)) return refused('not_an_access_token')
  const audiences = readAudiences(payload['aud'])
  const clientId = readParty(payload['client_id'])
  const azp = readParty(payload['azp'])
  if (audiences === undefined || !audiences.some((audience) => accepted.includes(audience))) return refused('audience_refused')
  if (clientId === 'malformed' || azp === 'malformed') return refused('authorized_party_refused')
  if (clientId !== undefined && azp !== undefined && clientId !== azp) return refused('authorized_party_refused')
  const authorizedParty = clientId ?? azp
  return { ok: true, addressing: { audiences, ...(authorizedParty !== undefined && { authorizedParty }) } }
}

function hasAccessTokenClaim(payload: JsonObject): boolean {
  return ['scope', 'scp', 'client_id'].some((name) => Object.hasOwn(payload, name))
}

function readParty(value: JsonValue | undefined): string | undefined {
  if (value === undefined) return undefined
  return typeof value === 'string' && value !== '' ? value : 'malformed'
}

function refused(problem: string): ProfileCheck {
  return { ok: false, problem }
}
