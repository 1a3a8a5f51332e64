// Which gateway and which door spend what counts once, across resources and gateways. A final door that nobody asks at, or a circle of gateways, would be a place
// where nothing is ever spent.
import type { RawGateway, RawResource } from '../schema/schema.ts'
import type { Bench, Entry } from './bench.ts'

/** A gateway that judges one call at two doors: agentgateway asks ext_authz about the HTTP request and ext_mcp about the message in it. */
const PAIRED = ['ext_authz', 'ext_mcp'] as const
/** The doors that can see a proof. */
const SPENDING = ['ext_authz', 'forward_auth', 'ext_mcp', 'v1'] as const

export function checkFinalDoors(bench: Bench, resources: readonly Entry<RawResource>[], gateways: readonly Entry<RawGateway>[]): void {
  for (const { path, raw } of resources) {
    const last = gateways.filter((gateway) => gateway.raw.resources.includes(raw.name) && gateway.raw.followed_by === undefined)
    const doors = new Set(last.flatMap((gateway) => gateway.raw.doors))
    if (raw.final_door !== undefined && !doors.has(raw.final_door)) bench.add([...path, 'final_door'], 'a door some gateway of this resource uses')
    if (raw.final_door === undefined && raw.proof !== undefined && PAIRED.every((door) => doors.has(door)))
      bench.add([...path, 'final_door'], `${PAIRED.join(' or ')}: both judge one call, and its proof can be spent once`, { at: 'key' })
  }
  for (const { path, raw } of gateways) if (raw.followed_by !== undefined) checkNext(bench, { path: [...path, 'followed_by'], raw }, gateways)
}

/** What the gateway behind must be, or nobody spends what this one left. */
function checkNext(bench: Bench, { path, raw }: Entry<RawGateway>, gateways: readonly Entry<RawGateway>[]): void {
  const named = (name: string | undefined): RawGateway | undefined => gateways.find((gateway) => gateway.raw.name === name)?.raw
  const next = named(raw.followed_by)
  if (next === undefined) return bench.add(path, 'the name of a gateway')
  const seen = new Set([raw.name])
  for (let at: RawGateway | undefined = next; at !== undefined; at = named(at.followed_by)) {
    if (seen.has(at.name)) return bench.add(path, 'a gateway behind this one: these follow each other in a circle, and nobody would be the last')
    seen.add(at.name)
  }
  const missing = raw.resources.find((name) => !next.resources.includes(name))
  if (missing !== undefined) bench.add(path, `a gateway that asks about the same resources: it does not about ${missing}`)
  if (!next.doors.some((door) => SPENDING.some((spending) => spending === door)))
    bench.add(path, `a gateway with a door that sees proofs: ${SPENDING.join(', ')}`)
  if (next.authentication === 'loopback' && raw.authentication !== 'loopback') bench.add(path, 'a gateway that proves itself: a loopback one spends nothing')
}
