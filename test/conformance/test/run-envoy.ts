// Starts a real Envoy on gateways/envoy/envoy.yaml, with nothing changed but where things listen and which servers lie behind it. TLS is taken off the
// listeners: what is shown here is the decision, not the handshake.
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { parse } from 'yaml'

export interface Behind {
  /** The first path segment. */
  readonly segment: string
  readonly resource: string
  /** `http://127.0.0.1:8425`. */
  readonly url: string
}

export interface EnvoyOptions {
  readonly binary: string
  /** For the configuration that is really read, and for Envoy's log. */
  readonly folder: string
  /** `127.0.0.1:8420`: one address for both planes, as in development. */
  readonly bailiwick: string
  readonly gatewayKey: string
  /** Of the listener agents call; a free one when absent. */
  readonly port?: number
  readonly behind: readonly Behind[]
  /** What the servers behind want to see of a gateway. */
  readonly toUpstream: readonly (readonly [name: string, value: string])[]
}

export interface RunningEnvoy {
  readonly gatewayUrl: string
  readonly tokensUrl: string
  close(): Promise<void>
}

export const ENVOY_FILE = new URL('../../../gateways/envoy/envoy.yaml', import.meta.url)

/** `ENVOY`, else `envoy` on the PATH; undefined where there is none that answers. */
export function findEnvoy(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const binary = env['ENVOY'] ?? 'envoy'
  return spawnSync(binary, ['--version']).status === 0 ? binary : undefined
}

/** Only what is changed here is typed; the rest passes through as it was read. */
interface Route {
  match: { prefix: string }
  route: { cluster: string }
  request_headers_to_add?: unknown
  typed_per_filter_config?: Record<string, { check_settings: { context_extensions: Record<string, string> } }>
}
interface Chain {
  transport_socket?: unknown
  filters: { typed_config: { route_config: { virtual_hosts: { routes: Route[] }[] } } }[]
}
interface Listener {
  address: unknown
  filter_chains: Chain[]
}
interface Cluster {
  name: string
  type: string
  load_assignment: { cluster_name: string; endpoints: unknown }
}
interface EnvoyFile {
  static_resources: { listeners: Listener[]; clusters: Cluster[] }
}

export async function runEnvoy(options: EnvoyOptions): Promise<RunningEnvoy> {
  const [free, tokensPort] = await freePorts()
  const gatewayPort = options.port ?? free
  const file = join(options.folder, `envoy-${gatewayPort}.json`)
  writeFileSync(file, JSON.stringify(toRun(options, gatewayPort, tokensPort)))
  // One worker and no admin: what runs is the file, and nothing else listens.
  const child = spawn(options.binary, ['-c', file, '--disable-hot-restart', '--concurrency', '1', '--log-path', join(options.folder, 'envoy.log')], {
    env: { BAILIWICK_GATEWAY_KEY: options.gatewayKey },
    stdio: 'ignore',
  })
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  for (let tries = 0; !(await accepts(gatewayPort)); tries++) {
    if (tries === 200 || child.exitCode !== null) throw new Error(`envoy did not start; its log is ${join(options.folder, 'envoy.log')}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    gatewayUrl: `http://127.0.0.1:${gatewayPort}`,
    tokensUrl: `http://127.0.0.1:${tokensPort}`,
    close: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

function toRun(options: EnvoyOptions, gatewayPort: number, tokensPort: number): EnvoyFile {
  const shipped = parse(readFileSync(ENVOY_FILE, 'utf8'), { merge: true }) as EnvoyFile
  const { listeners, clusters } = shipped.static_resources
  for (const [listener, port] of [
    [listeners[0], gatewayPort],
    [listeners[1], tokensPort],
  ] as const) {
    if (listener === undefined) throw new Error('envoy.yaml: two listeners were expected')
    listener.address = socketAddress('127.0.0.1', port)
    for (const chain of listener.filter_chains) delete chain.transport_socket
  }
  const routes = listeners[0]?.filter_chains[0]?.filters[0]?.typed_config.route_config.virtual_hosts[0]?.routes ?? []
  const made = options.behind.map(({ segment, resource }) => {
    const like = routes.find((route) => route.match.prefix === `/${segment}/`) ?? routes[0]
    const route = structuredClone(like)
    const settings = route?.typed_per_filter_config?.['envoy.filters.http.ext_authz']?.check_settings
    if (route === undefined || settings === undefined) throw new Error('envoy.yaml: a route with ext_authz settings was expected')
    route.match.prefix = `/${segment}/`
    route.route.cluster = resource
    settings.context_extensions = { bailiwick_resource: resource }
    route.request_headers_to_add = options.toUpstream.map(([key, value]) => ({ header: { key, value }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' }))
    return route
  })
  routes.splice(0, routes.length, ...made)
  const kept = clusters.filter((cluster) => cluster.name.startsWith('bailiwick'))
  for (const cluster of kept) cluster.load_assignment.endpoints = endpoints(new URL(`http://${options.bailiwick}`))
  const template = clusters.find((cluster) => !cluster.name.startsWith('bailiwick'))
  if (template === undefined) throw new Error('envoy.yaml: a cluster of a server was expected')
  const behind = options.behind.map(({ resource, url }) => ({
    ...template,
    name: resource,
    type: 'STATIC',
    load_assignment: { cluster_name: resource, endpoints: endpoints(new URL(url)) },
  }))
  return { ...shipped, static_resources: { listeners, clusters: [...kept, ...behind] } }
}

function endpoints(url: URL): unknown {
  return [{ lb_endpoints: [{ endpoint: { address: socketAddress(url.hostname, Number(url.port)) } }] }]
}

function socketAddress(address: string, port: number): unknown {
  return { socket_address: { address, port_value: port } }
}

async function freePorts(): Promise<readonly [number, number]> {
  const servers = await Promise.all(
    [0, 1].map(
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer()
          server.once('error', reject)
          server.listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  const [first = 0, second = 0] = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return [first, second]
}

function accepts(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      settle(true)
    })
    socket.once('error', () => settle(false))
  })
}
