// Our own tokens: minted with the active key, verified against the published ones (verify-own.ts).
import { CompactSign } from 'jose'
import { Fault, nowSeconds as secondsOf } from '@bailiwick/core'
import type { Clock } from '@bailiwick/core'
import type { KeyRing } from '../contract.ts'
import { MAX_TOKEN_BYTES } from '../jwt/read-jwt.ts'
import { KeySet } from './key-set.ts'
import type { SigningAlgorithm } from './signing-key.ts'
import { runtimeToWire, taskToWire } from './to-wire.ts'
import type { UnsignedTaskClaims } from './to-wire.ts'
import { SKEW_SECONDS, verifyOwn } from './verify-own.ts'

/** RFC 6749 section 3.3. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/
export const DEFAULT_MAX_LIFETIME_SECONDS = 7 * 86_400
const DEFAULT_PUBLISH_AHEAD_SECONDS = 600

export interface KeyRingOptions {
  readonly directory: string
  /** Our issuer identifier: `iss` of everything minted and accepted here. */
  readonly issuer: string
  /** Of new keys; keys already in the directory go on with theirs until rotated out. */
  readonly algorithm: SigningAlgorithm
  readonly clock: Clock
  readonly maxBytes?: number
  /** No token lives longer, and a retired key stays published this long: `limits.task_lifetime`, 7 days when absent. */
  readonly maxLifetimeSeconds?: number
  /** A new key is published this long before it signs, 600 when absent: at least the `max-age` the key set is served with. */
  readonly publishAheadSeconds?: number
  readonly cacheEntries?: number
}

/** Opens the directory, makes it and a first key where there is none. A TypeError names what an operator has to change. */
export async function openKeyRing(options: KeyRingOptions): Promise<KeyRing> {
  const { issuer, clock, maxBytes = MAX_TOKEN_BYTES, maxLifetimeSeconds = DEFAULT_MAX_LIFETIME_SECONDS } = options
  const keys = new KeySet({
    directory: options.directory,
    algorithm: options.algorithm,
    clock,
    keepSeconds: maxLifetimeSeconds + SKEW_SECONDS,
    publishAheadSeconds: options.publishAheadSeconds ?? DEFAULT_PUBLISH_AHEAD_SECONDS,
  })
  if (keys.refused.length > 0) throw new TypeError(`"keys.directory" holds ${keys.refused.length} key file(s) that are malformed or open to others`)
  if (keys.signing(secondsOf(clock)) === undefined) await keys.rotate(secondsOf(clock))
  const tokens = verifyOwn({
    issuer,
    maxBytes,
    maxLifetimeSeconds,
    cacheEntries: options.cacheEntries,
    // The directory is looked at again by itself, also for a kid nobody knows.
    keys: { fresh: () => undefined, verifying: (kid, nowSeconds) => keys.verifying(kid, nowSeconds), lookAgain: () => undefined },
  })

  const sign = async (typ: string, claims: UnsignedTaskClaims, payload: Record<string, unknown>): Promise<string> => {
    if (claims.iss !== issuer) throw new TypeError('"iss" must be our issuer')
    if (!(claims.exp > claims.iat) || claims.exp - claims.iat > maxLifetimeSeconds)
      throw new TypeError('"exp" must be after "iat" and within the longest lifetime')
    const key = keys.signing(secondsOf(clock))
    if (key === undefined) throw new Fault('keys', 'no_signing_key', 'no key of the directory may sign now')
    const header = { alg: key.algorithm, typ, kid: key.kid }
    return await new CompactSign(new TextEncoder().encode(JSON.stringify(payload))).setProtectedHeader(header).sign(key.privateKey)
  }

  return {
    mintRuntimeToken: (claims) => {
      if (claims.aud === issuer || claims.aud === '') return Promise.reject(new TypeError('"aud" must be a resource'))
      // A scope with a space in it would come back as two.
      if (!claims.scope.every((scope) => SCOPE_TOKEN.test(scope))) return Promise.reject(new TypeError('"scope" must hold scope tokens'))
      return sign('at+jwt', claims, runtimeToWire(claims))
    },
    mintTaskToken: (claims) => sign('task+jwt', claims, taskToWire(claims)),
    jwks: () => ({ keys: keys.published(secondsOf(clock)).map((key) => key.publicJwk) }),
    ...tokens,
    async rotate(nowSeconds) {
      return { kid: (await keys.rotate(nowSeconds)).kid }
    },
    health() {
      try {
        keys.refresh()
      } catch (thrown) {
        return Promise.resolve(thrown instanceof Fault ? thrown.code : 'key_directory_unreadable')
      }
      if (keys.signing(secondsOf(clock)) === undefined) return Promise.resolve('no_signing_key')
      return Promise.resolve(keys.refused.length > 0 ? 'key_file_refused' : undefined)
    },
    close: () => Promise.resolve(),
  }
}
