// The keys of the example's own clients and of its trust domain: made at every start, written only into the data folder, public halves only.
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { CryptoKey, JWK } from 'jose'
import { randomUUID } from 'node:crypto'

export interface ClientKey {
  readonly clientId: string
  readonly publicJwks: { readonly keys: readonly JWK[] }
  /** RFC 7523: a fresh assertion for Bailiwick, good for a minute and for one use. */
  assertion(audience: string): Promise<string>
}

export async function makeClientKey(clientId: string): Promise<ClientKey> {
  const { key, jwk } = await makeKey(`${clientId}-1`)
  return {
    clientId,
    publicJwks: { keys: [{ ...jwk, use: 'sig' }] },
    assertion: (audience) =>
      new SignJWT({})
        .setProtectedHeader({ alg: 'ES256', kid: `${clientId}-1`, typ: 'client-authentication+jwt' })
        .setIssuer(clientId)
        .setSubject(clientId)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime('60s')
        .setJti(randomUUID())
        .sign(key),
  }
}

export interface TrustDomain {
  readonly name: string
  /** The SPIFFE bundle document. */
  readonly bundle: { readonly keys: readonly JWK[]; readonly spiffe_sequence: number }
  /** What a Workload API would hand to the workload: a JWT-SVID. */
  svid(spiffeId: string, audience: string): Promise<string>
}

/** Stands for SPIRE: one signing key of the trust domain, and SVIDs of five minutes. */
export async function makeTrustDomain(name: string): Promise<TrustDomain> {
  const { key, jwk } = await makeKey('domain-1')
  return {
    name,
    bundle: { keys: [{ ...jwk, use: 'jwt-svid' }], spiffe_sequence: 1 },
    svid: (spiffeId, audience) =>
      new SignJWT({})
        .setProtectedHeader({ alg: 'ES256', kid: 'domain-1', typ: 'JWT' })
        .setSubject(spiffeId)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(key),
  }
}

async function makeKey(kid: string): Promise<{ readonly key: CryptoKey; readonly jwk: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  return { key: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256' } }
}
