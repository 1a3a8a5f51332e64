// What a set of public keys must look like before a signature is believed because of it. Two outcomes: a key that is merely
// not for us (encryption keys, other algorithms) is passed over; a set that should not exist (secrets in it, weak or
// duplicate keys) is refused whole, because something is wrong with whoever published it.
import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { fitsKey } from './algorithms.ts'
import { decodeBase64url } from './base64url.ts'
import { isJsonObject } from '@bailiwick/json'

const MAX_KEYS = 64
const MIN_MODULUS_BITS = 2_048
const MAX_MODULUS_BITS = 16_384
/** Of RSA, EC and OKP alike (RFC 7518 section 6). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const

export interface VerificationKey {
  readonly kid?: string
  /** The only algorithm this key verifies. */
  readonly algorithm: string
  readonly key: KeyObject
}

export interface LintRules {
  /** Allowed algorithms. A key without `alg` is used only where exactly one of them fits it, or for RS256. */
  readonly algorithms: readonly string[]
  /** `true` for sets fetched from elsewhere: `use: sig` or `key_ops` with `verify` must say what the key is for. */
  readonly requireUse: boolean
}

export type KeySetProblem =
  | 'not_a_key_set'
  | 'too_many_keys'
  | 'malformed_key'
  | 'symmetric_key'
  | 'private_key'
  | 'duplicate_kid'
  | 'weak_key'
  | 'no_usable_key'

export type KeySetReading = { readonly ok: true; readonly keys: readonly VerificationKey[] } | { readonly ok: false; readonly problem: KeySetProblem }

export function lintKeySet(set: JsonValue, rules: LintRules): KeySetReading {
  const entries = isJsonObject(set) ? set['keys'] : undefined
  if (!Array.isArray(entries)) return { ok: false, problem: 'not_a_key_set' }
  if (entries.length > MAX_KEYS) return { ok: false, problem: 'too_many_keys' }
  const keys: VerificationKey[] = []
  const kids = new Set<string>()
  for (const jwk of entries as readonly JsonValue[]) {
    if (!isJsonObject(jwk) || typeof jwk['kty'] !== 'string') return { ok: false, problem: 'malformed_key' }
    if (jwk['kty'] === 'oct') return { ok: false, problem: 'symmetric_key' }
    if (PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name))) return { ok: false, problem: 'private_key' }
    const algorithm = algorithmOf(jwk, rules)
    if (algorithm === undefined) continue
    const kid = jwk['kid']
    if (kid !== undefined && (typeof kid !== 'string' || kid === '')) return { ok: false, problem: 'malformed_key' }
    // Two keys of one name: which one verifies would depend on the reader.
    if (kid !== undefined && kids.has(kid)) return { ok: false, problem: 'duplicate_kid' }
    if (kid !== undefined) kids.add(kid)
    if (jwk['kty'] === 'RSA' && isWeakRsa(jwk)) return { ok: false, problem: 'weak_key' }
    const key = importKey(jwk)
    if (key === undefined) return { ok: false, problem: 'malformed_key' }
    keys.push({ algorithm, key, ...(kid !== undefined && { kid }) })
  }
  return keys.length === 0 ? { ok: false, problem: 'no_usable_key' } : { ok: true, keys }
}

/** Undefined when the key is not for verifying with an algorithm of the list. */
function algorithmOf(jwk: JsonObject, rules: LintRules): string | undefined {
  const { kty, crv, alg, use, key_ops: operations } = { kty: jwk['kty'], crv: jwk['crv'], alg: jwk['alg'], use: jwk['use'], key_ops: jwk['key_ops'] }
  if (use !== undefined && use !== 'sig') return undefined
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return undefined
  if (rules.requireUse && use === undefined && operations === undefined) return undefined
  const fitting = rules.algorithms.filter((algorithm) => fitsKey(algorithm, kty, crv))
  if (alg !== undefined) return typeof alg === 'string' && fitting.includes(alg) ? alg : undefined
  if (fitting.length === 1) return fitting[0]
  // One key, one algorithm (RFC 8725 section 3.1). Where RSA leaves a choice, RS256 is what OpenID Connect means by silence.
  return fitting.includes('RS256') ? 'RS256' : undefined
}

function isWeakRsa(jwk: JsonObject): boolean {
  const { n, e } = { n: jwk['n'], e: jwk['e'] }
  const modulus = typeof n === 'string' ? decodeBase64url(n) : undefined
  const exponent = typeof e === 'string' ? decodeBase64url(e) : undefined
  if (modulus === undefined || exponent === undefined || modulus.length === 0 || exponent.length === 0) return true
  const bits = BigInt(`0x${modulus.toString('hex')}`).toString(2).length
  if (bits < MIN_MODULUS_BITS || bits > MAX_MODULUS_BITS) return true
  // A huge exponent makes each verification slow for the sender's benefit; e = 1 makes every signature right.
  if (exponent.length > 4) return true
  const value = exponent.readUIntBE(0, exponent.length)
  return value < 3 || value % 2 === 0
}

function importKey(jwk: JsonObject): KeyObject | undefined {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' })
  } catch {
    return undefined
  }
}
