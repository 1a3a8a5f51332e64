// A valid resource of each kind, without bindings; a test changes one thing of it.
import { parseResourceName } from '@bailiwick/core'
import type { Resource, ResourceKind } from '@bailiwick/core'

export function testResource(kind: ResourceKind, change: Partial<Resource> = {}): Resource {
  const name = parseResourceName(kind === 'mcp' ? 'payments' : 'models')
  if (name === undefined) throw new TypeError('a resource name was expected')
  return {
    name,
    kind,
    uri: `https://${name}.example.com/${kind}`,
    tokenLifetimeSeconds: 600,
    scopes: [],
    unbound: [],
    mode: 'enforce',
    forwardToken: false,
    validatesMcpHeaders: false,
    maxBodyBytes: 1 << 16,
    enrichAttributes: [],
    ...change,
  }
}
