// What is known of one exchange so far, for its audit record and its trace: opened first, written on every exit. No step reads it.
import type { BailiwickConfig } from '@bailiwick/config'
import type { DecisionId, JsonObject } from '@bailiwick/core'
import type { PolicyAnswer } from '@bailiwick/policy'
import type { Enriched } from '@bailiwick/profiles'
import type { WalkSpan } from '@bailiwick/runtime'
import type { Caller, ExchangeDoor, ExchangeRequest, Item, Signed, TaskInHand, VerifiedSubject } from './model.ts'

export interface Trail {
  readonly decisionId: DecisionId
  readonly door: ExchangeDoor
  /** Microseconds per stage. */
  readonly timing: Record<string, number>
  /** Where this exchange is traced. */
  readonly span: WalkSpan | undefined
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
