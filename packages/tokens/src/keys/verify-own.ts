// Verifies tokens of ours against whatever keys are published. Order of a verification: size and spelling, `typ`, kid, algorithm, signature (cached), shape,
// `iss`, times. Never looks at the task, the resource or revocations.
import { hash } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { deny, ok } from '@bailiwick/core'
import type { JsonObject, Result } from '@bailiwick/core'
import type { RuntimeClaims, TaskClaims } from '../claims.ts'
import { readJwt } from '../jwt/read-jwt.ts'
import { verifySignature } from '../jwt/verify-signature.ts'
import { LruMap } from '../lru-map.ts'
import { runtimeFromWire, taskFromWire } from './from-wire.ts'

/** Between our own nodes, for `iat` only. */
export const SKEW_SECONDS = 5
const DEFAULT_CACHE_ENTRIES = 4_096

export interface PublishedKey {
  readonly kid: string
  readonly algorithm: string
  readonly publicKey: KeyObject
}

export interface PublishedKeys {
  /** Undefined where what is known is fresh enough; else resolves when it is, or rejects with a Fault `keys`. */
  fresh(): Promise<void> | undefined
  /** The key whose tokens are accepted now. Fault `keys` when that cannot be said. */
  verifying(kid: string, nowSeconds: number): PublishedKey | undefined
  /** Undefined where there is nowhere else to look; else resolves when somebody looked whether there is a newer key. */
  lookAgain(): Promise<void> | undefined
}

export interface VerifyOwnOptions {
  readonly keys: PublishedKeys
  readonly issuer: string
  readonly maxBytes: number
  /** No token lives longer. */
  readonly maxLifetimeSeconds: number
  readonly cacheEntries?: number | undefined
}

export interface OwnTokens {
  verifyRuntimeToken(token: string, nowSeconds: number): Promise<Result<RuntimeClaims>>
  verifyTaskToken(token: string, nowSeconds: number): Promise<Result<TaskClaims>>
}

interface Verified {
  readonly claims: RuntimeClaims | TaskClaims
  readonly key: PublishedKey
}

export function verifyOwn({ keys, issuer, maxBytes, maxLifetimeSeconds, cacheEntries = DEFAULT_CACHE_ENTRIES }: VerifyOwnOptions): OwnTokens {
  const cache = new LruMap<string, Verified>(cacheEntries)

  const keyOf = async (kid: string, nowSeconds: number): Promise<PublishedKey | undefined> => {
    const known = keys.verifying(kid, nowSeconds)
    if (known !== undefined) return known
    const looking = keys.lookAgain()
    if (looking === undefined) return undefined
    await looking
    return keys.verifying(kid, nowSeconds)
  }

  /** Everything that stays true of the bytes; the caller judges times and that the kid is still ours. */
  const establish = async (token: string, typ: 'at+jwt' | 'task+jwt', nowSeconds: number): Promise<Result<Verified>> => {
    const reading = readJwt(token, maxBytes)
    if (!reading.ok) return deny({ reason: 'token_invalid', detail: reading.problem })
    const { jwt } = reading
    if (jwt.typ !== typ) return deny({ reason: 'token_invalid', detail: 'typ_refused' })
    const key = jwt.kid === undefined ? undefined : await keyOf(jwt.kid, nowSeconds)
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
    const refreshing = keys.fresh()
    if (refreshing !== undefined) await refreshing
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
