// How a client proves who it is: a signed assertion for exactly one audience and one use, its JWT-SVID, or the certificate of its connection. Passwords are
// not offered.
import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { CryptoKey, JWK, KeyObject } from 'jose'
import { parseClientId } from '@bailiwick/core'
import { BailiwickError, BailiwickMisconfigured, BailiwickUnavailable } from './errors.ts'
import { JWT_BEARER, JWT_SPIFFE, looksLikeJws } from './token-types.ts'
import { within } from './within.ts'

export interface ClientAssertion {
  readonly assertionType: string
  readonly assertion: string
}

/** Its connection is the proof of it. */
export interface ClientName {
  readonly clientId: string
}

export type ClientProof = ClientAssertion | ClientName

export interface AssertingCredential {
  readonly method: 'private_key_jwt' | 'spiffe_jwt'
  /** Asked anew for every call. `audience` is the issuer, and nothing else. */
  prove(audience: string, nowSeconds: number): Promise<ClientAssertion>
}

export interface NamedCredential {
  readonly method: 'tls_client_auth'
  prove(): Promise<ClientName>
}

export type ClientCredential = AssertingCredential | NamedCredential

const ALGORITHMS = ['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512', 'EdDSA', 'Ed25519'] as const
type Algorithm = (typeof ALGORITHMS)[number]

/** An assertion is for one call that follows at once; the longer it lives, the longer a stolen one does. */
const ASSERTION_SECONDS = 60
const SVID_TIMEOUT_MS = 10_000

export interface PrivateKeyJwtOptions {
  readonly clientId: string
  /** The private key: a CryptoKey, a KeyObject, or a private JWK. */
  readonly key: CryptoKey | KeyObject | JWK
  /** Default: the JWK's `alg`, else ES256. */
  readonly algorithm?: Algorithm
  /** Default: the JWK's `kid`, else none. */
  readonly keyId?: string
}

/** `private_key_jwt` (RFC 7523). Does NOT check that the server knows the key. */
export function privateKeyJwt({ clientId, key, algorithm, keyId }: PrivateKeyJwtOptions): AssertingCredential {
  if (parseClientId(clientId) === undefined) throw new BailiwickMisconfigured('client_id', '"clientId" is not a client identifier')
  const jwk = isJwk(key) ? key : undefined
  if (jwk !== undefined && jwk.d === undefined) throw new BailiwickMisconfigured('client_key', '"key" must be a private key')
  const alg = ALGORITHMS.find((known) => known === (algorithm ?? jwk?.alg ?? 'ES256'))
  if (alg === undefined) throw new BailiwickMisconfigured('client_key', `"algorithm" must be one of ${ALGORITHMS.join(', ')}`)
  const kid = keyId ?? jwk?.kid
  const header = { alg, typ: 'client-authentication+jwt', ...(kid === undefined ? {} : { kid }) }
  return {
    method: 'private_key_jwt',
    prove: async (audience, nowSeconds) => {
      const claims = { iss: clientId, sub: clientId, aud: audience, iat: nowSeconds, exp: nowSeconds + ASSERTION_SECONDS, jti: randomUUID() }
      try {
        return { assertionType: JWT_BEARER, assertion: await new SignJWT(claims).setProtectedHeader(header).sign(key) }
      } catch {
        // The library's error may describe the key.
        throw new BailiwickMisconfigured('client_key', `"key" cannot sign with ${alg}`)
      }
    },
  }
}

/**
 * The certificate of the connection (RFC 8705 section 2): `tls_client_auth`, `self_signed_tls_client_auth` and `spiffe_x509` at the server, which knows which.
 * Needs `certificate` beside it. Does NOT check that the two belong together.
 */
export function tlsClient({ clientId }: { readonly clientId: string }): NamedCredential {
  if (parseClientId(clientId) === undefined) throw new BailiwickMisconfigured('client_id', '"clientId" is not a client identifier')
  return { method: 'tls_client_auth', prove: () => Promise.resolve({ clientId }) }
}

/** As a body says it. */
export function proofMembers(proof: ClientProof): Readonly<Record<string, string>> {
  return 'clientId' in proof ? { client_id: proof.clientId } : { client_assertion_type: proof.assertionType, client_assertion: proof.assertion }
}

/** As a request without a body says it. */
export function proofHeaders(proof: ClientProof): Readonly<Record<string, string>> {
  return 'clientId' in proof ? { 'client-id': proof.clientId } : { 'client-assertion': proof.assertion, 'client-assertion-type': proof.assertionType }
}

export function secretsOf(proof: ClientProof): readonly string[] {
  return 'clientId' in proof ? [] : [proof.assertion]
}

export interface SpiffeJwtOptions {
  /** A JWT-SVID for exactly this audience, from the Workload API. Called for every exchange; caching is the source's business. */
  readonly fetchSvid: (audience: string) => Promise<string>
}

/** A workload's JWT-SVID as its client assertion. Does NOT verify the SVID. */
export function spiffeJwt({ fetchSvid }: SpiffeJwtOptions): AssertingCredential {
  return {
    method: 'spiffe_jwt',
    prove: async (audience) => {
      const svid = await fetched(fetchSvid, audience)
      if (!looksLikeJws(svid)) throw new BailiwickMisconfigured('svid_malformed', '"fetchSvid" did not give a JWT-SVID')
      return { assertionType: JWT_SPIFFE, assertion: svid }
    },
  }
}

async function fetched(fetchSvid: SpiffeJwtOptions['fetchSvid'], audience: string): Promise<string> {
  try {
    const outcome = await within(SVID_TIMEOUT_MS, () => fetchSvid(audience))
    if (outcome.done) return outcome.value
  } catch (thrown) {
    if (thrown instanceof BailiwickError) throw thrown
    throw new BailiwickUnavailable('credential_unavailable', `no JWT-SVID: ${thrown instanceof Error ? thrown.message : 'the source failed'}`)
  }
  throw new BailiwickUnavailable('credential_unavailable', 'no JWT-SVID: the source did not answer in time')
}

function isJwk(key: CryptoKey | KeyObject | JWK): key is JWK {
  return 'kty' in key && typeof key.kty === 'string'
}
