// Keys of configured clients and of a SPIFFE trust domain, and what they sign. Make one of each per test file: keys cost time.
import { randomUUID } from 'node:crypto'
import { CompactSign, exportJWK, generateKeyPair } from 'jose'
import type { CryptoKey, JWK } from 'jose'
import { parseClientId } from '@bailiwick/core'
import type { ClientId, JsonObject } from '@bailiwick/core'
import { TEST_EPOCH_MS } from './clock.ts'

type Algorithm = 'ES256' | 'RS256' | 'PS256' | 'EdDSA'
type Members = Readonly<Record<string, unknown>>

/** `header` is added to the JOSE header; every other member replaces a claim, and `undefined` leaves it out. */
export interface AssertionOptions {
  readonly aud: unknown
  /** Epoch seconds; the test epoch when absent. */
  readonly now?: number
  readonly header?: Members
  readonly [claim: string]: unknown
}

export interface TestClient {
  readonly clientId: ClientId
  /** Public keys, as `ClientConfig.authentication.jwks` wants them. */
  readonly jwks: { readonly keys: readonly JsonObject[] }
  readonly privateKey: CryptoKey
  /** A fresh private_key_jwt assertion: one minute, its own `jti`. */
  assertion(options: AssertionOptions): Promise<string>
}

export async function makeTestClient(id: string, algorithm: Algorithm = 'ES256'): Promise<TestClient> {
  const clientId = parseClientId(id)
  if (clientId === undefined) throw new TypeError('a test client needs a valid client id')
  const kid = `${id}-key`
  const { privateKey, publicJwk } = await keyPair(algorithm, kid)
  return {
    clientId,
    privateKey,
    jwks: { keys: [{ ...publicJwk, alg: algorithm, use: 'sig' }] },
    assertion({ aud, now = TEST_EPOCH_MS / 1000, header = {}, ...claims }) {
      const payload = { iss: id, sub: id, aud, iat: now, exp: now + 60, jti: randomUUID(), ...claims }
      return sign(payload, { alg: algorithm, typ: 'client-authentication+jwt', kid, ...header }, privateKey)
    },
  }
}

export interface SvidOptions extends AssertionOptions {
  readonly sub: string
}

export interface TestTrustDomain {
  readonly trustDomain: string
  /** A SPIFFE bundle document. */
  readonly bundle: { readonly keys: readonly JsonObject[]; readonly spiffe_sequence: number; readonly spiffe_refresh_hint: number }
  readonly privateKey: CryptoKey
  /** A JWT-SVID as SPIRE makes it: no `jti`, five minutes. */
  svid(options: SvidOptions): Promise<string>
}

export async function makeTestTrustDomain(name: string, algorithm: 'ES256' | 'RS256' = 'ES256'): Promise<TestTrustDomain> {
  const kid = `${name}-authority`
  const { privateKey, publicJwk } = await keyPair(algorithm, kid)
  return {
    trustDomain: name,
    privateKey,
    bundle: { keys: [{ ...publicJwk, use: 'jwt-svid' }], spiffe_sequence: 1, spiffe_refresh_hint: 300 },
    svid({ aud, now = TEST_EPOCH_MS / 1000, header = {}, ...claims }) {
      return sign({ aud, iat: now, exp: now + 300, ...claims }, { alg: algorithm, kid, typ: 'JWT', ...header }, privateKey)
    },
  }
}

async function keyPair(algorithm: Algorithm, kid: string): Promise<{ privateKey: CryptoKey; publicJwk: Record<string, string> }> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true })
  return { privateKey, publicJwk: { ...stringMembers(await exportJWK(publicKey)), kid } }
}

function stringMembers(jwk: JWK): Record<string, string> {
  const members: Record<string, string> = {}
  for (const [name, value] of Object.entries(jwk)) if (typeof value === 'string') members[name] = value
  return members
}

function sign(claims: Members, header: Members & { readonly alg: string }, key: CryptoKey): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims))).setProtectedHeader(header).sign(key)
}
