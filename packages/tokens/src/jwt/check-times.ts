// The times of a token, judged alike everywhere: integers, a bounded life, nothing from the future, nothing ended.
import type { JsonObject, JsonValue } from '@bailiwick/core'

export interface TimeRules {
  readonly nowSeconds: number
  /** Tolerated only for `iat` and `nbf`: an end is never stretched. */
  readonly skewSeconds: number
  /** Upper bound of `exp - iat`. */
  readonly maxLifetimeSeconds: number
}

export type Times =
  | { readonly ok: true; readonly iat: number; readonly exp: number }
  | { readonly ok: false; readonly expired: boolean; readonly problem: string }

/** `exp` and `iat` are required: a token without an end would be accepted for ever, one without a start has no age. */
export function checkTimes(payload: JsonObject, rules: TimeRules): Times {
  const { iat, exp, nbf } = { iat: payload['iat'], exp: payload['exp'], nbf: payload['nbf'] }
  if (!isEpochSeconds(iat) || !isEpochSeconds(exp)) return { ok: false, expired: false, problem: 'times_missing' }
  if (nbf !== undefined && !isEpochSeconds(nbf)) return { ok: false, expired: false, problem: 'nbf_malformed' }
  if (exp <= iat || exp - iat > rules.maxLifetimeSeconds) return { ok: false, expired: false, problem: 'lifetime_refused' }
  if (iat > rules.nowSeconds + rules.skewSeconds) return { ok: false, expired: false, problem: 'from_the_future' }
  if (nbf !== undefined && nbf > rules.nowSeconds + rules.skewSeconds) return { ok: false, expired: false, problem: 'not_yet_valid' }
  if (exp <= rules.nowSeconds) return { ok: false, expired: true, problem: 'expired' }
  return { ok: true, iat, exp }
}

/** Whole, finite, not negative seconds. */
export function isEpochSeconds(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
