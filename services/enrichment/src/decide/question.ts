// What the steps of the walk share: their dependencies, and what one step hands the next. Types only.
import type { Call, Clock, DecisionId, JsonObject, Question, Resource } from '@bailiwick/core'
import type { Journal } from '@bailiwick/audit'
import type { BailiwickConfig, GatewayConfig } from '@bailiwick/config'
import type { Decider, PolicyAnswer, PolicyQuestion } from '@bailiwick/policy'
import type { Enriched, ProfileEnricher } from '@bailiwick/profiles'
import type { Logger, Metrics, Tracing, WalkSpan } from '@bailiwick/runtime'
import type { Standing, TaskStore } from '@bailiwick/task-state'
import type { KeyRing, RuntimeClaims } from '@bailiwick/tokens'
import type { ToolRegistry } from '@bailiwick/tool-schemas'
import type { Concealed } from './conceal.ts'
import type { CallReader } from '../reading/call-reader.ts'
import type { DeadlineWatch } from './deadline-watch.ts'
import type { FaultLog } from './fault-log.ts'
import type { UnprovenAllowance } from './unproven-allowance.ts'
import type { Possessed } from './verify-possession.ts'

export interface WalkDeps {
  readonly config: Pick<BailiwickConfig, 'issuer' | 'gateways' | 'resources' | 'development' | 'audit'>
  readonly clock: Clock
  readonly store: Pick<TaskStore, 'readStanding' | 'revoke' | 'consumeOnce'>
  readonly keys: Pick<KeyRing, 'verifyRuntimeToken'>
  readonly reader: Pick<CallReader, 'read'>
  readonly tools: Pick<ToolRegistry, 'of'>
  readonly decider: Pick<Decider, 'decide' | 'plan'>
  readonly profiles: Pick<ProfileEnricher, 'enrich'>
  readonly journal: Pick<Journal, 'append' | 'countRefusal'>
  readonly log: Pick<Logger, 'error'>
  readonly faults: FaultLog
  readonly deadlines: DeadlineWatch
  readonly unproven: UnprovenAllowance
  readonly metrics: Pick<Metrics, 'decided'>
  readonly tracing: Pick<Tracing, 'begin'>
}

/**
 * What the walk has established so far: for the audit record and the answer, whichever step ends it. Written only by the walk,
 * never read by a step.
 */
export interface Facts {
  readonly id: DecisionId
  readonly kind: 'decision' | 'enrichment'
  readonly question: Question
  /** Microseconds per stage. */
  readonly timing: Record<string, number>
  /** Where this walk is traced. */
  readonly span?: WalkSpan
  /** For the dependencies asked: of our own span, else as the gateway sent it. */
  readonly traceparent?: string
  call: Call
  gateway?: GatewayConfig
  resource?: Resource
  claims?: RuntimeClaims
  possessed?: Possessed
  standing?: Standing
  enriched?: Enriched
  asked?: PolicyQuestion
  answer?: PolicyAnswer
  concealed?: Concealed
  /** Of a list of tools: those of the pinned ones that the policy shows. Absent where nothing is pinned. */
  allowedTools?: readonly string[]
  /** An act that came with the denial: the cut-off of a disabled account. */
  also?: JsonObject
}
