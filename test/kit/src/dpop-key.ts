// A key an agent holds, and proofs signed with it: right ones, and wrong in exactly what a test changes. Make one per test file: keys cost time.
import { createHash, randomUUID } from 'node:crypto'
import { CompactSign, calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import type { CryptoKey, JWK } from 'jose'
import { TEST_EPOCH_MS } from './clock.ts'

type Members = Readonly<Record<string, unknown>>

/** `header` is added to the JOSE header; every other member replaces a claim, and `undefined` leaves it out. */
export interface ProofOptions {
  readonly htm?: unknown
  readonly htu: unknown
  /** Epoch seconds; the test epoch when absent. */
  readonly now?: number
  /** The token shown beside it: `ath` is its hash. */
  readonly token?: string | undefined
  readonly header?: Members
  readonly [claim: string]: unknown
}

export interface DpopKey {
  readonly jkt: string
  readonly publicJwk: JWK
  readonly privateKey: CryptoKey
  readonly privateJwk: JWK
  /** A fresh proof for a POST: its own `jti`. */
  proof(options: ProofOptions): Promise<string>
}

export async function makeDpopKey(algorithm: 'ES256' | 'PS256' | 'RS256' | 'EdDSA' = 'ES256'): Promise<DpopKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const publicJwk = await exportJWK(publicKey)
  return {
    jkt: await calculateJwkThumbprint(publicJwk),
    publicJwk,
    privateKey,
    privateJwk: await exportJWK(privateKey),
    async proof({ htm = 'POST', htu, now = TEST_EPOCH_MS / 1000, token, header = {}, ...claims }) {
      const ath = token === undefined ? undefined : createHash('sha256').update(token).digest('base64url')
      const payload = JSON.stringify({ htm, htu, iat: now, jti: randomUUID(), ath, ...claims })
      const protectedHeader = { typ: 'dpop+jwt', alg: algorithm, jwk: publicJwk, ...header }
      return await new CompactSign(new TextEncoder().encode(payload)).setProtectedHeader(protectedHeader).sign(privateKey)
    },
  }
}
