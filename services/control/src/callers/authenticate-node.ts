// Step: which node is reporting. Its own client authentication in headers, so that a stranger's body is never read. A node speaks for itself alone: the
// id in the path is the id of the client that was proved.
import { deny, ok } from '@bailiwick/core'
import type { Result } from '@bailiwick/core'
import type { ControlDeps } from '../deps.ts'
import type { Presented } from './caller.ts'

type Deps = Pick<ControlDeps, 'clients' | 'config'>

export async function authenticateNode(deps: Deps, presented: Presented, id: string, nowSeconds: number): Promise<Result<string>> {
  const { assertion, bearer, subjectToken } = presented
  if (assertion === undefined || bearer !== undefined || subjectToken !== undefined)
    return deny({ reason: 'client_unauthenticated', detail: 'no_node_credential' })
  const authenticated = await deps.clients.authenticate(assertion, nowSeconds)
  if (!authenticated.ok) return authenticated
  const client = deps.config.clients.get(authenticated.value.clientId)
  if (client?.kind !== 'node') return deny({ reason: 'client_unauthenticated', detail: 'not_a_node' })
  if (client.id !== id) return deny({ reason: 'client_unauthenticated', detail: 'node_of_another_name' })
  return ok(client.id)
}
