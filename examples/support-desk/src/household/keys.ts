// The keys of the example's own clients and of its trust domain: made at every start, or by the program that prepares the containers and read
// from its files. Bailiwick is only ever shown the public halves.
import { privateKeyJwt, spiffeJwt } from '@bailiwick/client'
import type { AssertingCredential } from '@bailiwick/client'
import { exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose'
import type { CryptoKey, JWK } from 'jose'

export interface ClientKey {
  readonly clientId: string
  readonly publicJwks: { readonly keys: readonly JWK[] }
  readonly credential: AssertingCredential
}

export async function makeClientKey(clientId: string): Promise<ClientKey> {
  return await clientKey(clientId, await makePrivateJwk(`${clientId}-1`))
}

/** From a key of `makePrivateJwk`. Rejects what is no private ES256 key with a `kid`. */
export async function clientKey(clientId: string, privateJwk: JWK): Promise<ClientKey> {
  const { key, kid, jwk } = await read(privateJwk)
  return { clientId, publicJwks: { keys: [{ ...jwk, use: 'sig' }] }, credential: privateKeyJwt({ clientId, key, keyId: kid }) }
}

export interface TrustDomain {
  readonly name: string
  /** The SPIFFE bundle document. */
  readonly bundle: { readonly keys: readonly JWK[]; readonly spiffe_sequence: number }
  /** The credential of a workload that gets its JWT-SVIDs here, as it would from a Workload API. */
  workload(spiffeId: string): AssertingCredential
}

export async function makeTrustDomain(name: string): Promise<TrustDomain> {
  return await trustDomain(name, await makePrivateJwk('domain-1'))
}

/** Stands for SPIRE: one signing key of the trust domain, and SVIDs of five minutes. */
export async function trustDomain(name: string, privateJwk: JWK): Promise<TrustDomain> {
  const { key, kid, jwk } = await read(privateJwk)
  const svid = (spiffeId: string, audience: string): Promise<string> =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid, typ: 'JWT' })
      .setSubject(spiffeId)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(key)
  return {
    name,
    bundle: { keys: [{ ...jwk, use: 'jwt-svid' }], spiffe_sequence: 1 },
    workload: (spiffeId) => spiffeJwt({ fetchSvid: (audience) => svid(spiffeId, audience) }),
  }
}

export async function makePrivateJwk(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { ...(await exportJWK(privateKey)), kid, alg: 'ES256' }
}

async function read(privateJwk: JWK): Promise<{ readonly key: CryptoKey; readonly kid: string; readonly jwk: JWK }> {
  const { kid, kty, crv, x, y, d } = privateJwk
  const key = await importJWK(privateJwk, 'ES256')
  if (kid === undefined || kty !== 'EC' || crv === undefined || x === undefined || y === undefined || d === undefined || key instanceof Uint8Array)
    throw new TypeError('expected a private ES256 key with a "kid"')
  return { key, kid, jwk: { kty, crv, x, y, kid, alg: 'ES256' } }
}
