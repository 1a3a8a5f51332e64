// What is known of one exchange so far, for its audit record only: opened first, written on every exit. No step reads it.
import type { BailiwickConfig } from '@bailiwick/config'
import type { DecisionId, JsonObject } from '@bailiwick/core'
import type { PolicyAnswer } from '@bailiwick/policy'
import type { Enriched } from '@bailiwick/profiles'
import type { Caller, ExchangeDoor, ExchangeRequest, Item, Signed, TaskInHand, VerifiedSubject } from './model.ts'

export interface Trail {
  readonly decisionId: DecisionId
  readonly door: ExchangeDoor
  request?: ExchangeRequest
  caller?: Caller
  subject?: VerifiedSubject
  hand?: TaskInHand
  enriched?: Enriched
  answers?: readonly PolicyAnswer[]
  items?: readonly Item<Signed>[]
  /** What the walk did besides: a cut-off of a disabled account. */
  also?: JsonObject | undefined
}

/** Which profile attributes a record may keep. */
export type TrailConfig = Pick<BailiwickConfig, 'audit' | 'issuer'>
