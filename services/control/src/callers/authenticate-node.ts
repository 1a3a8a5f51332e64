// Step: which node is reporting. Its certificate, or its own client authentication in headers: either way before a stranger's body is read. A node speaks for
// itself alone: the id in the path is the id of the client that was proved.
import { deny, ok } from '@bailiwick/core'
import type { CertificateNames, Result } from '@bailiwick/core'
import type { ClientConfig } from '@bailiwick/config'
import type { ControlDeps } from '../deps.ts'
import type { Presented } from './caller.ts'

type Deps = Pick<ControlDeps, 'clients' | 'config'>

export interface PresentedNode extends Presented {
  /** Of the certificate of the connection, where the TLS layer has verified one. */
  readonly certificate?: CertificateNames | undefined
}

export async function authenticateNode(deps: Deps, presented: PresentedNode, id: string, nowSeconds: number): Promise<Result<string>> {
  const { proof, bearer, subjectToken, certificate } = presented
  if (bearer !== undefined || subjectToken !== undefined) return deny({ reason: 'client_unauthenticated', detail: 'no_node_credential' })
  // An assertion that was sent is judged alone: a wrong one is not mended by a certificate.
  if (proof === undefined || 'certificate' in proof) return byCertificate(deps, certificate, id)
  const authenticated = await deps.clients.authenticate(proof, nowSeconds)
  if (!authenticated.ok) return authenticated
  return nodeOf(deps.config.clients.get(authenticated.value.clientId), id)
}

function byCertificate({ config }: Deps, certificate: CertificateNames | undefined, id: string): Result<string> {
  if (certificate === undefined) return deny({ reason: 'client_unauthenticated', detail: 'no_node_credential' })
  // Exact, and of the whole name: no prefix, no wildcard. The configuration has no two clients with one name.
  const found = [...config.clients.values()].find(({ authentication }) => {
    if (authentication.method !== 'mtls') return false
    const { spiffeId, san } = authentication
    if (spiffeId !== undefined) return spiffeId === certificate.spiffeId
    return san !== undefined && certificate.sans.includes(san)
  })
  return nodeOf(found, id)
}

function nodeOf(client: ClientConfig | undefined, id: string): Result<string> {
  if (client?.kind !== 'node') return deny({ reason: 'client_unauthenticated', detail: 'not_a_node' })
  return client.id === id ? ok(client.id) : deny({ reason: 'client_unauthenticated', detail: 'node_of_another_name' })
}
