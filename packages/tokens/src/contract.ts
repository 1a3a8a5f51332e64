// What the services use of this package; each function lives in the file named after it.
import type { ClientAuthentication } from '@bailiwick/config'
import type { ClientId, Result } from '@bailiwick/core'
import type { ShownCertificate } from './proofs/shown-certificate.ts'
import type { ForeignIdentity, RuntimeClaims, TaskClaims } from './claims.ts'

/** Verifies tokens of ours; signs nothing. */
export interface TokenVerifier {
  /**
   * Verifies a token of ours: size, three canonical segments, no duplicate members, exact `typ`, algorithm, known kid, signature, `iss`, times.
   * Does NOT check the resource (`aud` of a runtime token), the task or revocation: the walks do. The signature check is cached under SHA-256 of the exact
   * bytes for as long as the kid stays; times are judged on every call. Fault `keys` where it is not known which keys are ours.
   */
  verifyRuntimeToken(token: string, nowSeconds: number): Promise<Result<RuntimeClaims>>
  verifyTaskToken(token: string, nowSeconds: number): Promise<Result<TaskClaims>>
  health(): Promise<string | undefined>
  close(): Promise<void>
}

/** Our own signing keys and what they sign. Keys live in one directory shared by exchange and control nodes, re-read on change. */
export interface KeyRing extends TokenVerifier {
  /** Signs with the active key. Fault `keys` when there is none. */
  mintRuntimeToken(claims: Omit<RuntimeClaims, 'kid' | 'typ'>): Promise<string>
  mintTaskToken(claims: Omit<TaskClaims, 'kid' | 'typ'>): Promise<string>
  /** The published set: active, next and retired keys; never a private member. */
  jwks(): { readonly keys: readonly Readonly<Record<string, unknown>>[] }
  /** Makes a new key: published at once, signing once verifiers had time to fetch it, the old one retired then and published to its last token's end. */
  rotate(nowSeconds: number): Promise<{ readonly kid: string }>
}

/** Verifies subject tokens of the configured OIDC issuers (discovery by openid-client, verification by jose). */
export interface IssuerVerifier {
  /**
   * `declaredType` is `id_token` or `access_token` (the suffix of subject_token_type): one type, one profile, no fall-through.
   * Denials: `subject_invalid`, `token_expired`. Fault `keys` when the issuer cannot be reached and no key is within its maximum age.
   */
  verifySubjectToken(token: string, declaredType: 'id_token' | 'access_token', nowSeconds: number): Promise<Result<ForeignIdentity>>
  /** For control: an access token (`at+jwt`, never an id_token) whose audience is in `audiences`. Denial `subject_invalid`. */
  verifyControlToken(token: string, audiences: readonly string[], nowSeconds: number): Promise<Result<ForeignIdentity>>
  close(): Promise<void>
}

export interface AssertionProof {
  readonly assertion: string
  readonly assertionType: string
  readonly clientId?: string
}

export interface CertificateProof {
  readonly certificate: ShownCertificate
  readonly clientId: string
}

export type ClientProof = AssertionProof | CertificateProof

export interface AuthenticatedClient {
  readonly clientId: ClientId
  readonly method: Exclude<ClientAuthentication['method'], 'mtls'>
  /** The workload identity it proved, for `spiffe_jwt` and `spiffe_x509`. */
  readonly spiffeId?: string
}

export interface ClientAuthenticator {
  /**
   * `client_assertion` + `client_assertion_type`, and an optional `client_id` that must agree: `jti` of private_key_jwt is spent through `consumeOnce`
   * after everything else about the assertion was found good. Or a certificate and the `client_id` it is shown for. Denials: `client_unauthenticated`,
   * `request_malformed`.
   */
  authenticate(presented: ClientProof, nowSeconds: number): Promise<Result<AuthenticatedClient>>
}
