// Gateways: who may ask, through which doors, about what, and who says which resource a call is for. That last answer must come from
// the gateway's own configuration: never from the token, the client's path or its body.
import { parseResourceName } from '@bailiwick/core'
import type { ResourceName } from '@bailiwick/core'
import type { GatewayAuthentication, GatewayConfig, GatewayDoor, ResourceFrom } from '../model.ts'
import type { RawGateway } from '../schema/schema.ts'
import { readSecretFile, sha256 } from '../files.ts'
import { checkNoRepeats, checkReference, checkUnique, resolvePath } from './bench.ts'
import type { Bench, Entry } from './bench.ts'
import { nullRecord } from './null-record.ts'
import { brandNames } from './resources.ts'

/** Doors whose caller writes the whole question, resource included. */
const CALLER_WRITTEN: readonly GatewayDoor[] = ['v1', 'authzen', 'cerbos']

/** Where each other door can take the resource from. */
const SOURCES: Readonly<Record<Exclude<GatewayDoor, 'v1' | 'authzen' | 'cerbos'>, readonly ResourceFrom[]>> = {
  ext_authz: ['fixed', 'context_extension'],
  forward_auth: ['fixed', 'path_segment'],
  ext_mcp: ['fixed', 'service_name'],
  litellm: ['fixed'],
}

/** What the listeners can tell of who asks. */
export interface ListenersProve {
  /** They say whose certificates count. */
  readonly certificates: boolean
  /** There is a socket only its owner can open. */
  readonly socket: boolean
}

export function compileGateways(bench: Bench, entries: readonly Entry<RawGateway>[], prove: ListenersProve): readonly GatewayConfig[] {
  checkUnique(
    bench,
    entries,
    (gateway) => gateway.name,
    (entry) => [...entry.path, 'name'],
    'a name no other gateway has',
  )
  const secrets = new Set<string>()
  const unmarkedDoors = { loopback: new Set<GatewayDoor>(), unix: new Set<GatewayDoor>() }
  return entries.flatMap(({ path, raw }) => {
    checkDoors(bench, { path, raw })
    checkResourceFrom(bench, { path, raw })
    if (raw.enrich && !raw.doors.includes('v1')) bench.add([...path, 'enrich'], 'the v1 door beside enrich')
    if (raw.enrich && raw.authentication === 'loopback') bench.add([...path, 'enrich'], 'false: a loopback gateway never gets profile data')
    if (raw.authentication === 'loopback' || raw.authentication === 'unix') {
      // Nothing shown tells two of them apart.
      const taken = unmarkedDoors[raw.authentication]
      if (raw.doors.some((door) => taken.has(door))) bench.add([...path, 'authentication'], `only one ${raw.authentication} gateway per door`)
      for (const door of raw.doors) taken.add(door)
    }
    if (raw.authentication === 'unix' && !prove.socket) bench.add([...path, 'authentication'], 'listen.gateways_socket beside unix: where it asks')
    if (raw.authentication === 'mtls' && !prove.certificates)
      bench.add([...path, 'authentication'], 'listen.tls.client_ca beside mtls: whose certificates count')
    const authentication = compileAuthentication(bench, { path, raw }, secrets)
    if (authentication === undefined) return []
    const resource = parseResourceName(raw.resource)
    return {
      name: raw.name,
      doors: raw.doors,
      dialect: raw.dialect,
      resources: brandNames(raw.resources),
      resourceFrom: raw.resource_from,
      ...(resource === undefined ? {} : { resource }),
      serviceNames: compileServiceNames(bench, { path, raw }),
      authentication,
      ...(raw.certificate_header === undefined ? {} : { certificateHeader: raw.certificate_header }),
      ...(raw.followed_by === undefined ? {} : { followedBy: raw.followed_by }),
      enrich: raw.enrich,
    }
  })
}

function checkDoors(bench: Bench, { path, raw }: Entry<RawGateway>): void {
  checkNoRepeats(bench, [...path, 'doors'], raw.doors)
  if (raw.dialect === 'agentgateway' && !raw.doors.includes('ext_authz')) bench.add([...path, 'dialect'], 'the ext_authz door beside dialect: agentgateway')
  checkNoRepeats(bench, [...path, 'resources'], raw.resources)
  raw.resources.forEach((name, index) => checkReference(bench, [...path, 'resources', index], 'resources', name))
}

