// The contract of the task store: what every implementation promises, and what a miss, an error and a race mean.
// One contract suite (test/contract.ts) runs on each implementation; none is more lenient than another.
//
// Common to all verbs:
// - A `Denial` is an answer. A thrown `Fault('state', code)` means unknown: nothing was established, and the caller denies.
//   A write that threw may or may not have happened; repeating it with the same id is safe.
// - Nothing is answered from a cache. Each call reads the store's present state.
// - Time is passed in. The store compares revisions, not clocks; `nowSeconds` only decides expiry. What a user's cut-off says of sign-ins alone is a
//   comparison of times, and the store dates it by a clock of its own that never goes back.
import type {
  Actor,
  Binding,
  BindingSource,
  ClientId,
  ResourceName,
  Result,
  Revision,
  Revocation,
  RevocationId,
  RevocationScope,
  Subject,
  Task,
  TaskAgent,
  TaskId,
} from '@bailiwick/core'

/** Everything the creating write stores; `createdRev`, `path` and `state` are the store's. */
export interface NewTask {
  readonly id: TaskId
  readonly parentId?: TaskId
  readonly subject: Subject
  readonly agent: TaskAgent
  readonly act?: Actor
  readonly binding: Binding
  readonly bindingSource: BindingSource
  readonly purpose?: string
  readonly resources: readonly ResourceName[]
  readonly createdAt: number
  readonly createdBy: string
  readonly createdByClient?: ClientId
  readonly expiresAt: number
  /** When the subject signed in, where its IdP says so, less the issuer's skew. A user cut-off set later refuses the sign-in. Epoch seconds. */
  readonly authenticatedAt?: number
}

/** New work without a task yet, or for a foreign subject token: who is involved. Checked for cut-offs of sign-ins and for holds. */
export interface NewWork {
  readonly subject: Subject
  /** `sub`s of every actor. */
  readonly actors: readonly string[]
  readonly clients: readonly ClientId[]
  readonly createdBy?: string
  readonly resources: readonly ResourceName[]
  readonly authenticatedAt?: number
}

/** What one read of task state is about. Who the task belongs to comes from the stored task, never from the caller. */
export interface StandingQuery {
  readonly taskId: TaskId
  /** The token's `kep`. A store whose revision is below it has lost acts: fault `revision_behind`. */
  readonly kep?: Revision
  /** The resource asked for; a cut-off of it ends older tasks there. */
  readonly resource?: ResourceName
  /** The key that signed the token. */
  readonly kid?: string
  /** The token's own id, for single-token revocation. */
  readonly jti?: string
  /** True on the exchange and on creation of children: holds deny too, not only cut-offs. */
  readonly newWork: boolean
  readonly nowSeconds: number
}

/** A live task and the store's revision it was read at. Proof of life: exists only when every check passed. */
export interface Standing {
  readonly task: Task
  readonly revision: Revision
}

export interface RevokeInput {
  readonly id: RevocationId
  readonly scope: RevocationScope
  readonly reason: string
  readonly hold: boolean
  /** Only with `hold`; required for a task, which cannot be held itself. */
  readonly holdScope?: RevocationScope
  readonly setBy: string
  /** The caller's clock: which tasks still live, and what people are told. Cut-offs are not dated by it. */
  readonly atMs: number
}

export type Durability = 'local' | 'replicated' | 'async'

/**
 * `confirmed`: durable, and every check that starts from now denies. `unconfirmed`: written, but a failover (or, embedded, a replaced file) could
 * lose it: repeat the call with the same id until it is confirmed.
 */
export interface Acknowledgement {
  readonly status: 'confirmed' | 'unconfirmed'
  readonly revision: Revision
  readonly durability: Durability
  readonly replicas: { readonly needed: number; readonly acked: number }
  /** Live tasks the act ended, counted in the same write. */
  readonly endedTasks: number
}

export interface TaskFilter {
  readonly state?: 'active' | 'ended'
  readonly sub?: string
  readonly agentId?: string
  readonly parentId?: TaskId
  readonly limit: number
  /** The `next` of the page before; a `TypeError` for anything else. */
  readonly after?: string
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly next?: string
}

