// Tokens of the configured issuers. Order: spelling, issuer by exact string, declared type, algorithm, key, signature, profile,
// times, subject. Nothing about a token chooses how it is judged except its `iss`, and that only among configured issuers.
import { deny, ok } from '@bailiwick/core'
import type { Clock, Refused, Result } from '@bailiwick/core'
import type { IssuerConfig } from '@bailiwick/config'
import type { ForeignIdentity } from '../claims.ts'
import type { IssuerVerifier } from '../contract.ts'
import { assertAlgorithms } from '../jwt/algorithms.ts'
import { checkTimes } from '../jwt/check-times.ts'
import { chooseKeys, verifiesWithAny } from '../jwt/choose-keys.ts'
import { readJwt } from '../jwt/read-jwt.ts'
import type { UnverifiedJwt } from '../jwt/read-jwt.ts'
import type { FetchLike } from './bounded-fetch.ts'
import { checkAccessToken, checkControlToken, checkIdToken } from './check-profile.ts'
import type { ProfileCheck } from './check-profile.ts'
import { mayFetch } from './fetch-keys.ts'
import { IssuerKeys } from './issuer-keys.ts'
import { toIdentity } from './to-identity.ts'

const DEFAULT_TIMEOUT_MS = 2_000
/** No sign-in is worth more than a day here, whatever its issuer wrote. */
const MAX_LIFETIME_SECONDS = 86_400
const ALIAS = /^[a-z][a-z0-9-]{0,31}$/
const RESERVED_ALIASES = new Set(['spiffe', 'client', 'operator', 'urn', 'http', 'https'])

/** Something an operator should know: an issuer that cannot be reached, or that serves keys it should not. */
export interface IssuerProblem {
  readonly issuerAlias: string
  readonly code: string
  readonly cause: unknown
}

export interface IssuerVerifierDeps {
  readonly issuers: readonly IssuerConfig[]
  readonly clock: Clock
  readonly fetch?: FetchLike
  /** Bound of one look at an issuer, discovery and keys together; 2,000 when absent. Keep it below the budget of an exchange. */
  readonly timeoutMs?: number
  readonly report?: (problem: IssuerProblem) => void
}

type Profile = (jwt: UnverifiedJwt, issuer: IssuerConfig) => ProfileCheck

const SUBJECT_PROFILES = { id_token: checkIdToken, access_token: checkAccessToken } as const satisfies Record<IssuerConfig['tokenTypes'][number], Profile>

interface Trusted {
  readonly issuer: IssuerConfig
  readonly keys: IssuerKeys
}

export function createIssuerVerifier(deps: IssuerVerifierDeps): IssuerVerifier {
  const trusted = new Map<string, Trusted>()
  const aliases = new Set<string>()
  for (const issuer of deps.issuers) {
    assertIssuer(issuer)
    if (trusted.has(issuer.issuer)) throw new TypeError(`issuer "${issuer.alias}": another entry has the same issuer`)
    if (aliases.has(issuer.alias)) throw new TypeError(`issuer "${issuer.alias}": another entry has the same alias`)
    aliases.add(issuer.alias)
    const keys = new IssuerKeys({
      issuer,
      clock: deps.clock,
      fetch: deps.fetch ?? ((url, init) => fetch(url, init)),
      timeoutMs: deps.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      report: (code, cause) => deps.report?.({ issuerAlias: issuer.alias, code, cause }),
    })
    trusted.set(issuer.issuer, { issuer, keys })
  }

  const verify = async (token: string, tokenType: 'id_token' | 'access_token', profile: Profile, nowSeconds: number): Promise<Result<ForeignIdentity>> => {
    const reading = readJwt(token)
    if (!reading.ok) return invalid(reading.problem)
    const { jwt } = reading
    const iss = jwt.payload['iss']
    const entry = typeof iss === 'string' ? trusted.get(iss) : undefined
    if (entry === undefined) return invalid('unknown_issuer')
    const { issuer, keys } = entry
    if (!issuer.algorithms.includes(jwt.alg)) return invalid('algorithm_refused')
    // Before any key is fetched: only a token that would otherwise do may cost a request to its issuer.
    const check = profile(jwt, issuer)
    if (!check.ok) return invalid(check.problem)
    const times = checkTimes(jwt.payload, { nowSeconds, skewSeconds: issuer.skewSeconds, maxLifetimeSeconds: MAX_LIFETIME_SECONDS })
    if (!times.ok && !times.expired) return invalid(times.problem)
    const signature = await verifyWithIssuer(jwt, keys)
    if (signature !== 'good') return invalid(signature)
    // Told only of tokens the issuer did sign.
    if (!times.ok) return deny({ reason: 'token_expired' })
    if (tokenType === 'id_token' && nowSeconds - times.iat > issuer.maxAgeSeconds) return deny({ reason: 'token_expired', detail: 'too_old' })
    const identity = toIdentity({ issuer, payload: jwt.payload, addressing: check.addressing, times: { iat: times.iat, exp: times.exp }, tokenType })
    return identity.ok ? ok(identity.identity) : invalid(identity.problem)
  }

  return {
    verifySubjectToken: (token, declaredType, nowSeconds) => verify(token, declaredType, SUBJECT_PROFILES[declaredType], nowSeconds),
    // `tokenTypes` is about subject tokens; who may use control is the audience's and the policy's question.
    verifyControlToken: (token, audiences, nowSeconds) => verify(token, 'access_token', (jwt, issuer) => checkControlToken(jwt, issuer, audiences), nowSeconds),
    close() {
      for (const { keys } of trusted.values()) keys.close()
      return Promise.resolve()
    },
  }
}

async function verifyWithIssuer(jwt: UnverifiedJwt, keys: IssuerKeys): Promise<'good' | 'unknown_key' | 'bad_signature'> {
  const before = await keys.current()
  const known = chooseKeys(jwt, before)
  if (await verifiesWithAny(jwt, known)) return 'good'
  // A named and known key that did not sign it settles the matter; without a kid the issuer may have rotated since.
  if (jwt.kid !== undefined && known.length > 0) return 'bad_signature'
  const after = await keys.afterUnknownKey()
  if (after === before) return known.length > 0 ? 'bad_signature' : 'unknown_key'
  const candidates = chooseKeys(jwt, after)
  if (candidates.length === 0) return 'unknown_key'
  return (await verifiesWithAny(jwt, candidates)) ? 'good' : 'bad_signature'
}

function assertIssuer(issuer: IssuerConfig): void {
  if (!ALIAS.test(issuer.alias) || RESERVED_ALIASES.has(issuer.alias))
    throw new TypeError('an issuer "alias" must match [a-z][a-z0-9-]{0,31} and not be reserved')
  if (!mayFetch(issuer.issuer, issuer.allowHttp)) throw new TypeError(`issuer "${issuer.alias}": "issuer" must be https, or loopback http in development`)
  if (issuer.audiences.length === 0) throw new TypeError(`issuer "${issuer.alias}": "audiences" must not be empty`)
  assertAlgorithms(issuer.algorithms, `issuers.${issuer.alias}.algorithms`)
}

function invalid(detail: string): Refused {
  return deny({ reason: 'subject_invalid', detail })
}
