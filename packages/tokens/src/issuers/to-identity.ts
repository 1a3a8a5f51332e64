// A verified foreign payload as a `ForeignIdentity`: the subject under its alias, when it signed in, what chain it carries.
// Conversion only; `act` and `may_act` are surfaced raw, for the walk to judge.
import type { JsonObject, JsonValue } from '@bailiwick/core'
import type { IssuerConfig } from '@bailiwick/config'
import type { ForeignIdentity } from '../claims.ts'
import { isEpochSeconds } from '../jwt/check-times.ts'
import type { Addressing } from './check-profile.ts'

/**
 * Printable ASCII without space, the alphabet of an OIDC `sub`. The alias holds no ":", so the first ":" always ends it and an id
 * may hold as many as it likes; but a line break, a space or another alphabet's look-alike would reach headers, logs and policies.
 */
const SUBJECT_ID = /^[\x21-\x7e]{1,255}$/

export interface IdentityParts {
  readonly issuer: IssuerConfig
  readonly payload: JsonObject
  readonly addressing: Addressing
  readonly times: { readonly iat: number; readonly exp: number }
  readonly tokenType: 'id_token' | 'access_token'
}

export type IdentityReading = { readonly ok: true; readonly identity: ForeignIdentity } | { readonly ok: false; readonly problem: string }

export function toIdentity({ issuer, payload, addressing, times, tokenType }: IdentityParts): IdentityReading {
  const id = payload[issuer.subjectClaim]
  if (typeof id !== 'string' || !SUBJECT_ID.test(id)) return { ok: false, problem: 'subject_malformed' }
  const authTime = payload['auth_time']
  if (authTime !== undefined && !isEpochSeconds(authTime)) return { ok: false, problem: 'auth_time_malformed' }
  const scope = readScope(payload['scope'] ?? payload['scp'])
  if (scope === undefined) return { ok: false, problem: 'scope_malformed' }
  const { act, may_act: mayAct } = { act: payload['act'], may_act: payload['may_act'] }
  return {
    ok: true,
    identity: {
      issuerAlias: issuer.alias,
      sub: `${issuer.alias}:${id}`,
      iss: issuer.issuer,
      subId: { format: 'iss_sub', iss: issuer.issuer, sub: id },
      kind: issuer.kind,
      ...addressing,
      ...times,
      // Earlier than the issuer said by its skew: a cut-off set within the uncertainty ends the sign-in too.
      ...(authTime !== undefined && { authenticatedAt: Math.min(authTime, times.iat) - issuer.skewSeconds }),
      scope,
      ...(act !== undefined && { act }),
      ...(mayAct !== undefined && { mayAct }),
      tokenType,
    },
  }
}

/** A string (RFC 9068) or an array of strings (`scp` of some issuers). */
function readScope(value: JsonValue | undefined): readonly string[] | undefined {
  if (value === undefined) return []
  if (typeof value === 'string') return value.split(' ').filter((scope) => scope !== '')
  if (!Array.isArray(value)) return undefined
  const scopes: string[] = []
  for (const scope of value as readonly JsonValue[]) {
    if (typeof scope !== 'string' || scope === '' || scope.includes(' ')) return undefined
    scopes.push(scope)
  }
  return scopes
}
