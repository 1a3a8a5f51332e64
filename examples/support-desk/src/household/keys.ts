// The keys of the example's own clients and of its trust domain: made at every start; only public halves are ever written.
import { privateKeyJwt, spiffeJwt } from '@bailiwick/client'
import type { ClientCredential } from '@bailiwick/client'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { CryptoKey, JWK } from 'jose'

export interface ClientKey {
  readonly clientId: string
  readonly publicJwks: { readonly keys: readonly JWK[] }
  readonly credential: ClientCredential
}

export async function makeClientKey(clientId: string): Promise<ClientKey> {
  const kid = `${clientId}-1`
  const { key, jwk } = await makeKey(kid)
  return { clientId, publicJwks: { keys: [{ ...jwk, use: 'sig' }] }, credential: privateKeyJwt({ clientId, key, keyId: kid }) }
}

export interface TrustDomain {
  readonly name: string
  /** The SPIFFE bundle document. */
  readonly bundle: { readonly keys: readonly JWK[]; readonly spiffe_sequence: number }
  /** The credential of a workload that gets its JWT-SVIDs here, as it would from a Workload API. */
  workload(spiffeId: string): ClientCredential
}

/** Stands for SPIRE: one signing key of the trust domain, and SVIDs of five minutes. */
export async function makeTrustDomain(name: string): Promise<TrustDomain> {
  const kid = 'domain-1'
  const { key, jwk } = await makeKey(kid)
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

async function makeKey(kid: string): Promise<{ readonly key: CryptoKey; readonly jwk: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  return { key: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256' } }
}
