// One configuration per node: the same house, the same keys, a journal and an address of its own. Everything in one private folder.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeTestClient } from '@bailiwick/kit/test-clients'
import type { TestClient } from '@bailiwick/kit/test-clients'
import type { Address, Host, Network } from '../network/network.ts'

export const USERS = Array.from({ length: 12 }, (_, n) => `user-${n}`)
export const AGENTS = Array.from({ length: 8 }, (_, n) => `agent-${n}`)
export const LAUNCHER = 'support-portal'
/** Which introspects tokens for `payments`. */
export const PAYMENTS_SERVER = 'payments-server'
const SERVERS = ['payments', 'tickets'] as const
/** Asked about as a model; the others as MCP servers. */
export const MODEL = 'models'
export const RESOURCES = [...SERVERS, MODEL] as const
export const ALIAS = 'corp'

const GATEWAYS = [
  { name: 'edge', doors: ['ext_authz', 'v1'], dialect: 'envoy', resource_from: 'context_extension' },
  { name: 'sidecar', doors: ['forward_auth'], resource_from: 'path_segment' },
  { name: 'mesh', doors: ['ext_mcp'], resource_from: 'service_name', service_names: Object.fromEntries(SERVERS.map((name) => [name, name])) },
  { name: 'router', doors: ['litellm'], resources: [MODEL], resource_from: 'fixed', resource: MODEL },
  { name: 'asker', doors: ['authzen', 'cerbos'], resource_from: 'request' },
] as const

export function gatewayKey({ gatewayKeys }: House, name: (typeof GATEWAYS)[number]['name']): string {
  return gatewayKeys.get(name) ?? ''
}

export function uriOf(resource: string): string {
  return `https://${resource}.example.com/${resource === MODEL ? 'v1' : 'mcp'}`
}

export interface NodePlace {
  readonly name: string
  readonly configFile: string
  readonly host: Host
  /** Where it is asked: on its host's control address. */
  readonly at: Address
  readonly auditFile: string
  /** Its policy engine is a Cerbos of its own, not the stub. */
  readonly realCerbos: boolean
}

export interface House {
  readonly folder: string
  readonly dataFolder: string
  readonly issuer: string
  readonly idp: string
  /** By gateway. */
  readonly gatewayKeys: ReadonlyMap<string, string>
  /** One key for all clients. */
  readonly client: TestClient
  readonly nodes: readonly NodePlace[]
}

export interface HouseOptions {
  readonly folder: string
  readonly nodes: number
  /** Of the last node: its own Cerbos. */
  readonly realCerbos: boolean
  readonly network: Network
  readonly pdpAddress: string
  readonly idp: string
  /** The `store` section of a node; absent for the embedded store. */
  readonly storeFor?: (node: string) => object
}

const POLICIES = fileURLToPath(new URL('../../../../policies', import.meta.url))
const OWN_POLICIES = fileURLToPath(new URL('../../policies', import.meta.url))

export async function writeHouse(options: HouseOptions): Promise<House> {
  const { folder, pdpAddress, idp, network } = options
  const client = await makeTestClient('faults')
  const gatewayKeys = new Map(GATEWAYS.map(({ name }) => [name, randomBytes(32).toString('base64url')]))
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const write = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content, { mode: 0o600 })
    return `./${name}`
  }
  for (const [name, key] of gatewayKeys) write(`${name}.key`, key)
  if (options.realCerbos) copyPolicies(join(folder, 'policies'))
  const places = await Promise.all(
    Array.from({ length: options.nodes }, async (_, n): Promise<NodePlace> => {
      const name = `node-${n + 1}`
      const realCerbos = options.realCerbos && n === options.nodes - 1
      const host = await network.host(name)
      const at = { host: host.control, port: await freePort() }
      return { name, realCerbos, host, at, configFile: join(folder, `${name}.yaml`), auditFile: join(folder, 'data', `audit-${name}.db`) }
    }),
  )
  const issuer = `http://${textOf(places[0]?.at)}`
  for (const { name, at, auditFile, realCerbos } of places) {
    write(
      `${name}.yaml`,
      // JSON is YAML.
      JSON.stringify({
        issuer,
        listen: textOf(at),
        data: './data',
        // What a canary cannot do, a node goes on trying; here nobody acts but the tester.
        node: { id: name, canary: 'off' },
        ...(options.storeFor === undefined ? {} : { store: { ...options.storeFor(name), controls: places.map((place) => place.name) } }),
        policy: realCerbos ? { engine: 'supervised', directory: './policies' } : { engine: 'grpc', address: pdpAddress },
        development: true,
        identity: { issuers: [{ alias: ALIAS, issuer: idp, audiences: [LAUNCHER], token_types: ['id_token'] }] },
        control: { audiences: ['bailiwick-control'] },
        clients: clientsOf(client),
        resources: RESOURCES.map((resource) => ({ name: resource, kind: resource === MODEL ? 'llm' : 'mcp', uri: uriOf(resource), token_lifetime: '1h' })),
        profiles: [
          {
            name: 'directory',
            type: 'static',
            attributes: { department: 'department' },
            roles: { from: 'groups', map: { support: 'support' } },
            active: 'active',
            subjects: Object.fromEntries(USERS.map((user) => [`${ALIAS}:${user}`, { department: 'support', groups: ['support'], active: true }])),
          },
        ],
        gateways: GATEWAYS.map((gateway) => ({ resources: SERVERS, authentication: 'shared_secret', secret_files: [`./${gateway.name}.key`], ...gateway })),
        // A loaded machine is not what is tested here: a budget that is missed denies, and says nothing of revocations.
        limits: { decision: '1s', exchange: '3s' },
        audit: { file: auditFile, reserved: '1MiB' },
        log: { level: 'error' },
      }),
    )
  }
  return { folder, dataFolder: join(folder, 'data'), issuer, idp, gatewayKeys, client, nodes: places }
}

function textOf(at: Address | undefined): string {
  return `${at?.host ?? ''}:${at?.port ?? 0}`
}

function clientsOf({ jwks }: TestClient): readonly object[] {
  const common = { authentication: 'private_key_jwt', jwks }
  return [
    { ...common, id: LAUNCHER, kind: 'launcher', may_launch: true, acts_for: [ALIAS] },
    ...AGENTS.map((id) => ({ ...common, id, kind: 'agent', resources: RESOURCES, may_delegate_to: AGENTS.filter((other) => other !== id) })),
    { ...common, id: PAYMENTS_SERVER, kind: 'resource', resource: 'payments' },
  ]
}

/** The shipped canary and schemas, and rules as open as the stub. */
function copyPolicies(to: string): void {
  cpSync(join(POLICIES, '_schemas'), join(to, '_schemas'), { recursive: true })
  cpSync(join(POLICIES, 'bailiwick_canary.yaml'), join(to, 'bailiwick_canary.yaml'))
  cpSync(OWN_POLICIES, to, { recursive: true })
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address === null || typeof address === 'string' ? reject(new Error('no free port')) : resolve(address.port)))
    })
  })
}
