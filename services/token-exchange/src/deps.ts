// What the token service is built from; made once, in a composition root.
import type { Journal } from '@bailiwick/audit'
import type { BailiwickConfig } from '@bailiwick/config'
import type { Clock } from '@bailiwick/core'
import type { Decider } from '@bailiwick/policy'
import type { ProfileEnricher } from '@bailiwick/profiles'
import type { Logger, Metrics, Tracing } from '@bailiwick/runtime'
import type { JwtSvidVerifier } from '@bailiwick/spiffe'
import type { TaskStore } from '@bailiwick/task-state'
import type { ClientAuthenticator, IssuerVerifier, KeyRing } from '@bailiwick/tokens'

export interface TokenExchangeDeps {
  readonly config: BailiwickConfig
  readonly clock: Clock
  readonly store: TaskStore
  readonly keys: KeyRing
  readonly issuers: IssuerVerifier
  readonly clients: ClientAuthenticator
  /** Absent where no trust domain is configured: every JWT-SVID is then refused. */
  readonly svids?: JwtSvidVerifier
  readonly decider: Decider
  readonly profiles: ProfileEnricher
  readonly journal: Journal
  readonly log: Logger
  readonly metrics: Metrics
  readonly tracing: Tracing
}
