// Who is calling control, once proved. A door decodes `Presented`; only authenticate-caller.ts turns it into a `Caller`.
import type { Subject } from '@bailiwick/core'
import type { ClientAuthentication, ClientConfig, OperatorRight } from '@bailiwick/config'
import type { ClientProof, Confirmation, ForeignIdentity, ShownCertificate } from '@bailiwick/tokens'
import type { Standing } from '@bailiwick/task-state'

export interface PresentedToken {
  readonly token: string
  /** The full `urn:ietf:params:oauth:token-type:` URI. */
  readonly type: string
}

export interface Presented {
  /** `Authorization: Bearer`: an operator token or a person's access token. */
  readonly bearer?: string
  /** Of a client. */
  readonly proof?: ClientProof
  /** The user's own token, or the task's own task or runtime token. */
  readonly subjectToken?: PresentedToken
  readonly shown: ShownKeys
}

/** What the request shows of keys its sender holds, and what a proof of one must be for. */
export interface ShownKeys {
  /** The `DPoP` header, every value. */
  readonly dpop: readonly string[]
  /** The certificate of the client's connection. */
  readonly certificate?: ShownCertificate
  readonly method: string
  readonly path: string
}

/** An operator credential of the embedded registry. */
export interface OperatorCaller {
  readonly kind: 'operator'
  /** `operator:<name>`. */
  readonly sub: string
  readonly rights: ReadonlySet<OperatorRight>
  /** When the credential was made, and by whom: a hold is lifted only by somebody who was there before it. */
  readonly addedAtMs: number
  readonly addedBy: string
  readonly onBehalfOf?: ForeignIdentity
}

/** A person with an access token made for control. */
export interface PersonCaller {
  readonly kind: 'person'
  readonly sub: string
  readonly subject: Subject
  readonly authenticatedAt?: number
  /** When the token was issued, epoch seconds. */
  readonly tokenIssuedAt: number
}

/** An authenticated client that is not acting inside a task: a launcher, with or without the user's token. */
export interface ClientCaller {
  readonly kind: 'client'
  readonly sub: string
  readonly client: ClientConfig
  readonly onBehalfOf?: ForeignIdentity
}

/** The agent of a live task, proved by its own client authentication and that task's own token. */
export interface AgentCaller {
  readonly kind: 'agent'
  readonly sub: string
  readonly client: ClientConfig
  readonly standing: Standing
  /** What its token is bound to, and so what it proved to hold. */
  readonly cnf?: Confirmation
}

export type Caller = OperatorCaller | PersonCaller | ClientCaller | AgentCaller

/** `client:<client_id>`, or the SPIFFE ID of a client that authenticates with one: the `sub` an agent acts under. */
export function subOfClient({ id, authentication }: Pick<ClientConfig, 'id' | 'authentication'>): string {
  return isWorkload(authentication) ? authentication.spiffeId : `client:${id}`
}

/** It proves a SPIFFE ID, by a JWT-SVID or an X.509-SVID. */
export function isWorkload(authentication: ClientAuthentication): authentication is Extract<ClientAuthentication, { readonly method: `spiffe_${string}` }> {
  return authentication.method === 'spiffe_jwt' || authentication.method === 'spiffe_x509'
}
