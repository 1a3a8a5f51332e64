// A key an agent holds, and proofs of holding it (RFC 9449). The private key signs and never leaves; a proof is for one request: its own `jti` each time,
// whatever it is made for. Made with jose, which signs the client's assertions too.
import { createHash, randomUUID } from 'node:crypto'
import { SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import type { CryptoKey, JWK } from 'jose'
import { BailiwickMisconfigured } from './errors.ts'

/** What one proof is for. */
export interface ProvenRequest {
  readonly method: string
  /** As called; query and fragment are left out of the proof. */
  readonly url: string
  /** The token shown beside it; none at the token endpoint. */
  readonly token?: string
  readonly nowSeconds: number
}

export interface DpopKey {
  /** What tokens bound to it say in `cnf.jkt` (RFC 7638). */
  readonly thumbprint: string
  /** A proof for exactly one request. */
  prove(request: ProvenRequest): Promise<string>
}

export interface DpopKeyOptions {
  /** A key pair the agent has already; a new one for ES256, which cannot be read out of this process, when absent. */
  readonly keyPair?: { readonly publicKey: CryptoKey; readonly privateKey: CryptoKey }
  /** Of `keyPair`: ES256 when absent. */
  readonly algorithm?: 'ES256' | 'ES384' | 'EdDSA' | 'PS256' | 'RS256'
}

/** Does NOT keep the key: an agent that starts anew makes another one, and gets tokens bound to that. */
export async function dpopKey({ keyPair, algorithm = 'ES256' }: DpopKeyOptions = {}): Promise<DpopKey> {
  const { publicKey, privateKey } = keyPair ?? (await generateKeyPair(algorithm))
  const jwk = await publicJwkOf(publicKey)
  const thumbprint = await calculateJwkThumbprint(jwk)
  return {
    thumbprint,
    prove: async ({ method, url, token, nowSeconds }) => {
      const ath = token === undefined ? {} : { ath: createHash('sha256').update(token).digest('base64url') }
      const claims = { jti: randomUUID(), htm: normalised(method), htu: withoutQuery(url), iat: nowSeconds, ...ath }
      try {
        return await new SignJWT(claims).setProtectedHeader({ alg: algorithm, typ: 'dpop+jwt', jwk }).sign(privateKey)
      } catch {
        // The library's error may describe the key.
        throw new BailiwickMisconfigured('dpop_key', `"keyPair" cannot sign with ${algorithm}`)
      }
    },
  }
}

async function publicJwkOf(key: CryptoKey): Promise<JWK> {
  if (key.type !== 'public') throw new BailiwickMisconfigured('dpop_key', '"keyPair.publicKey" must be a public key')
  try {
    return await exportJWK(key)
  } catch {
    throw new BailiwickMisconfigured('dpop_key', '"keyPair.publicKey" cannot be exported')
  }
}

/** As fetch sends it: it writes these in capitals and every other method as it came. */
function normalised(method: string): string {
  return /^(?:delete|get|head|options|post|put)$/i.test(method) ? method.toUpperCase() : method
}

function withoutQuery(url: string): string {
  const target = new URL(url)
  target.search = ''
  target.hash = ''
  return target.href
}
