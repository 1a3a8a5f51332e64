// The values that pass between the steps of the exchange. Types only.
import type { ClientConfig } from '@bailiwick/config'
import type { Resource, ResourceName, Result, Revision, Task, TaskId } from '@bailiwick/core'
import type { NewTask } from '@bailiwick/task-state'
import type { ClientProof, Confirmation, ForeignIdentity, RuntimeClaims, ShownCertificate, TaskClaims } from '@bailiwick/tokens'

export type ExchangeDoor = 'token' | 'token-batch'

/** What a door decoded, before any of it is judged. Absent means not sent, or sent empty. */
export interface RequestFields {
  readonly grantType?: string | undefined
  readonly credentials: CredentialFields
  readonly shown: ShownKeys
  readonly subjectToken?: string | undefined
  readonly subjectTokenType?: string | undefined
  readonly actorToken?: string | undefined
  readonly actorTokenType?: string | undefined
  readonly requestedTokenType?: string | undefined
  readonly taskId?: string | undefined
  readonly targets: TargetFields
}

/** What a request showed of keys it holds, beside what proves the client. */
export interface ShownKeys {
  /** The `DPoP` header, every value. */
  readonly dpop: readonly string[]
  /** The certificate of the client's connection. */
  readonly certificate?: ShownCertificate
}

export interface CredentialFields {
  readonly assertionType?: string | undefined
  readonly assertion?: string | undefined
  readonly clientId?: string | undefined
  /** True when another way to authenticate was sent too: an Authorization header, a client secret. */
  readonly other: boolean
}

export type TargetFields =
  | { readonly kind: 'one'; readonly resources: readonly string[]; readonly audiences: readonly string[]; readonly scope?: string | undefined }
  | { readonly kind: 'many'; readonly items: readonly { readonly resource: string; readonly scope?: string | undefined }[] }
  | { readonly kind: 'all' }

export type SubjectTokenType = 'access_token' | 'id_token' | 'jwt'

export interface PresentedToken {
  readonly token: string
  readonly type: SubjectTokenType
}

/** One resource asked for. `asked` is repeated in the answer as it was sent. */
export interface Target {
  readonly asked: string
  /** A configured name, or an absolute URI in normal form; undefined when it is neither. */
  readonly key: string | undefined
  /** Undefined when no scope was asked for. */
  readonly scope: readonly string[] | undefined
}

export interface ExchangeRequest {
  readonly proof: ClientProof
  readonly shown: ShownKeys
  readonly subject: PresentedToken
  readonly actor: PresentedToken | undefined
  readonly taskId: TaskId | undefined
  readonly targets: readonly Target[] | 'all'
}

/** The authenticated caller. */
export interface Caller {
  readonly client: ClientConfig
  /** The `sub` it acts under: its SPIFFE ID, or `client:<client_id>`. */
  readonly actsAs: string
  readonly spiffeId?: string
  /** It was the certificate of the connection that proved it. */
  readonly byCertificate: boolean
}

/** Whose authority is exchanged, told apart by what the token contains. */
export type VerifiedSubject =
  | { readonly grant: 'task_token'; readonly claims: TaskClaims }
  | { readonly grant: 'runtime_token'; readonly claims: RuntimeClaims }
  | { readonly grant: 'user_token'; readonly identity: ForeignIdentity }
  | { readonly grant: 'workload'; readonly spiffeId: string; readonly expiresAt: number }

export type Grant = VerifiedSubject['grant']

/** What an explicit actor token adds: it can only shorten. */
export interface VerifiedActor {
  readonly expiresAt?: number
}

/** The keys the tokens are bound to, proved by this request. */
export interface Possession {
  readonly cnf?: Confirmation
  /** Of the DPoP proof: counted once, when a token is about to leave. */
  readonly spend?: { readonly key: string; readonly untilSeconds: number; readonly issuedAtSeconds: number }
}

/** The task the tokens are for. `create` is set while it exists only as a plan, made from a client's template. */
export interface TaskInHand {
  readonly task: Task
  readonly create?: NewTask
  /** True once the plan was written. */
  readonly opened?: boolean
  /** Facts of a subject token of ours: they are checked with every read of the task. */
  readonly proof: { readonly kep?: TaskClaims['kep']; readonly kid?: string; readonly jti?: string }
}

/** What bounds every token of this exchange, whatever the resource. */
export interface Ceiling {
  readonly client: { readonly resources: readonly ResourceName[]; readonly scopes: readonly string[] }
  readonly task: { readonly resources: readonly ResourceName[]; readonly expiresAt: number }
  /** The subject token's own scope, where its kind carries scope. */
  readonly subjectScope: readonly string[] | undefined
  /** Ends of the tokens presented: subject, actor. */
  readonly presentedUntil: readonly number[]
  readonly cnf: Confirmation | undefined
}

export interface Constrained {
  readonly resource: Resource
  readonly scope: readonly string[]
  readonly expiresAt: number
}

export interface Signed extends Constrained {
  readonly token: string
  readonly jti: string
  readonly cnf?: Confirmation
  /** The store's revision at signing: the token's `kep`. */
  readonly revision: Revision
}

/** One asked resource on its way through the walk: refused at some step, or still good. */
export interface Item<T> {
  readonly target: Target
  readonly outcome: Result<T>
}

export interface Issued {
  readonly taskId: TaskId
  readonly items: readonly Item<Signed>[]
  readonly nowSeconds: number
}

export interface ExchangeAnswer {
  readonly decisionId: string
  readonly outcome: Result<Issued>
}
