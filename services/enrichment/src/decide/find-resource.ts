// Which resource the call is for: only from the place the gateway's own configuration names, never from anything a client wrote.
// In order: the place, one value there, in the gateway's list, configured.
import { deny, ok, parseResourceName } from '@bailiwick/core'
import type { Resource, ResourceHint, Result } from '@bailiwick/core'
import type { BailiwickConfig, GatewayConfig } from '@bailiwick/config'

export interface ResourceDirectory {
  readonly config: Pick<BailiwickConfig, 'resources'>
}

export function findResource({ config }: ResourceDirectory, gateway: GatewayConfig, hint: ResourceHint): Result<Resource> {
  const named = nameOf(gateway, hint)
  if (named === undefined) return deny({ reason: 'resource_unknown', detail: `not_named_by_${gateway.resourceFrom}` })
  const name = parseResourceName(named)
  if (name === undefined || !gateway.resources.includes(name)) return deny({ reason: 'resource_unknown', detail: 'not_in_the_gateways_list' })
  const resource = config.resources.get(name)
  return resource === undefined ? deny({ reason: 'resource_unknown', detail: 'not_configured' }) : ok(resource)
}

function nameOf(gateway: GatewayConfig, hint: ResourceHint): string | undefined {
  if (hint.from === 'service_name') return gateway.resourceFrom === 'fixed' ? gateway.resource : nameOfServices(gateway, hint.services)
  if (gateway.resourceFrom !== 'fixed') return isItsPlace(gateway, hint) ? hint.value : undefined
  // A gateway with one resource may still send its static word; two different words are one too many.
  return hint.value === undefined || hint.value === gateway.resource ? gateway.resource : undefined
}

/** At a door whose caller writes the question the caller names the resource too: being let in at that door is leave to. */
function isItsPlace(gateway: GatewayConfig, { from }: ResourceHint): boolean {
  return from === 'request' || from === gateway.resourceFrom
}

/** Named, and not a name of any resource. */
const NOBODYS = ''

/** A token is for one resource: servers of two in one call are too many, and one that is not mapped is nobody's. */
function nameOfServices({ resourceFrom, serviceNames }: GatewayConfig, services: readonly string[]): string | undefined {
  if (resourceFrom !== 'service_name') return undefined
  const names = new Set(services.map((service) => (Object.hasOwn(serviceNames, service) ? serviceNames[service] : NOBODYS)))
  const [name] = names
  return names.size === 1 ? name : undefined
}
