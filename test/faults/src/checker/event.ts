// What a history is made of. Every time is taken in the tester, before it sends and after it received, on one CLOCK_MONOTONIC (nanoseconds), so that
// "after" in a rule never rests on two clocks. Types only.

/** `info`: nobody knows. A timeout, a broken connection and `unconfirmed` are that, never `fail`. */
export type ActResult = 'ok' | 'fail' | 'info'

interface Timed {
  readonly invokeNs: number
  /** When it was answered, or given up. */
  readonly endNs: number
}

export interface CreateEvent extends Timed {
  readonly op: 'create'
  readonly result: ActResult
  readonly task: TaskFacts
  /** When the person signed in it was begun with; absent where nobody did. */
  readonly signedInNs?: number
  readonly fault?: string
}

/** What the tester itself knows of a task: who is in it. The rules judge with this, never with what the product says covers what. */
export interface TaskFacts {
  readonly id: string
  readonly parent?: string
  readonly user: string
  readonly agent: string
  readonly client: string
  readonly createdBy: string
  readonly expiresNs: number
}

export type ScopeKind = 'task' | 'token' | 'user' | 'agent' | 'client' | 'operator' | 'resource' | 'everything'

export interface Scope {
  readonly kind: ScopeKind
  readonly id: string
}

export interface RevokeEvent extends Timed {
  readonly op: 'revoke'
  readonly result: ActResult
  readonly scope: Scope
  /** What was done, and by whom, for people: `revoked by node-1`. */
  readonly what: string
  /** The fault that was being injected; absent between faults. */
  readonly fault?: string
  /** The node that was asked was running: it has to answer within the bound. */
  readonly reachable: boolean
}

export type Held = 'policy' | 'audit'

export interface CheckEvent extends Timed {
  readonly op: 'check'
  readonly door: string
  readonly node: string
  /** An allow there takes everything a decision takes: the policy's yes too. */
  readonly asksPolicy: boolean
  readonly task: string
  readonly resource: string
  /** The `jti` of the runtime token that was shown; empty where another one was. */
  readonly token: string
  /** `info`: no answer, or one that says nothing. */
  readonly result: 'allow' | 'deny' | 'info'
  readonly reason?: string
  /** How the journal knows an allow: a decision id, or the `jti` that was issued. Absent where the door keeps no journal. */
  readonly recordId?: string
  /** SHA-256 of the canonical arguments that were asked about. */
  readonly digest?: string
  /** Something the answer waits for was held, and let go at that time. */
  readonly held?: { readonly what: Held; readonly releasedNs: number }
  readonly fault?: string
}

/** The task as control shows it to people. */
export interface ObserveEvent extends Timed {
  readonly op: 'observe'
  readonly node: string
  readonly task: string
  /** `covered`: not ended itself, but by what ended it from above, a cut-off or a store that was lost among them. */
  readonly state: 'active' | 'ended' | 'covered'
  readonly fault?: string
}

/** A fault ended; from now on these nodes have to allow again. */
export interface HealEvent extends Timed {
  readonly op: 'heal'
  readonly fault: string
  readonly nodes: readonly string[]
}

export type HistoryEvent = CreateEvent | RevokeEvent | CheckEvent | ObserveEvent | HealEvent

/** One durable record, as far as the rules look at it. */
export interface JournalRecord {
  readonly id: string
  readonly decisionId: string
  readonly effect: 'allow' | 'deny'
  readonly supersedes?: string
  /** `jti`s of issued tokens. */
  readonly issued: readonly string[]
  readonly digest?: string
}

/** What reached the resource behind the gateway. */
export interface UpstreamRequest {
  readonly recordId: string
  readonly digest: string
}
