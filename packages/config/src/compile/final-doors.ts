// Which door spends what counts once, across resources and gateways. A final door that nobody asks at would be a door where nothing is ever spent.
import type { RawGateway, RawResource } from '../schema/schema.ts'
import type { Bench, Entry } from './bench.ts'

/** A gateway that judges one call at two doors: agentgateway asks ext_authz about the HTTP request and ext_mcp about the message in it. */
const PAIRED = ['ext_authz', 'ext_mcp'] as const

export function checkFinalDoors(bench: Bench, resources: readonly Entry<RawResource>[], gateways: readonly Entry<RawGateway>[]): void {
  for (const { path, raw } of resources) {
    const doors = new Set(gateways.filter((gateway) => gateway.raw.resources.includes(raw.name)).flatMap((gateway) => gateway.raw.doors))
    if (raw.final_door !== undefined && !doors.has(raw.final_door)) bench.add([...path, 'final_door'], 'a door some gateway of this resource uses')
    if (raw.final_door === undefined && raw.proof !== undefined && PAIRED.every((door) => doors.has(door)))
      bench.add([...path, 'final_door'], `${PAIRED.join(' or ')}: both judge one call, and its proof can be spent once`, { at: 'key' })
  }
}
