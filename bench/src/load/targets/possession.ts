// What an agent shows beside a token that is bound: a proof of its key, made anew for each call, or its certificate as the gateway tells of it.
import { createHash, createPrivateKey, createPublicKey, randomUUID, sign } from 'node:crypto'
import type { JWK } from 'jose'
import type { Supplies } from '../../house/supplies.ts'

export interface Possession {
  /** The proof. */
  readonly dpop?: string
  /** PEM. */
  readonly certificate?: string
}

/** Of one request for each: they are good for a minute, so a window may not be much longer. */
export function proofsFor({ dpopKey, payments }: Supplies, tokens: readonly string[]): readonly Possession[] {
  const key = createPrivateKey({ key: { ...dpopKey }, format: 'jwk' })
  const jwk: JWK = createPublicKey(key).export({ format: 'jwk' })
  const head = encoded({ typ: 'dpop+jwt', alg: 'ES256', jwk })
  return tokens.map((token) => {
    const ath = createHash('sha256').update(token).digest('base64url')
    const signed = `${head}.${encoded({ htm: 'POST', htu: payments, iat: Math.floor(Date.now() / 1000), jti: randomUUID(), ath })}`
    return { dpop: `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}` }
  })
}

/** Instead of, and beside, those of a call with an unbound token. */
export function headersOf(token: string, { dpop }: Possession): Readonly<Record<string, string>> {
  return dpop === undefined ? {} : { authorization: `DPoP ${token}`, dpop }
}

/** `x-forwarded-client-cert`, as a gateway that ends TLS writes it. */
export function certificateHeaderOf({ certificate }: Possession): Readonly<Record<string, string>> {
  if (certificate === undefined) return {}
  const der = Buffer.from(certificate.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64')
  return { 'x-forwarded-client-cert': `Hash=${createHash('sha256').update(der).digest('hex')};Subject="CN=agent"` }
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
