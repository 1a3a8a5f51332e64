// A real Envoy in front of the support desk, on gateways/envoy/envoy.yaml with nothing changed but where things listen, where the servers lie and what
// they want to see of a gateway. TLS is taken off the listeners: loopback needs none.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { UPSTREAM_KEY_HEADER } from '../mcp/admission.ts'
import type { Front, GatewayKind, RealGateway } from './front.ts'
import { answers, freeLoopbackPorts, startProgram } from './program.ts'

export const ENVOY_FILE = new URL('../../../../gateways/envoy/envoy.yaml', import.meta.url)

/** `ENVOY`, else `envoy` on the PATH; undefined where there is none that answers. */
export function findEnvoy(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const binary = env['ENVOY'] ?? 'envoy'
  return answers(binary) ? binary : undefined
}

export function envoy(binary: string): GatewayKind<RealGateway> {
  return { name: 'Envoy', dialect: 'envoy', start: (front) => startEnvoy(binary, front) }
}

/** Only what is changed here is named; the rest passes through as it was read. */
const connectionManager = z.looseObject({ route_config: z.looseObject({ request_headers_to_add: z.unknown().optional() }) })
const listening = z.looseObject({
  address: z.unknown(),
  filter_chains: z.array(z.looseObject({ transport_socket: z.unknown().optional(), filters: z.array(z.looseObject({ typed_config: connectionManager })) })),
})
const envoyFile = z.looseObject({
  static_resources: z.looseObject({
    listeners: z.tuple([listening, listening]),
    clusters: z.array(z.looseObject({ name: z.string(), type: z.string(), load_assignment: z.looseObject({ endpoints: z.unknown() }) })),
  }),
})

async function startEnvoy(binary: string, front: Front): Promise<RealGateway> {
  const [tokensPort = 0] = await freeLoopbackPorts(1)
  const file = join(front.folder, `envoy-${front.port}.json`)
  writeFileSync(file, JSON.stringify(toRun(front, tokensPort)), { mode: 0o600 })
  const { close } = await startProgram({
    binary,
    // One worker and no admin: what runs is the file, and nothing else listens.
    args: ['-c', file, '--disable-hot-restart', '--concurrency', '1'],
    env: { BAILIWICK_GATEWAY_KEY: front.gatewayKey },
    logFile: join(front.folder, 'envoy.log'),
    ports: [front.port, tokensPort],
  })
  return { url: `http://127.0.0.1:${front.port}`, tokensUrl: `http://127.0.0.1:${tokensPort}`, close }
}

function toRun(front: Front, tokensPort: number): z.infer<typeof envoyFile> {
  const text = readFileSync(ENVOY_FILE, 'utf8').replaceAll('timeout: 0.5s', `timeout: ${front.patience ?? '0.5s'}`)
  const file = envoyFile.parse(parse(text, { merge: true }))
  const [gateway, tokens] = file.static_resources.listeners
  gateway.address = socketAddress('127.0.0.1', front.port)
  tokens.address = socketAddress('127.0.0.1', tokensPort)
  for (const listener of [gateway, tokens]) for (const chain of listener.filter_chains) delete chain.transport_socket
  for (const { filters } of gateway.filter_chains)
    for (const { typed_config: manager } of filters)
      manager.route_config.request_headers_to_add = [
        { header: { key: UPSTREAM_KEY_HEADER, value: front.upstreamKey }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' },
      ]
  for (const cluster of file.static_resources.clusters) {
    const url = cluster.name.startsWith('bailiwick') ? `http://${front.bailiwick}` : front.routes.find(({ resource }) => resource === cluster.name)?.upstream
    if (url === undefined) throw new Error(`envoy.yaml: nothing here is called ${cluster.name}`)
    const { hostname, port } = new URL(url)
    cluster.type = 'STATIC'
    cluster.load_assignment.endpoints = [{ lb_endpoints: [{ endpoint: { address: socketAddress(hostname, Number(port)) } }] }]
  }
  return file
}

function socketAddress(address: string, port: number): unknown {
  return { socket_address: { address, port_value: port } }
}
