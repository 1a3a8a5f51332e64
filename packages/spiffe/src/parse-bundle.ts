// A SPIFFE bundle document (SPIFFE_Trust_Domain_and_Bundle section 4): the keys that sign JWT-SVIDs of one trust domain. Keys
// of other uses and unknown types are passed over, as the standard asks; no keys at all is a document too, it revokes everything.
import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { isJsonObject, parseStrictJson } from '@bailiwick/json'

const MAX_BUNDLE_BYTES = 1_048_576
const MAX_KEYS = 64
const MIN_MODULUS_BITS = 2_048
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const

export interface SvidKey {
  readonly kid: string
  /** The algorithms of JWT-SVIDs that fit the key: bundles carry no `alg`. */
  readonly algorithms: readonly string[]
  readonly key: KeyObject
}

export interface Bundle {
  readonly keys: readonly SvidKey[]
  readonly sequence?: number
}

export type BundleProblem = 'too_large' | 'not_json' | 'not_a_bundle' | 'private_key' | 'duplicate_kid' | 'malformed_key' | 'weak_key'
export type BundleReading = { readonly ok: true; readonly bundle: Bundle } | { readonly ok: false; readonly problem: BundleProblem }

const EC_ALGORITHMS: ReadonlyMap<string, readonly string[]> = new Map([
  ['P-256', ['ES256']],
  ['P-384', ['ES384']],
  ['P-521', ['ES512']],
])
const RSA_ALGORITHMS: readonly string[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']

export function parseBundle(bytes: Uint8Array): BundleReading {
  if (bytes.length > MAX_BUNDLE_BYTES) return { ok: false, problem: 'too_large' }
  const parsed = parseStrictJson(bytes, { maxBytes: MAX_BUNDLE_BYTES, maxDepth: 8 })
  if (!parsed.ok) return { ok: false, problem: 'not_json' }
  const document = parsed.value
  if (!isJsonObject(document) || !Array.isArray(document['keys']) || document['keys'].length > MAX_KEYS) return { ok: false, problem: 'not_a_bundle' }
  const sequence = document['spiffe_sequence']
  if (sequence !== undefined && !(typeof sequence === 'number' && Number.isSafeInteger(sequence) && sequence >= 0))
    return { ok: false, problem: 'not_a_bundle' }
  const keys: SvidKey[] = []
  const kids = new Set<string>()
  for (const jwk of document['keys'] as readonly JsonValue[]) {
    if (!isJsonObject(jwk)) return { ok: false, problem: 'malformed_key' }
    if (PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name))) return { ok: false, problem: 'private_key' }
    // Absent or unknown `use` MUST be ignored in a bundle document.
    if (jwk['use'] !== 'jwt-svid') continue
    const algorithms = algorithmsOf(jwk)
    if (algorithms.length === 0) continue
    const kid = jwk['kid']
    if (typeof kid !== 'string' || kid === '') return { ok: false, problem: 'malformed_key' }
    if (kids.has(kid)) return { ok: false, problem: 'duplicate_kid' }
    kids.add(kid)
    const key = importKey(jwk)
    if (key === undefined) return { ok: false, problem: 'malformed_key' }
    if (isWeak(key)) return { ok: false, problem: 'weak_key' }
    keys.push({ kid, algorithms, key })
  }
  return { ok: true, bundle: { keys, ...(sequence !== undefined && { sequence }) } }
}

function algorithmsOf(jwk: JsonObject): readonly string[] {
  const { kty, crv } = { kty: jwk['kty'], crv: jwk['crv'] }
  if (kty === 'RSA') return RSA_ALGORITHMS
  return kty === 'EC' && typeof crv === 'string' ? (EC_ALGORITHMS.get(crv) ?? []) : []
}

function importKey(jwk: JsonObject): KeyObject | undefined {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' })
  } catch {
    return undefined
  }
}

/** jose takes RSA with e = 1, of which every signature is right. */
function isWeak(key: KeyObject): boolean {
  if (key.asymmetricKeyType !== 'rsa') return false
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  return modulusLength < MIN_MODULUS_BITS || publicExponent < 3n || publicExponent % 2n === 0n || publicExponent > 0xffff_ffffn
}
