// Client authentication at the token endpoints and the task calls: private_key_jwt, JWT-SVIDs and certificates, nothing with a password.
// Every refusal reads the same to the caller (`client_unauthenticated`); why is in `detail`, for the audit alone.
import { deny, ok, parseClientId } from '@bailiwick/core'
import type { ClientId, Clock, Refused, Result } from '@bailiwick/core'
import type { ClientAuthentication, ClientConfig } from '@bailiwick/config'
import type { AuthenticatedClient, CertificateProof, ClientAuthenticator } from '../contract.ts'
import { assertAlgorithms } from '../jwt/algorithms.ts'
import { readAudiences } from '../jwt/audiences.ts'
import { lintKeySet } from '../jwt/jwk-lint.ts'
import type { VerificationKey } from '../jwt/jwk-lint.ts'
import { MAX_TOKEN_BYTES } from '../jwt/read-jwt.ts'
import { verifyAssertion } from './verify-assertion.ts'
import type { AssertionClient } from './verify-assertion.ts'
import { certificateProblem, isByCertificate } from './verify-certificate.ts'
import type { CertificateAuthentication } from './verify-certificate.ts'

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const JWT_SPIFFE = 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe'

/** `JwtSvidVerifier.verify` of @bailiwick/spiffe: passed in, because packages of one layer do not import each other. */
export type VerifySvid = (
  token: string,
  audiences: readonly string[],
  nowSeconds: number,
) => Promise<Result<{ readonly spiffeId: string; readonly exp: number; readonly audiences: readonly string[] }>>

export interface ClientAuthenticatorDeps {
  /** Our issuer identifier: the one audience an assertion may have. */
  readonly issuer: string
  readonly clients: ReadonlyMap<ClientId, ClientConfig>
  /** Of the task store: true exactly once per key, over all nodes. A fault means "maybe used". */
  readonly consumeOnce: (key: string, untilSeconds: number, nowSeconds: number, issuedAtSeconds: number) => Promise<boolean>
  /** Required when any client authenticates with an SVID. */
  readonly verifySvid?: VerifySvid
  readonly clock: Clock
}

/** Compiles the clients; a TypeError names the client and what is wrong with its keys, for the start. */
export function createClientAuthenticator(deps: ClientAuthenticatorDeps): ClientAuthenticator {
  const { issuer, verifySvid } = deps
  const byId = new Map<string, AssertionClient>()
  const bySpiffeId = new Map<string, ClientId>()
  const byCertificate = new Map<ClientId, CertificateAuthentication>()
  for (const client of deps.clients.values()) {
    const { authentication } = client
    if (authentication.method === 'private_key_jwt') byId.set(client.id, { id: client.id, keys: keysOf(client.id, authentication) })
    else if (isByCertificate(authentication)) byCertificate.set(client.id, authentication)
    // A node's certificate is looked at where nodes report.
    else if (authentication.method === 'mtls') continue
    else if (verifySvid === undefined) throw new TypeError(`client "${client.id}" authenticates with an SVID: "identity.spiffe" must be configured`)
    else if (bySpiffeId.has(authentication.spiffeId)) throw new TypeError(`client "${client.id}": another client has the same SPIFFE ID`)
    else bySpiffeId.set(authentication.spiffeId, client.id)
  }
  // What an assertion of an unknown client is verified with, so that it takes as long as one of a known client.
  const decoys = [...byId.values()].flatMap((client) => client.keys)

  const withAssertion = async (assertion: string, named: ClientId | undefined, nowSeconds: number): Promise<Result<AuthenticatedClient>> => {
    const verified = await verifyAssertion(assertion, { issuer, clients: byId, decoys, nowSeconds })
    if (!verified.ok) return unauthenticated(verified.problem)
    if (named !== undefined && named !== verified.clientId) return unauthenticated('client_id_differs')
    // Last: an assertion that is refused for anything else must stay usable, and a thief must not be able to spend it unsigned.
    const first = await deps.consumeOnce(verified.spendKey, verified.spendUntil, nowSeconds, verified.issuedAt)
    return first ? ok({ clientId: verified.clientId, method: 'private_key_jwt' }) : unauthenticated('assertion_replayed')
  }

  const withSvid = async (verify: VerifySvid, assertion: string, named: ClientId | undefined, nowSeconds: number): Promise<Result<AuthenticatedClient>> => {
    const verified = await verify(assertion, [issuer], nowSeconds)
    if (!verified.ok) return unauthenticated(verified.denial.detail ?? verified.denial.reason)
    const { spiffeId, audiences } = verified.value
    // An SVID made for somebody else too can be replayed here by that somebody.
    if (readAudiences([...audiences])?.length !== 1) return unauthenticated('audience_refused')
    const clientId = bySpiffeId.get(spiffeId)
    if (clientId === undefined) return unauthenticated('unknown_client')
    if (named !== undefined && named !== clientId) return unauthenticated('client_id_differs')
    // No single use: agents hand out one cached SVID many times, and most have no `jti`. Its age is bounded by the verifier.
    return ok({ clientId, method: 'spiffe_jwt', spiffeId })
  }

  const withCertificate = ({ certificate, clientId }: CertificateProof, nowSeconds: number): Result<AuthenticatedClient> => {
    const named = parseClientId(clientId)
    const authentication = named === undefined ? undefined : byCertificate.get(named)
    if (named === undefined || authentication === undefined) return unauthenticated('unknown_client')
    const problem = certificateProblem(authentication, certificate, nowSeconds)
    if (problem !== undefined) return unauthenticated(problem)
    const { method } = authentication
    return ok({ clientId: named, method, ...(method === 'spiffe_x509' ? { spiffeId: authentication.spiffeId } : {}) })
  }

  return {
    async authenticate(presented, nowSeconds) {
      if ('certificate' in presented) return withCertificate(presented, nowSeconds)
      const { assertion, assertionType, clientId } = presented
      if (typeof assertion !== 'string' || assertion === '' || assertion.length > MAX_TOKEN_BYTES) {
        return deny({ reason: 'request_malformed', detail: 'client_assertion' })
      }
      if (typeof assertionType !== 'string' || assertionType === '') return deny({ reason: 'request_malformed', detail: 'client_assertion_type' })
      const named = clientId === undefined ? undefined : parseClientId(clientId)
      if (clientId !== undefined && named === undefined) return unauthenticated('client_id_malformed')
      if (assertionType === JWT_BEARER) return await withAssertion(assertion, named, nowSeconds)
      if (assertionType === JWT_SPIFFE && verifySvid !== undefined) return await withSvid(verifySvid, assertion, named, nowSeconds)
      return unauthenticated('assertion_type_refused')
    },
  }
}

function keysOf(id: ClientId, authentication: ClientAuthentication & { readonly method: 'private_key_jwt' }): readonly VerificationKey[] {
  assertAlgorithms(authentication.algorithms, `clients.${id}.algorithms`)
  const reading = lintKeySet(authentication.jwks, { algorithms: authentication.algorithms, requireUse: false })
  if (!reading.ok) throw new TypeError(`the key set of client "${id}" is refused: ${reading.problem}`)
  return reading.keys
}

function unauthenticated(detail: string): Refused {
  return deny({ reason: 'client_unauthenticated', detail })
}