export interface TaskStore {
  /**
   * Writes a task unless something forbids it; parent, cut-offs and holds are re-checked inside the write.
   * Denials: `task_unknown task_revoked task_completed task_expired cut_off` (of the parent, or a sign-in older than a user cut-off), `held`,
   * `target_refused` (no resources, an end that has come; resources not a subset of the parent's, depth over 8, lifetime beyond the parent's, another
   * subject, a parent's binding fact missing or changed, a fact more unless `bindingSource` is subject, launcher or operator). Who may say so is the caller's.
   * An id that exists already is a fault `task_exists`: ids are never reused, not even after expiry.
   */
  createTask(input: NewTask, nowSeconds: number): Promise<Result<Standing>>

  /**
   * The read on every decision and exchange: the task, each ancestor, every cut-off that applies, in one consistent view of the primary.
   * Denials, strictest first: `task_unknown` (also a missing ancestor), `task_revoked` (also by a revoked ancestor, a revoked token id), `task_completed`,
   * `task_expired`, `cut_off`, `held` (new work only). Faults: `revision_behind`, `store_moved`, `store_timeout`, `store_corrupt`...
   */
  readStanding(query: StandingQuery): Promise<Result<Standing>>

  /**
   * Cut-offs of sign-ins and holds for work that has no task yet. Denials: `cut_off` (a user's sign-in not later than the user's cut-off), `held` (also a
   * user's sign-in without `authenticatedAt` while a cut-off of that user is not lifted). The same holds for `createTask` without a parent.
   */
  checkNewWork(work: NewWork, nowSeconds: number): Promise<Result<Revision>>

  /**
   * Ends a task as done, with its children. Completed may become revoked, never active. Repeating is confirmed again.
   * Denials: `task_unknown`, `task_revoked`, `task_expired`.
   */
  completeTask(id: TaskId, by: string, atMs: number): Promise<Result<Acknowledgement>>

  /**
   * Records a revocation: confirmed when it cannot be lost. Idempotent by `id`: a repeat gets the first answer; the id of another act is the fault
   * `revocation_conflict`. An unknown task id is `task_unknown`. `key` ends every token signed with it, of newer tasks too, and counts 0 tasks.
   */
  revoke(input: RevokeInput): Promise<Result<Acknowledgement>>

  /** What `revoke` would end, without doing it. */
  countAffected(scope: RevocationScope, nowSeconds: number): Promise<Result<number>>

  /**
   * Lets new work start again in the scope; revives nothing. `resource_unknown` when there is no such revocation with a hold; a user's cut-off can be
   * lifted without one, because it holds sign-ins that carry no time. Idempotent.
   */
  liftHold(id: RevocationId, by: string, atMs: number): Promise<Result<Acknowledgement>>

  /** Ends one token by its `jti`, confirmed like a revocation. */
  revokeToken(jti: string, untilSeconds: number, nowSeconds: number): Promise<Acknowledgement>

  /**
   * True exactly once per key, over all nodes, instances and restarts, until `untilSeconds` has passed; false after. Confirmed before it answers.
   * A fault means "maybe used": the caller denies and the key stays spent. A store that lost its memory counts every key as spent that could have been
   * used before; `issuedAtSeconds`, from a verified signature, lets it accept what was made after the loss.
   */
  consumeOnce(key: string, untilSeconds: number, nowSeconds: number, issuedAtSeconds?: number): Promise<boolean>

  /** For people and the control plane; not proof of life. `state` is as it stands: ended from above or by a cut-off reads ended. Lists are newest first. */
  findTask(id: TaskId): Promise<Task | undefined>
  listTasks(filter: TaskFilter, nowSeconds: number): Promise<Page<Task>>
  findRevocation(id: RevocationId): Promise<Revocation | undefined>
  listRevocations(page: { readonly limit: number; readonly after?: string }): Promise<Page<Revocation>>

  /** The store's identity and present revision; throws while the store is not usable. For readiness. */
  health(): Promise<{ readonly storeId: string; readonly revision: Revision }>

  close(): Promise<void>
}

/**
 * Of a store that several nodes share: after a failover nobody answers until every node that records acts has put back its own. Opening it earlier is an
 * operator's act.
 */
export interface RecoveryGate {
  /** Nodes that have not put back what they recorded in this epoch, as this node saw it last. Empty: nobody waits. */
  missing(): readonly string[]
  /** Ids of the other nodes that use the store now. Throws a Fault where that cannot be known. */
  neighbours(): Promise<readonly string[]>
  /**
   * Answers in this epoch although nodes are missing: what they alone recorded, and was never confirmed, may come back to life. Not checked: who asks;
   * the caller records it. Throws a Fault while there is no primary. Repeating is safe.
   */
  overrideGate(by: string, atMs: number): Promise<{ readonly storeId: string; readonly epoch: number }>
}
