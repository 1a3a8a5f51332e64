// How long a runtime token may be used and when it is time for the next one. Pure.
import type { Clock } from '@bailiwick/core'
import type { Instant, IssuedToken } from './token-batch.ts'

export interface FreshToken {
  readonly token: string
  /** Neither clock may be past its end: the monotonic one stands still while a machine sleeps, the wall clock may be set back. */
  readonly usableUntil: Instant
  readonly refreshAtMonotonicMs: number
}

/** Part of its life after which a token is renewed; where in between is left to chance, so that agents started together do not come back together. */
export const REFRESH_FROM = 0.7
export const REFRESH_TO = 0.85

/** `expires_in` counts whole seconds, and the call it is shown with takes time too. */
const MARGIN_MS = 2_000
const MARGIN_SHARE = 0.1

/** `random` in [0, 1). Life is counted from before the request left, so network time shortens it and never stretches it. */
export function toFreshToken({ token, expiresInSeconds }: Pick<IssuedToken, 'token' | 'expiresInSeconds'>, sentAt: Instant, random: number): FreshToken {
  const lifeMs = expiresInSeconds * 1_000
  const usableMs = lifeMs - Math.min(MARGIN_MS, lifeMs * MARGIN_SHARE)
  const share = REFRESH_FROM + (REFRESH_TO - REFRESH_FROM) * Math.min(Math.max(random, 0), 1)
  return {
    token,
    usableUntil: { monotonicMs: sentAt.monotonicMs + usableMs, wallMs: sentAt.wallMs + usableMs },
    refreshAtMonotonicMs: sentAt.monotonicMs + lifeMs * share,
  }
}

export function isUsable({ usableUntil }: FreshToken, clock: Clock): boolean {
  return clock.monotonicMs() < usableUntil.monotonicMs && clock.nowMs() < usableUntil.wallMs
}

export function isDue({ refreshAtMonotonicMs }: FreshToken, clock: Clock): boolean {
  return clock.monotonicMs() >= refreshAtMonotonicMs
}

/** The task, or the token shown for it, ends before a renewal could give more: asking again would only repeat the answer. */
export function extendsLife(next: FreshToken, previous: FreshToken): boolean {
  return next.usableUntil.monotonicMs - previous.usableUntil.monotonicMs > MARGIN_MS
}
