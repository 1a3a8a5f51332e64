// JWT-SVIDs of one trust domain (spiffe/spiffe standards/JWT-SVID.md). Order: spelling and header, `sub` in our domain, keys of
// that domain, signature, audience, times. No single use: agents cache SVIDs, and most have no `jti`; their age is bounded.
import { compactVerify, errors } from 'jose'
import { deny, ok } from '@bailiwick/core'
import type { Clock, JsonValue, Refused, Result } from '@bailiwick/core'
import type { BundleSource } from './bundle-file.ts'
import type { SvidKey } from './parse-bundle.ts'
import { readSvid } from './read-svid.ts'
import type { UnverifiedSvid } from './read-svid.ts'
import { isTrustDomain, parseSpiffeId } from './spiffe-id.ts'

const SKEW_SECONDS = 10
/** SPIRE's default is 5 minutes; a longer one is a key for whoever reads a log. */
const DEFAULT_MAX_LIFETIME_SECONDS = 3_600
/** A signature is tried against at most this many keys when the SVID names none. */
const MAX_TRIES = 8
const MAX_AUDIENCES = 32

export interface VerifiedSvid {
  readonly spiffeId: string
  readonly exp: number
  readonly iat?: number
  /** Everyone it was made for, us among them: a caller that wants us alone looks. */
  readonly audiences: readonly string[]
}

export interface JwtSvidVerifier {
  /**
   * `audiences`: any one of them must be in `aud`. Denials `token_invalid`, `token_expired`; Fault `keys` when the bundle cannot
   * be read. Does NOT check which workload it is, nor whether the SVID was seen before.
   */
  verify(token: string, audiences: readonly string[], nowSeconds: number): Promise<Result<VerifiedSvid>>
}

export interface JwtSvidVerifierDeps {
  readonly trustDomain: string
  readonly bundle: BundleSource
  readonly clock: Clock
  /** Upper bound of `exp` from now, and from `iat` where there is one; 3,600 when absent. */
  readonly maxLifetimeSeconds?: number
}

export function createJwtSvidVerifier(deps: JwtSvidVerifierDeps): JwtSvidVerifier {
  const { trustDomain, bundle, maxLifetimeSeconds = DEFAULT_MAX_LIFETIME_SECONDS } = deps
  if (!isTrustDomain(trustDomain)) throw new TypeError('"trustDomain" must be the bare name of a SPIFFE trust domain')
  return {
    async verify(token, audiences, nowSeconds) {
      const reading = readSvid(token)
      if (!reading.ok) return invalid(reading.problem)
      const { svid } = reading
      const id = parseSpiffeId(svid.claims['sub'])
      if (!id.ok || id.value.segments.length === 0) return invalid('subject_malformed')
      // Only keys of the subject's own domain count, and we hold no other domain's.
      if (id.value.trustDomain !== trustDomain) return invalid('foreign_trust_domain')
      if (!(await verifies(svid, candidates(svid, bundle.current().keys)))) return invalid('bad_signature')
      const made = readAudiences(svid.claims['aud'])
      if (made === undefined || !made.some((audience) => audiences.includes(audience))) return invalid('audience_refused')
      const times = checkTimes(svid, nowSeconds, maxLifetimeSeconds)
      if (typeof times === 'string') return times === 'expired' ? deny({ reason: 'token_expired' }) : invalid(times)
      return ok({ spiffeId: id.value.text, audiences: made, ...times })
    },
  }
}

function candidates(svid: UnverifiedSvid, keys: readonly SvidKey[]): readonly SvidKey[] {
  const fitting = keys.filter((key) => key.algorithms.includes(svid.alg))
  return svid.kid === undefined ? fitting.slice(0, MAX_TRIES) : fitting.filter((key) => key.kid === svid.kid)
}

async function verifies(svid: UnverifiedSvid, keys: readonly SvidKey[]): Promise<boolean> {
  for (const { key } of keys) {
    try {
      await compactVerify(svid.token, key, { algorithms: [svid.alg] })
      return true
    } catch (thrown) {
      if (!(thrown instanceof errors.JOSEError)) throw thrown
    }
  }
  return false
}

function readAudiences(aud: JsonValue | undefined): readonly string[] | undefined {
  const entries = typeof aud === 'string' ? [aud] : aud
  if (!Array.isArray(entries) || entries.length === 0 || entries.length > MAX_AUDIENCES) return undefined
  const audiences: string[] = []
  for (const entry of entries as readonly JsonValue[]) {
    if (typeof entry !== 'string' || entry === '') return undefined
    audiences.push(entry)
  }
  return audiences
}

function checkTimes(svid: UnverifiedSvid, nowSeconds: number, maxLifetimeSeconds: number): { readonly exp: number; readonly iat?: number } | string {
  const { exp, iat, nbf } = { exp: svid.claims['exp'], iat: svid.claims['iat'], nbf: svid.claims['nbf'] }
  // The SPIRE agent took SVIDs without an end until 1.12.3.
  if (!isSeconds(exp) || (iat !== undefined && !isSeconds(iat)) || (nbf !== undefined && !isSeconds(nbf))) return 'times_missing'
  if (exp <= nowSeconds) return 'expired'
  if (exp - nowSeconds > maxLifetimeSeconds + SKEW_SECONDS) return 'lifetime_refused'
  if (iat !== undefined && (iat > nowSeconds + SKEW_SECONDS || exp - iat > maxLifetimeSeconds)) return 'lifetime_refused'
  if (nbf !== undefined && nbf > nowSeconds + SKEW_SECONDS) return 'not_yet_valid'
  return { exp, ...(iat !== undefined && { iat }) }
}

function isSeconds(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function invalid(detail: string): Refused {
  return deny({ reason: 'token_invalid', detail })
}