function checkResourceFrom(bench: Bench, { path, raw }: Entry<RawGateway>): void {
  const at = [...path, 'resource_from']
  const from = raw.resource_from
  if (from === 'request' && raw.doors.some((door) => !CALLER_WRITTEN.includes(door))) {
    bench.add(at, `request only for ${CALLER_WRITTEN.join(', ')}: on every other door the caller would choose the rules it is judged by`)
  }
  for (const door of raw.doors) {
    if (door === 'v1' || door === 'authzen' || door === 'cerbos' || from === 'request') continue
    if (!SOURCES[door].includes(from)) bench.add(at, `one of ${SOURCES[door].join(', ')} for the ${door} door`)
  }
  if (from !== 'request' && from !== 'fixed' && raw.doors.every((door) => CALLER_WRITTEN.includes(door))) bench.add(at, 'request or fixed for these doors')
  if (from === 'fixed') {
    if (raw.resource === undefined) bench.add([...path, 'resource'], 'the one resource of this gateway (resource_from: fixed)', { at: 'key' })
    else if (!raw.resources.includes(raw.resource)) bench.add([...path, 'resource'], 'the resource that resources lists')
    if (raw.resources.length > 1) bench.add([...path, 'resources'], 'one resource with resource_from: fixed')
  } else if (raw.resource !== undefined) bench.add([...path, 'resource'], 'resource_from: fixed beside resource', { at: 'key' })
}

/** Between the name of a server and its name of a tool or a URI. */
const JOINT = /[_+]/

function compileServiceNames(bench: Bench, { path, raw }: Entry<RawGateway>): GatewayConfig['serviceNames'] {
  const at = [...path, 'service_names']
  const given = Object.entries(raw.service_names ?? {})
  const mayStandAlone = raw.dialect === 'agentgateway'
  if (raw.resource_from !== 'service_name' && !mayStandAlone) {
    if (raw.service_names !== undefined) bench.add(at, 'resource_from: service_name beside service_names, or dialect: agentgateway', { at: 'key' })
    return nullRecord({})
  }
  if (given.length === 0 && (raw.resource_from === 'service_name' || raw.service_names !== undefined))
    bench.add(at, 'at least one server and its resource (resource_from: service_name)', { at: 'key' })
  const names: Record<string, ResourceName> = {}
  for (const [service, resource] of given) {
    if (!raw.resources.includes(resource)) bench.add([...at, service], 'a resource that resources lists')
    const isJoined = given.filter(([, other]) => other === resource).length > 1
    if (isJoined && JOINT.test(service)) bench.add([...at, service], 'a name without _ and +, which agentgateway puts behind it where it joins servers')
    const name = parseResourceName(resource)
    if (name !== undefined) names[service] = name
  }
  return nullRecord(names)
}

function compileAuthentication(bench: Bench, { path, raw }: Entry<RawGateway>, secrets: Set<string>): GatewayAuthentication | undefined {
  const refuse = (setting: 'secret_files' | 'spiffe_id' | 'san', method: string): void => {
    if (raw[setting] !== undefined) bench.add([...path, setting], `authentication: ${method} beside ${setting}`, { at: 'key' })
  }
  if (raw.authentication !== 'shared_secret') refuse('secret_files', 'shared_secret')
  if (raw.authentication !== 'mtls') {
    refuse('spiffe_id', 'mtls')
    refuse('san', 'mtls')
  }
  switch (raw.authentication) {
    case 'shared_secret':
      return compileSecrets(bench, { path, raw }, secrets)
    case 'mtls':
      if ((raw.spiffe_id === undefined) === (raw.san === undefined)) bench.add(path, 'exactly one of spiffe_id and san', { at: 'key' })
      return { method: 'mtls', ...(raw.spiffe_id === undefined ? {} : { spiffeId: raw.spiffe_id }), ...(raw.san === undefined ? {} : { san: raw.san }) }
    case 'unix':
      return { method: 'unix' }
    case 'loopback':
      if (!bench.unsafeAllowed) bench.add([...path, 'authentication'], 'shared_secret; loopback needs development: true and a loopback issuer')
      return { method: 'loopback' }
  }
}

function compileSecrets(bench: Bench, { path, raw }: Entry<RawGateway>, secrets: Set<string>): GatewayAuthentication | undefined {
  const at = [...path, 'secret_files']
  const fromEnvironment = bench.secretFromEnvironment('gateways', raw.name, 'secret')
  const reads = fromEnvironment === undefined ? (raw.secret_files ?? []).map((file) => readSecretFile(resolvePath(bench, file))) : [fromEnvironment]
  if (reads.length === 0) bench.add(at, 'one secret file, or two during rotation', { at: 'key' })
  const secretHashes: Uint8Array[] = []
  reads.forEach((read, index) => {
    const place = fromEnvironment === undefined ? [...at, index] : at
    if (!read.ok) {
      bench.add(place, read.expected)
      return
    }
    const hash = sha256(read.value)
    const key = Buffer.from(hash).toString('hex')
    // The secret is what tells gateways apart.
    if (secrets.has(key)) bench.add(place, 'a secret no other gateway or file holds')
    secrets.add(key)
    secretHashes.push(hash)
  })
  return secretHashes.length === 0 ? undefined : { method: 'shared_secret', secretHashes }
}
