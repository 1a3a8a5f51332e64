// Our own tokens: minted with the active key, verified against the published ones. Order of a verification: size and spelling,
// `typ`, kid, algorithm, signature (cached), shape, `iss`, times. Never looks at the task, the resource or revocations.
import { hash } from 'node:crypto'
import { CompactSign } from 'jose'
import { Fault, deny, nowSeconds as secondsOf, ok } from '@bailiwick/core'
import type { Clock, JsonObject, Result } from '@bailiwick/core'
import type { RuntimeClaims, TaskClaims } from '../claims.ts'
import type { KeyRing } from '../contract.ts'
import { MAX_TOKEN_BYTES, readJwt } from '../jwt/read-jwt.ts'
import { verifySignature } from '../jwt/verify-signature.ts'
import { LruMap } from '../lru-map.ts'
import { runtimeFromWire, taskFromWire } from './from-wire.ts'
import { KeySet } from './key-set.ts'
import type { SigningAlgorithm, SigningKey } from './signing-key.ts'
import { runtimeToWire, taskToWire } from './to-wire.ts'
import type { UnsignedTaskClaims } from './to-wire.ts'

/** Between our own nodes, for `iat` only. */
export const SKEW_SECONDS = 5
/** RFC 6749 section 3.3. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/
export const DEFAULT_MAX_LIFETIME_SECONDS = 7 * 86_400
const DEFAULT_PUBLISH_AHEAD_SECONDS = 600
const DEFAULT_CACHE_ENTRIES = 4_096

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

interface Verified {
  readonly claims: RuntimeClaims | TaskClaims
  readonly key: SigningKey
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
  const cache = new LruMap<string, Verified>(options.cacheEntries ?? DEFAULT_CACHE_ENTRIES)

  const sign = async (typ: string, claims: UnsignedTaskClaims, payload: Record<string, unknown>): Promise<string> => {
    if (claims.iss !== issuer) throw new TypeError('"iss" must be our issuer')
    if (!(claims.exp > claims.iat) || claims.exp - claims.iat > maxLifetimeSeconds)
      throw new TypeError('"exp" must be after "iat" and within the longest lifetime')
    const key = keys.signing(secondsOf(clock))
    if (key === undefined) throw new Fault('keys', 'no_signing_key', 'no key of the directory may sign now')
    const header = { alg: key.algorithm, typ, kid: key.kid }
    return await new CompactSign(new TextEncoder().encode(JSON.stringify(payload))).setProtectedHeader(header).sign(key.privateKey)
  }

  /** Everything that stays true of the bytes; the caller judges times and that the kid is still ours. */
  const establish = async (token: string, typ: 'at+jwt' | 'task+jwt', nowSeconds: number): Promise<Result<Verified>> => {
    const reading = readJwt(token, maxBytes)
    if (!reading.ok) return deny({ reason: 'token_invalid', detail: reading.problem })
    const { jwt } = reading
    if (jwt.typ !== typ) return deny({ reason: 'token_invalid', detail: 'typ_refused' })
    const key = jwt.kid === undefined ? undefined : keys.verifying(jwt.kid, nowSeconds)
    if (key === undefined) return deny({ reason: 'token_invalid', detail: 'unknown_key' })
    if (jwt.alg !== key.algorithm) return deny({ reason: 'token_invalid', detail: 'algorithm_refused' })
    if (!(await verifySignature(token, key.publicKey, key.algorithm))) return deny({ reason: 'token_invalid', detail: 'bad_signature' })
    const claims = fromWire(typ, jwt.payload, key.kid)
    if (claims === undefined) return deny({ reason: 'token_invalid', detail: 'claims_malformed' })
    if (claims.iss !== issuer) return deny({ reason: 'token_invalid', detail: 'foreign_issuer' })
    if (claims.exp <= claims.iat || claims.exp - claims.iat > maxLifetimeSeconds) return deny({ reason: 'token_invalid', detail: 'lifetime_refused' })
    return ok({ claims: deepFreeze(claims), key })
  }

  const verify = async (token: string, typ: 'at+jwt' | 'task+jwt', nowSeconds: number): Promise<Result<RuntimeClaims | TaskClaims>> => {
    if (typeof token !== 'string' || token.length > maxBytes) return deny({ reason: 'token_invalid', detail: 'too_large' })
    const entry = hash('sha256', token, 'base64url')
    let verified = cache.get(entry)
    if (verified === undefined) {
      const established = await establish(token, typ, nowSeconds)
      if (!established.ok) return established
      verified = established.value
      cache.set(entry, verified)
    }
    const { claims, key } = verified
    // After every wait: the key may have been removed while the signature was checked, or long after it was cached.
    const known = keys.verifying(key.kid, nowSeconds)
    if (known === undefined) {
      cache.delete(entry)
      return deny({ reason: 'token_invalid', detail: 'unknown_key' })
    }
    if (claims.iat > nowSeconds + SKEW_SECONDS) return deny({ reason: 'token_invalid', detail: 'from_the_future' })
    if (claims.exp <= nowSeconds) return deny({ reason: 'token_expired' })
    return ok(claims)
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
    // A cached token of the other kind passes `verify`; only its own method hands it out.
    async verifyRuntimeToken(token, nowSeconds) {
      const result = await verify(token, 'at+jwt', nowSeconds)
      if (!result.ok) return result
      return result.value.typ === 'at+jwt' ? ok(result.value) : deny({ reason: 'token_invalid', detail: 'typ_refused' })
    },
    async verifyTaskToken(token, nowSeconds) {
      const result = await verify(token, 'task+jwt', nowSeconds)
      if (!result.ok) return result
      return result.value.typ === 'task+jwt' ? ok(result.value) : deny({ reason: 'token_invalid', detail: 'typ_refused' })
    },
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

function fromWire(typ: 'at+jwt' | 'task+jwt', payload: JsonObject, kid: string): RuntimeClaims | TaskClaims | undefined {
  return typ === 'at+jwt' ? runtimeFromWire(payload, kid) : taskFromWire(payload, kid)
}

/** The same object is handed out on every hit: whoever changed it would change it for everybody. */
function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const member of Object.values(value)) deepFreeze(member)
  }
  return value
}
