// The signature algorithms Bailiwick accepts, and which keys fit them. Asymmetric only: with one HMAC name in a list beside
// public keys, a public key becomes a shared secret (fast-jwt CVE-2026-34950, Keycloak CVE-2026-11800).

interface Shape {
  readonly kty: 'RSA' | 'EC' | 'OKP'
  readonly crv?: string
}

const SHAPES: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ['RS256', { kty: 'RSA' }],
  ['RS384', { kty: 'RSA' }],
  ['RS512', { kty: 'RSA' }],
  ['PS256', { kty: 'RSA' }],
  ['PS384', { kty: 'RSA' }],
  ['PS512', { kty: 'RSA' }],
  ['ES256', { kty: 'EC', crv: 'P-256' }],
  ['ES384', { kty: 'EC', crv: 'P-384' }],
  ['ES512', { kty: 'EC', crv: 'P-521' }],
  ['EdDSA', { kty: 'OKP', crv: 'Ed25519' }],
  ['Ed25519', { kty: 'OKP', crv: 'Ed25519' }],
])

export function fitsKey(algorithm: string, kty: unknown, crv: unknown): boolean {
  const shape = SHAPES.get(algorithm)
  return shape !== undefined && shape.kty === kty && (shape.crv === undefined || shape.crv === crv)
}

/** For the start: throws when a list is empty or names anything else than a known asymmetric algorithm. */
export function assertAlgorithms(algorithms: readonly string[], setting: string): void {
  if (algorithms.length === 0) throw new TypeError(`"${setting}" must name at least one algorithm`)
  for (const algorithm of algorithms) {
    if (!SHAPES.has(algorithm)) throw new TypeError(`"${setting}" may hold only ${[...SHAPES.keys()].join(', ')}`)
  }
}
