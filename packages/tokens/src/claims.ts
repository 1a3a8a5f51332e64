// The claims of the tokens we mint, as parsed values (docs/tokens.md), and what a foreign token told us.
import type { Actor, ClientId, ProofKind, Revision, SubjectIdentifier, SubjectKind, TaskId } from '@bailiwick/core'

/** `cnf`: the key a token is bound to. */
export interface Confirmation {
  readonly jkt?: string
  readonly 'x5t#S256'?: string
}

/** Whether a token so bound is one that somebody who asks for bound tokens takes. */
export function isBoundAs(wanted: ProofKind | 'any', cnf: Confirmation | undefined): boolean {
  switch (wanted) {
    case 'dpop':
      return cnf?.jkt !== undefined
    case 'mtls':
      return cnf?.['x5t#S256'] !== undefined
    case 'any':
      return proofOf(cnf) !== 'none'
  }
}

/** What has to be shown beside the token; of two, the one a client makes anew for each call. */
export function proofOf(cnf: Confirmation | undefined): ProofKind | 'none' {
  if (cnf?.jkt !== undefined) return 'dpop'
  return cnf?.['x5t#S256'] === undefined ? 'none' : 'mtls'
}

interface OurClaims {
  readonly iss: string
  readonly sub: string
  readonly subId: SubjectIdentifier
  readonly clientId: ClientId
  readonly jti: string
  readonly iat: number
  readonly exp: number
  readonly taskId: TaskId
  /** `[epoch, revision]` of the store at issue. */
  readonly kep: Revision
  /** The key that signed it. */
  readonly kid: string
}

/** `typ: at+jwt`, for exactly one resource. */
export interface RuntimeClaims extends OurClaims {
  readonly typ: 'at+jwt'
  /** One resource URI. */
  readonly aud: string
  readonly scope: readonly string[]
  readonly act?: Actor
  readonly cnf?: Confirmation
}

/** `typ: task+jwt`; every door refuses it. `aud` is our issuer alone. */
export interface TaskClaims extends OurClaims {
  readonly typ: 'task+jwt'
  /** Of a child task that an agent made for itself with a bound token: its key. */
  readonly cnf?: Confirmation
}

/** A verified token of somebody else's. */
export interface ForeignIdentity {
  readonly issuerAlias: string
  /** `<alias>:<id>`. */
  readonly sub: string
  readonly iss: string
  readonly subId: SubjectIdentifier
  readonly kind: SubjectKind
  readonly audiences: readonly string[]
  /** `azp` or `client_id`, where the token says for which client it was made. */
  readonly authorizedParty?: string
  readonly exp: number
  readonly iat: number
  /** `auth_time` less the issuer's skew; absent where the token has none. */
  readonly authenticatedAt?: number
  readonly scope: readonly string[]
  /** Set when the token carries `act` or `may_act`: never to be flattened away. */
  readonly act?: unknown
  readonly mayAct?: unknown
  readonly tokenType: 'id_token' | 'access_token' | 'jwt_svid'
}
