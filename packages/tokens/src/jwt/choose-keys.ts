// Which keys of a set may have signed a token: by kid where the token names one, else every key of its algorithm.
import type { UnverifiedJwt } from './read-jwt.ts'
import type { VerificationKey } from './jwk-lint.ts'
import { verifySignature } from './verify-signature.ts'

/** Without a kid each fitting key costs one verification: a bound on what a token can make us work. */
const MAX_TRIES = 8

export function chooseKeys(jwt: UnverifiedJwt, keys: readonly VerificationKey[]): readonly VerificationKey[] {
  const fitting = keys.filter((key) => key.algorithm === jwt.alg)
  return jwt.kid === undefined ? fitting.slice(0, MAX_TRIES) : fitting.filter((key) => key.kid === jwt.kid)
}

export async function verifiesWithAny(jwt: UnverifiedJwt, keys: readonly VerificationKey[]): Promise<boolean> {
  for (const { key, algorithm } of keys) {
    if (await verifySignature(jwt.token, key, algorithm)) return true
  }
  return false
}
