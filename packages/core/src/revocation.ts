// Recorded acts that end authority. Terminal: no revocation is ever undone; lifting a hold only lets new work start.
import { TASK_ID_FORM } from './ids.ts'
import type { RevocationId } from './ids.ts'
import type { Revision } from './revision.ts'

/**
 * What a revocation ends. `task` ends one task with its tree; every other kind is a cut-off of what is older.
 * ids: `task` a task id; `agent` an actor's sub; `user` `<alias>:<id>`; `client` a client id; `operator` `operator:<name>`;
 * `workload` a SPIFFE ID or a prefix of whole path segments; `resource` a resource name; `key` a kid; `everything` `*`.
 */
export type RevocationKind = 'task' | 'agent' | 'user' | 'client' | 'operator' | 'workload' | 'resource' | 'key' | 'everything'

export const REVOCATION_KINDS = [
  'task',
  'agent',
  'user',
  'client',
  'operator',
  'workload',
  'resource',
  'key',
  'everything',
] as const satisfies readonly RevocationKind[]

/** What an id of each kind looks like, for people. */
export const REVOCATION_IDS: Readonly<Record<RevocationKind, string>> = {
  task: TASK_ID_FORM,
  agent: 'client:<client id>, a SPIFFE ID, or <alias>:<id> of a user, like client:refund-agent',
  user: '<alias>:<id>, the alias of the issuer and the user there, like corp:alice',
  client: 'a client id, like refund-agent',
  operator: 'operator:<name>, like operator:night-shift',
  workload: 'a SPIFFE ID or a prefix of whole segments, like spiffe://example.org/agent',
  resource: 'the name of a resource: lower case letters, digits and hyphens, like payments',
  key: 'the kid of a signing key, as `bailiwick keys list` shows it',
  everything: '* alone',
}

export interface RevocationScope {
  readonly kind: RevocationKind
  readonly id: string
}

export interface Revocation {
  readonly id: RevocationId
  readonly scope: RevocationScope
  readonly reason: string
  /** Refuse new work too, until lifted: in `holdScope`, else in the scope itself. */
  readonly hold: boolean
  /** What the hold is on where it is not the scope itself: a task takes no new work, but its agent would start the next one. */
  readonly holdScope?: RevocationScope
  readonly setBy: string
  /** Epoch milliseconds by the clock of the node that set it; for people. The store dates a cut-off of sign-ins by its own. */
  readonly setAtMs: number
  /** The revision the act was recorded at. */
  readonly revision: Revision
  readonly liftedBy?: string
  readonly liftedAtMs?: number
}

/** Whether new work in the scope is refused unless the caller says otherwise (docs/kill-switch.md). */
export const HOLDS_BY_DEFAULT: Readonly<Record<RevocationKind, boolean>> = {
  task: false,
  agent: true,
  user: false,
  client: true,
  operator: true,
  workload: true,
  resource: true,
  key: false,
  everything: true,
}

// The ledger lives outside the store's own file (in the node's audit.db), so that a store that was swapped for another,
// or restored from an older copy, is noticed when it is opened, and what it forgot is put back before the first decision.

/** The furthest a store was ever seen to be. */
export interface StoreMark {
  readonly storeId: string
  readonly revision: Revision
}

/** An act that ended authority, as the ledger keeps it. Replaying it is idempotent by `id`. */
export type RecordedAct =
  /** `cutAtMs`: when the store recorded it, by the store's clock; absent where only the intent is known. Sign-ins up to then are refused. */
  | { readonly act: 'revoke'; readonly revocation: Revocation; readonly cutAtMs?: number }
  /** `untilSeconds`: when the task would have ended by itself. After that nobody needs the act. */
  | { readonly act: 'complete'; readonly taskId: string; readonly by: string; readonly atMs: number; readonly untilSeconds: number }
  | { readonly act: 'revoke_token'; readonly jti: string; readonly untilSeconds: number }
  | { readonly act: 'lift'; readonly revocationId: string; readonly by: string; readonly atMs: number }

export interface StoreLedger {
  /** The furthest mark seen by any durable record of this node, or undefined on a new node. */
  mark(): Promise<StoreMark | undefined>
  /** Durable when it resolves. Called before the store's own write, so that a lost write can be put back. */
  record(mark: StoreMark, act: RecordedAct): Promise<void>
  /** Moves the mark without an act: a new store adopted, an epoch begun. Durable when it resolves. */
  advance(mark: StoreMark): Promise<void>
  /** Everything recorded, oldest first, short of what ended long ago by itself. */
  acts(): Promise<readonly RecordedAct[]>
}
