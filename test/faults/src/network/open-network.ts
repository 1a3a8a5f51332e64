// One of the two networks, for one cluster.
import { createNamespaces } from './namespaces.ts'
import type { Network, NetworkKind, Place } from './network.ts'
import { createProxies } from './proxies.ts'

/** `tester`: the place of this very process. `namespaces` only in a world of its own (world.ts). */
export async function openNetwork(kind: NetworkKind, tester: Place): Promise<Network> {
  return kind === 'namespaces' ? await createNamespaces(tester) : createProxies()
}
