// A private_key_jwt assertion (RFC 7523, rfc7523bis). Order: spelling, `typ`, signature, `iss` = `sub`, audience, times, `jti`.
// The signature comes before every claim and is paid for unknown clients too, so that neither answer nor time names clients.
// Spends nothing: the caller spends `spendKey` once everything else was found good.
import { hash } from 'node:crypto'
import type { ClientId, JsonObject } from '@bailiwick/core'
import { readAudiences } from '../jwt/audiences.ts'
import { checkTimes } from '../jwt/check-times.ts'
import { chooseKeys, verifiesWithAny } from '../jwt/choose-keys.ts'
import type { VerificationKey } from '../jwt/jwk-lint.ts'
import { readJwt } from '../jwt/read-jwt.ts'
import type { UnverifiedJwt } from '../jwt/read-jwt.ts'

const MAX_LIFETIME_SECONDS = 300
const SKEW_SECONDS = 10
const MAX_JTI_LENGTH = 255
const TYPS: readonly (string | undefined)[] = ['client-authentication+jwt', 'JWT', undefined]

export interface AssertionClient {
  readonly id: ClientId
  readonly keys: readonly VerificationKey[]
}

export interface AssertionRules {
  readonly issuer: string
  readonly clients: ReadonlyMap<string, AssertionClient>
  readonly decoys: readonly VerificationKey[]
  readonly nowSeconds: number
}

export type VerifiedAssertion =
  | { readonly ok: true; readonly clientId: ClientId; readonly spendKey: string; readonly spendUntil: number; readonly issuedAt: number }
  | { readonly ok: false; readonly problem: string }

export async function verifyAssertion(assertion: string, rules: AssertionRules): Promise<VerifiedAssertion> {
  const reading = readJwt(assertion)
  if (!reading.ok) return refused(reading.problem)
  const { jwt } = reading
  if (!TYPS.includes(jwt.typ)) return refused('typ_refused')
  const { iss } = { iss: jwt.payload['iss'] }
  const client = typeof iss === 'string' ? rules.clients.get(iss) : undefined
  const signed = await verifiesWithAny(jwt, candidates(jwt, client, rules.decoys))
  if (client === undefined) return refused('unknown_client')
  if (!signed || chooseKeys(jwt, client.keys).length === 0) return refused('bad_signature')
  return checkClaims(jwt.payload, client.id, rules)
}

function checkClaims(payload: JsonObject, clientId: ClientId, rules: AssertionRules): VerifiedAssertion {
  const { sub, aud, jti } = { sub: payload['sub'], aud: payload['aud'], jti: payload['jti'] }
  if (sub !== clientId) return refused('subject_differs')
  // Exactly ours and nobody else's: with a second audience that party could use the assertion here (audience injection, 2025).
  const audiences = readAudiences(aud)
  if (audiences?.length !== 1 || audiences[0] !== rules.issuer) return refused('audience_refused')
  const times = checkTimes(payload, { nowSeconds: rules.nowSeconds, skewSeconds: SKEW_SECONDS, maxLifetimeSeconds: MAX_LIFETIME_SECONDS })
  if (!times.ok) return refused(times.problem)
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_LENGTH) return refused('jti_missing')
  // On `iss` and `jti` alone: the same assertion spelled or signed again is the same assertion. The lengths keep pairs apart.
  const spendKey = `client_assertion:${hash('sha256', `${clientId.length}:${clientId}:${jti}`, 'base64url')}`
  return { ok: true, clientId, spendKey, spendUntil: times.exp + SKEW_SECONDS, issuedAt: times.iat }
}

/** Never empty while any key of the algorithm is configured: a wrong kid or client costs one verification like a right one. */
function candidates(jwt: UnverifiedJwt, client: AssertionClient | undefined, decoys: readonly VerificationKey[]): readonly VerificationKey[] {
  const own = client === undefined ? [] : chooseKeys(jwt, client.keys)
  return own.length > 0 ? own : decoys.filter((key) => key.algorithm === jwt.alg).slice(0, 1)
}

function refused(problem: string): VerifiedAssertion {
  return { ok: false, problem }
}
