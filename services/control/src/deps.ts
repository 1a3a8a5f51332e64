// What control is built from; made once, in a composition root.
import type { Clock } from '@bailiwick/core'
import type { BailiwickConfig } from '@bailiwick/config'
import type { Journal, ShippedRecords } from '@bailiwick/audit'
import type { Decider } from '@bailiwick/policy'
import type { ProfileEnricher } from '@bailiwick/profiles'
import type { Logger, Metrics } from '@bailiwick/runtime'
import type { RecoveryGate, TaskStore } from '@bailiwick/task-state'
import type { ClientAuthenticator, IssuerVerifier, KeyRing } from '@bailiwick/tokens'
import type { Caller } from './callers/caller.ts'
import type { OperatorRegistry } from './operators/operator-registry.ts'

export interface ControlDeps {
  readonly config: BailiwickConfig
  readonly clock: Clock
  readonly store: TaskStore
  /** Only where several nodes share the store. */
  readonly gate?: RecoveryGate
  readonly keys: KeyRing
  readonly issuers: IssuerVerifier
  readonly clients: ClientAuthenticator
  readonly decider: Decider
  readonly profiles: ProfileEnricher
  readonly journal: Journal
  /** Copies of the other nodes' journals, and what each node said last. */
  readonly shipped: ShippedRecords
  readonly operators: OperatorRegistry
  readonly log: Logger
  readonly metrics: Metrics
}

export interface ControlOptions {
  /** Names this node in revoke answers. */
  readonly nodeId: string
  /** Who may call through this mount: operators and people on their plane, clients and agents on theirs, all four on a shared development address. */
  readonly callers: ReadonlySet<Caller['kind']>
  /** Whether nodes report through this mount: on the operators' plane, or a shared development address. */
  readonly nodes: boolean
}
