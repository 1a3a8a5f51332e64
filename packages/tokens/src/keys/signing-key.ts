// One signing key as it lies in its file, and its state at a given second. States are derived from the times in the file
// (next -> active -> retired), so that processes sharing the directory agree without talking to each other.
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { isJsonObject } from '@bailiwick/json'
import { isEpochSeconds } from '../jwt/check-times.ts'

export type SigningAlgorithm = 'ES256' | 'RS256'

export interface SigningKey {
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  readonly createdAt: number
  /** Signs from here on. Until then it is only published, so that verifiers have it before its first token. */
  readonly activeAt: number
  /** Signs no more from here on; set when its successor is made. */
  readonly retiredAt?: number
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** `{kty, ..., kid, alg, use}`, public members only. */
  readonly publicJwk: Readonly<Record<string, string>>
}

const PUBLIC_MEMBERS = { ES256: ['crv', 'kty', 'x', 'y'], RS256: ['e', 'kty', 'n'] } as const satisfies Record<SigningAlgorithm, readonly string[]>

/** Undefined when the file's content is not a whole, consistent key: the kid must be the key's own RFC 7638 thumbprint. */
export function parseSigningKey(file: JsonValue): SigningKey | undefined {
  if (!isJsonObject(file) || !isJsonObject(file['jwk'])) return undefined
  const { kid, alg, created_at: createdAt, active_at: activeAt, retired_at: retiredAt, jwk } = file
  if ((alg !== 'ES256' && alg !== 'RS256') || !isEpochSeconds(createdAt) || !isEpochSeconds(activeAt)) return undefined
  if (retiredAt !== undefined && !isEpochSeconds(retiredAt)) return undefined
  const key = isJsonObject(jwk) ? toSigningKey(jwk, alg, { createdAt, activeAt }) : undefined
  if (key === undefined || key.kid !== kid) return undefined
  return retiredAt === undefined ? key : { ...key, retiredAt }
}

/** Undefined when the JWK is not a private key that fits the algorithm. */
export function toSigningKey(
  jwk: JsonObject,
  algorithm: SigningAlgorithm,
  times: { readonly createdAt: number; readonly activeAt: number },
): SigningKey | undefined {
  const members: Record<string, string> = {}
  for (const name of PUBLIC_MEMBERS[algorithm]) {
    const value = jwk[name]
    if (typeof value !== 'string') return undefined
    members[name] = value
  }
  if (algorithm === 'ES256' && (members['kty'] !== 'EC' || members['crv'] !== 'P-256')) return undefined
  if (algorithm === 'RS256' && members['kty'] !== 'RSA') return undefined
  try {
    const privateKey = createPrivateKey({ key: { ...jwk }, format: 'jwk' })
    const publicKey = createPublicKey(privateKey)
    // RFC 7638: the required members in lexicographic order, nothing else; PUBLIC_MEMBERS is written in that order.
    const kid = createHash('sha256').update(JSON.stringify(members)).digest('base64url')
    return { kid, algorithm, ...times, privateKey, publicKey, publicJwk: Object.freeze({ ...members, kid, alg: algorithm, use: 'sig' }) }
  } catch {
    return undefined
  }
}

/** When the key stops signing, undefined while nothing ends it: its own `retired_at`, or an unwritten one implied by a newer key. */
export function endOfSigning(key: SigningKey, keys: readonly SigningKey[]): number | undefined {
  let end = key.retiredAt
  for (const other of keys) {
    if (other !== key && isNewer(other, key) && (end === undefined || other.activeAt < end)) end = other.activeAt
  }
  return end
}

/** The key that signs now: the newest active one; else the earliest next one, because then the active key was taken away. */
export function activeKey(keys: readonly SigningKey[], nowSeconds: number): SigningKey | undefined {
  let active: SigningKey | undefined
  let next: SigningKey | undefined
  for (const key of keys) {
    if (key.retiredAt !== undefined && key.retiredAt <= nowSeconds) continue
    if (key.activeAt <= nowSeconds) active = active === undefined || isNewer(key, active) ? key : active
    else next = next === undefined || isNewer(next, key) ? key : next
  }
  return active ?? next
}

/** Next, active, and retired until the last token they can have signed has ended. */
export function isPublished(key: SigningKey, keys: readonly SigningKey[], nowSeconds: number, keepSeconds: number): boolean {
  const end = endOfSigning(key, keys)
  return end === undefined || nowSeconds < end + keepSeconds
}

function isNewer(a: SigningKey, b: SigningKey): boolean {
  return a.activeAt === b.activeAt ? a.kid > b.kid : a.activeAt > b.activeAt
}
