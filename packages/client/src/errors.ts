// Everything this library throws. Four kinds, told apart by `kind` or by class; none ever holds a token, and none has a `cause`: errors of HTTP
// clients and credential sources carry requests, and requests carry tokens.
import type { DecisionId } from '@bailiwick/core'
import type { BailiwickDenial, BailiwickReason } from './denial.ts'
import { withoutTokens } from './without-tokens.ts'

export type BailiwickErrorKind = 'denied' | 'unavailable' | 'misconfigured' | 'protocol'

export abstract class BailiwickError extends Error {
  abstract readonly kind: BailiwickErrorKind
  /** Stable. A denial's reason, or a word of this library's own. */
  readonly reason: BailiwickReason
  /** Asking again later can help. */
  readonly retryable: boolean
  readonly decisionId: DecisionId | undefined

  constructor(reason: BailiwickReason, message: string, retryable: boolean, decisionId?: DecisionId) {
    super(withoutTokens(message))
    this.reason = reason
    this.retryable = retryable
    this.decisionId = decisionId
  }
}

/** Bailiwick said no. `resource` is set where it was one resource that was refused, not the agent. */
export class BailiwickDenied extends BailiwickError {
  override readonly name = 'BailiwickDenied'
  readonly kind = 'denied'
  readonly denial: BailiwickDenial
  readonly resource: string | undefined

  constructor(denial: BailiwickDenial, resource?: string) {
    super(denial.reason, `${denial.reason}: ${denial.message}`, denial.retryable, denial.decisionId)
    this.denial = denial
    this.resource = resource
  }
}

export type UnavailableReason =
  | 'network'
  | 'timeout'
  | 'credential_unavailable'
  | 'certificate_expired'
  | 'certificate_refused'
  | `http_${number}`
  | BailiwickReason

/** Nobody said yes or no: not reached, not in time, or the other side could not establish it. Of an act, whether it happened is not known. */
export class BailiwickUnavailable extends BailiwickError {
  override readonly name = 'BailiwickUnavailable'
  readonly kind = 'unavailable'
  /** Set where Bailiwick itself said what it could not establish. */
  readonly denial: BailiwickDenial | undefined
  /** What the answer asked us to wait. */
  readonly retryAfterMs: number | undefined

  constructor(
    reason: UnavailableReason,
    message: string,
    more: { readonly denial?: BailiwickDenial | undefined; readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(reason, message, true, more.denial?.decisionId)
    this.denial = more.denial
    this.retryAfterMs = more.retryAfterMs
  }
}

/** The program or its settings must change: found before anything was sent, or nothing that was sent could help. */
export class BailiwickMisconfigured extends BailiwickError {
  override readonly name = 'BailiwickMisconfigured'
  readonly kind = 'misconfigured'

  constructor(reason: string, message: string) {
    super(reason, message, false)
  }
}

/** The other side answered something that is not the contract: a redirect, no JSON, another task than the one asked for. */
export class BailiwickProtocolError extends BailiwickError {
  override readonly name = 'BailiwickProtocolError'
  readonly kind = 'protocol'

  constructor(reason: string, message: string) {
    super(reason, message, false)
  }
}

export type AnyBailiwickError = BailiwickDenied | BailiwickUnavailable | BailiwickMisconfigured | BailiwickProtocolError

export function isBailiwickError(thrown: unknown): thrown is AnyBailiwickError {
  return (
    thrown instanceof BailiwickDenied ||
    thrown instanceof BailiwickUnavailable ||
    thrown instanceof BailiwickMisconfigured ||
    thrown instanceof BailiwickProtocolError
  )
}
