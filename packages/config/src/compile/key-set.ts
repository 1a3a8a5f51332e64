// A client's public keys: asymmetric, strong enough, no private member, told apart by kid. A private key in a public set is an error
// worth stopping for: it has probably been published.
import { createPublicKey } from 'node:crypto'
import type { JsonObject } from '@bailiwick/core'
import { jwksSchema } from '../schema/clients.ts'
import { readYaml } from '../read-yaml.ts'
import type { Read } from '../files.ts'

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
const CURVE_ALGORITHM: Readonly<Record<string, string>> = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' }
const MIN_RSA_BITS = 2048

export interface KeySet {
  readonly keys: readonly JsonObject[]
  /** What these keys can verify. */
  readonly algorithms: readonly string[]
}

/** A JWKS document as text. Read as JSON first: YAML that is not JSON is no key set. */
export function parseKeySetText(text: string): Read<KeySet> {
  try {
    JSON.parse(text)
  } catch {
    return { ok: false, expected: 'a JSON document {"keys": [...]}' }
  }
  const read = readYaml(text, 'jwks')
  if (!read.ok) return { ok: false, expected: 'a JSON document {"keys": [...]} without repeated members' }
  const parsed = jwksSchema.loose().safeParse(read.yaml.value)
  return parsed.success ? checkKeySet(parsed.data.keys) : { ok: false, expected: 'a JWKS document {"keys": [...]} with 1 to 16 public keys' }
}

export function checkKeySet(keys: readonly JsonObject[]): Read<KeySet> {
  const algorithms = new Set<string>()
  const kids = new Set<unknown>()
  for (const key of keys) {
    const algorithm = algorithmsOf(key)
    if (!algorithm.ok) return algorithm
    for (const name of algorithm.value) algorithms.add(name)
    const kid = key['kid']
    if (kid !== undefined && (typeof kid !== 'string' || kid === '')) return { ok: false, expected: 'keys whose kid is a text' }
    if (keys.length > 1 && (kid === undefined || kids.has(kid))) return { ok: false, expected: 'a different kid on each of several keys' }
    kids.add(kid)
  }
  return { ok: true, value: { keys, algorithms: [...algorithms] } }
}

function algorithmsOf(key: JsonObject): Read<readonly string[]> {
  if (PRIVATE_MEMBERS.some((member) => Object.hasOwn(key, member))) {
    return { ok: false, expected: 'public keys only: this set holds a private or symmetric key, which should be replaced' }
  }
  if (key['use'] !== undefined && key['use'] !== 'sig') return { ok: false, expected: 'keys for signatures (use: sig)' }
  const possible = possibleAlgorithms(key)
  if (possible === undefined) return { ok: false, expected: `EC (P-256, P-384, P-521), RSA of at least ${MIN_RSA_BITS} bits, or Ed25519 public keys` }
  const alg = key['alg']
  if (alg === undefined) return { ok: true, value: possible }
  return typeof alg === 'string' && possible.includes(alg) ? { ok: true, value: [alg] } : { ok: false, expected: 'keys whose alg fits their kty' }
}

function possibleAlgorithms(key: JsonObject): readonly string[] | undefined {
  try {
    const details = createPublicKey({ key, format: 'jwk' })
    if (details.asymmetricKeyType === 'rsa') {
      return (details.asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS ? ['RS256', 'PS256', 'RS384', 'PS384', 'RS512', 'PS512'] : undefined
    }
    if (details.asymmetricKeyType === 'ed25519') return ['EdDSA', 'Ed25519']
    const curve = key['crv']
    const algorithm = details.asymmetricKeyType === 'ec' && typeof curve === 'string' ? CURVE_ALGORITHM[curve] : undefined
    return algorithm === undefined ? undefined : [algorithm]
  } catch {
    return undefined
  }
}
