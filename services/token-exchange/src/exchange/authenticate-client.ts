// Step: which configured client calls. In order: the assertion (its single use is spent there) or the certificate, that the client it proves is configured,
// that its method is the configured one. `checkKind` comes after: a client of the wrong kind is known, and its refusal is recorded under
// its name. Neither decides what the client may ask for.
import type { BailiwickConfig, ClientKind } from '@bailiwick/config'
import { deny, ok } from '@bailiwick/core'
import type { Result } from '@bailiwick/core'
import { isByCertificate } from '@bailiwick/tokens'
import type { ClientAuthenticator, ClientProof } from '@bailiwick/tokens'
import type { Caller } from './model.ts'

interface Deps {
  readonly clients: ClientAuthenticator
  readonly config: Pick<BailiwickConfig, 'clients'>
}

export async function authenticateClient(deps: Deps, proof: ClientProof, nowSeconds: number): Promise<Result<Caller>> {
  const authenticated = await deps.clients.authenticate(proof, nowSeconds)
  if (!authenticated.ok) return authenticated
  const { clientId, method, spiffeId } = authenticated.value
  const client = deps.config.clients.get(clientId)
  if (client === undefined || client.authentication.method !== method) return deny({ reason: 'client_unauthenticated', detail: 'client_unknown' })
  if ((method === 'spiffe_jwt' || method === 'spiffe_x509') && spiffeId === undefined) return deny({ reason: 'client_unauthenticated', detail: 'no_spiffe_id' })
  return ok({
    client,
    actsAs: spiffeId ?? `client:${clientId}`,
    byCertificate: isByCertificate(client.authentication),
    ...(spiffeId === undefined ? {} : { spiffeId }),
  })
}

export function checkKind({ client }: Caller, kinds: readonly ClientKind[]): Result<void> {
  return kinds.includes(client.kind) ? ok(undefined) : deny({ reason: 'grant_not_allowed', detail: 'client_kind' })
}
