// The task: one unit of delegated authority, and the thing that can be revoked.
import type { ClientId, ResourceName, TaskId } from './ids.ts'
import type { Actor, Subject } from './identity.ts'
import type { JsonScalar } from './json-value.ts'
import type { Revision } from './revision.ts'

/** The facts a task is tied to, e.g. `{ticket_id: 'T-1042'}`. Set by whoever delegates, never by the agent itself. */
export type Binding = Readonly<Record<string, JsonScalar>>

/** Who set the binding. `inherited`: a child whose binding is its parent's, unchanged. */
export type BindingSource = 'subject' | 'launcher' | 'operator' | 'template' | 'inherited'

export interface TaskAgent {
  /** The `sub` under which the agent acts: `client:<client_id>`, or its SPIFFE ID. */
  readonly id: string
  readonly clientId: ClientId
  readonly name?: string
  readonly harness?: string
  readonly harnessVersion?: string
  readonly model?: string
  /** True where name, harness and model are only what the agent or its launcher said of itself. */
  readonly declared: boolean
}

/** Stored states. "expired" is derived from `expiresAt`. */
export type TaskState = 'active' | 'completed' | 'revoked'

export interface Task {
  readonly id: TaskId
  readonly parentId?: TaskId
  /** Ancestors, root first; at most {@link MAX_TASK_DEPTH}. */
  readonly path: readonly TaskId[]
  readonly state: TaskState
  /** Compare-and-set counter of this task's own record. */
  readonly version: number
  /** The store's revision at creation; cut-offs are compared with it, never clocks. */
  readonly createdRev: Revision
  readonly subject: Subject
  readonly agent: TaskAgent
  /** The actor chain tokens of this task carry; absent when the subject acts for itself. */
  readonly act?: Actor
  readonly binding: Binding
  readonly bindingSource: BindingSource
  readonly purpose?: string
  /** The ceiling: no token of this task is issued for another resource. Never empty. */
  readonly resources: readonly ResourceName[]
  /** Epoch seconds. */
  readonly createdAt: number
  /** `sub` of who created it: a subject, `client:<id>`, `operator:<name>`. */
  readonly createdBy: string
  /** The launcher or agent client that made the creating call, where one did: only it may name the task by id. */
  readonly createdByClient?: ClientId
  readonly expiresAt: number
  readonly endedAt?: number
  readonly endedBy?: string
  readonly endReason?: string
}

export const MAX_TASK_DEPTH = 8
