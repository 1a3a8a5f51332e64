// What the services tell about themselves in numbers. One interface, passed in; nothing here is global, and nothing instruments by itself.
// No label ever names a task, an agent, a user, a token or a path: labels are small closed sets, or names from the configuration.
import type { Decision, DenialReason, RevocationKind } from '@bailiwick/core'

export type Plane = 'agents' | 'gateways' | 'operators'

export interface Decided {
  readonly plane: Plane
  readonly effect: Decision['effect']
  /** Also of a shadow allow: what enforcing would have said. */
  readonly reason: DenialReason | undefined
  readonly ms: number
}

/** `partial`: some resources of a batch. `unavailable`: nobody was refused, something of ours failed. */
export type ExchangeOutcome = 'issued' | 'partial' | 'refused' | 'unavailable'

/** `unconfirmed`: written, may yet be lost, tried again. `unknown`: the store did not say, tried again. */
export type RevocationStatus = 'confirmed' | 'unconfirmed' | 'unknown'

export interface ProfileRead {
  /** A source's configured name. */
  readonly source: string
  readonly outcome: 'fresh' | 'cached' | 'stale' | 'absent' | 'failed'
  readonly ms: number
}

/** What one report to control came to: `gap` and `diverged` are control's words for records that do not follow its copy. */
export interface Reported {
  /** Host and port of the configured URL. */
  readonly control: string
  readonly outcome: 'taken' | 'gap' | 'diverged' | 'not_sent'
  /** Records in it. */
  readonly sent: number
}

export interface ToolsCompared {
  /** A resource's configured name. */
  readonly resource: string
  readonly outcome: 'same' | 'changed' | 'unread'
  /** Tools that are not listed as they were pinned, added and removed ones among them. */
  readonly changed: number
}

/** One round of the revocation canary of this node; see docs/observability.md for what it measures. */
export interface Canaried {
  readonly outcome: 'denied' | 'allowed_after' | 'unconfirmed' | 'not_run'
  /** From the confirmation to the end of the first check that denied. */
  readonly ms?: number
}

/** Never throws, and never takes more than a few hundred nanoseconds: it is called on every hop. */
export interface Metrics {
  decided(decision: Decided): void
  exchanged(outcome: ExchangeOutcome): void
  enriched(read: ProfileRead): void
  /** `token`: one token by its id, at the token service. */
  revoked(kind: RevocationKind | 'token', status: RevocationStatus): void
  /** A fault of the task store by its stable code; each one made somebody's call a deny, or an act unconfirmed. */
  storeFailed(code: string): void
  /** A record the journal did not take; what it was for was not allowed. */
  auditRefused(code: string): void
  canaried(round: Canaried): void
  /** This node will report there: what came of it is 0 until something does. */
  reporting(control: Reported['control']): void
  reported(report: Reported): void
  /** The policy could not be applied to what it was asked about: a schema refused attributes of ours, or the engine an answer that can be read. */
  policyMismatched(): void
  /** A server was asked whether it still lists the tools that were pinned. */
  toolsCompared(compared: ToolsCompared): void
}

/** Counts nothing: for tests of services that are not about numbers. */
export const noMetrics: Metrics = {
  decided: () => {},
  exchanged: () => {},
  enriched: () => {},
  revoked: () => {},
  storeFailed: () => {},
  auditRefused: () => {},
  canaried: () => {},
  reporting: () => {},
  reported: () => {},
  policyMismatched: () => {},
  toolsCompared: () => {},
}
