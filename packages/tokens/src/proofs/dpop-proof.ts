// A DPoP proof (RFC 9449 section 4.3), in order: size and spelling, `typ`, a public key of a fitting algorithm in the header, signature by that key,
// method, URI, age, the token's hash, `jti`. Spends nothing: the caller spends `spendKey` once everything else about the request was found good.
// Does NOT compare the key with a token's `cnf`: it says which key signed.
import { hash } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import type { JsonObject } from '@bailiwick/core'
import { isEpochSeconds } from '../jwt/check-times.ts'
import { lintKeySet } from '../jwt/jwk-lint.ts'
import { readJwt } from '../jwt/read-jwt.ts'
import { verifySignature } from '../jwt/verify-signature.ts'
import { normaliseTargetUri } from './target-uri.ts'

/** What a proof may be signed with. One key, one algorithm: the header's must be the one its key is for. */
export const DPOP_ALGORITHMS: readonly string[] = ['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512']

/** How long after `iat` a proof is taken. Within what every store remembers of spent keys after it lost its memory (FORGOTTEN_SECONDS there). */
export const PROOF_LIFETIME_SECONDS = 60
/** How far a client's clock may run ahead. */
const SKEW_SECONDS = 10
/** Several times a proof signed with a 4096-bit RSA key. */
const MAX_PROOF_BYTES = 8_192
const MAX_JTI_LENGTH = 255

export interface ProofRules {
  readonly method: string
  /** The URI that was called, in the form of `normaliseTargetUri`. */
  readonly targetUri: string
  /** The token shown beside the proof, whose hash the proof must name. Undefined where no token is shown: at the token endpoint. */
  readonly accessToken?: string
  /** PROOF_LIFETIME_SECONDS when absent. */
  readonly maxAgeSeconds?: number
  readonly nowSeconds: number
}

export type VerifiedProof =
  | {
      readonly ok: true
      /** RFC 7638 thumbprint of the key that signed. */
      readonly jkt: string
      /** The same for the same `jti` of the same key, however it is spelled or signed again. */
      readonly spendKey: string
      readonly spendUntil: number
      readonly issuedAt: number
    }
  | { readonly ok: false; readonly problem: string }

export async function verifyDpopProof(proof: string, rules: ProofRules): Promise<VerifiedProof> {
  const reading = readJwt(proof, MAX_PROOF_BYTES, 'required')
  if (!reading.ok) return refused(reading.problem)
  const { jwt } = reading
  if (jwt.typ !== 'dpop+jwt') return refused('typ_refused')
  if (jwt.jwk === undefined || !DPOP_ALGORITHMS.includes(jwt.alg)) return refused('algorithm_refused')
  // The lint of a published set: no secret and no private member, no weak RSA key, and a key that is for this algorithm.
  const keys = lintKeySet({ keys: [jwt.jwk] }, { algorithms: [jwt.alg], requireUse: false })
  if (!keys.ok) return refused(keys.problem)
  const [key] = keys.keys
  if (key === undefined || !(await verifySignature(proof, key.key, key.algorithm))) return refused('bad_signature')
  const claims = checkClaims(jwt.payload, rules)
  if (typeof claims === 'string') return refused(claims)
  const jkt = await thumbprintOf(jwt.jwk)
  if (jkt === undefined) return refused('malformed_key')
  const spendKey = `dpop:${hash('sha256', `${jkt.length}:${jkt}:${claims.jti}`, 'base64url')}`
  return { ok: true, jkt, spendKey, spendUntil: claims.iat + PROOF_LIFETIME_SECONDS + SKEW_SECONDS, issuedAt: claims.iat }
}

function checkClaims(payload: JsonObject, rules: ProofRules): { readonly iat: number; readonly jti: string } | string {
  const { htm, htu, iat, ath, jti } = { htm: payload['htm'], htu: payload['htu'], iat: payload['iat'], ath: payload['ath'], jti: payload['jti'] }
  const { exp, nbf } = { exp: payload['exp'], nbf: payload['nbf'] }
  // Methods are case-sensitive (RFC 9110 section 9.1).
  if (htm !== rules.method) return 'htm_differs'
  if (typeof htu !== 'string' || normaliseTargetUri(htu) !== rules.targetUri) return 'htu_differs'
  if (!isEpochSeconds(iat)) return 'iat_missing'
  if (iat > rules.nowSeconds + SKEW_SECONDS) return 'from_the_future'
  if (iat + (rules.maxAgeSeconds ?? PROOF_LIFETIME_SECONDS) < rules.nowSeconds) return 'too_old'
  // Neither is asked for; a client that says when its proof ends is believed.
  if (exp !== undefined && !(isEpochSeconds(exp) && exp > rules.nowSeconds)) return 'expired'
  if (nbf !== undefined && !(isEpochSeconds(nbf) && nbf <= rules.nowSeconds + SKEW_SECONDS)) return 'not_yet_valid'
  if (rules.accessToken !== undefined && ath !== hash('sha256', rules.accessToken, 'base64url')) return 'ath_differs'
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_LENGTH) return 'jti_missing'
  return { iat, jti }
}

/** Of the key's required members alone (RFC 7638 section 3.2), so that nothing else in the header's JWK changes it. */
async function thumbprintOf(jwk: JsonObject): Promise<string | undefined> {
  const texts: Record<string, string> = {}
  for (const name of ['kty', 'crv', 'x', 'y', 'n', 'e']) {
    const value = jwk[name]
    if (typeof value === 'string') texts[name] = value
  }
  const { kty } = texts
  return kty === undefined ? undefined : await calculateJwkThumbprint({ ...texts, kty })
}

function refused(problem: string): VerifiedProof {
  return { ok: false, problem }
}
