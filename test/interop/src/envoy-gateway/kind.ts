// A real Envoy Gateway without a cluster: its resources are files, its Envoy a process it starts and drives over xDS. In front of the support desk, on
// gateways/envoy-gateway/security-policy.yaml once for each route, with nothing changed but names, ports and the size of a body.
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { GatewayKind, RealGateway } from '../../../../examples/support-desk/src/gateway/front.ts'
import { freeLoopbackPorts, startProgram } from '../../../../examples/support-desk/src/gateway/program.ts'
import { CLASS, CONTROLLER, ENVOY_GATEWAY_API, NAMESPACE, documents, gatewayClass, resourcesOf } from './resources.ts'
import type { Servers } from './resources.ts'
import { served } from './served.ts'

export interface Binaries {
  readonly envoyGateway: string
  readonly envoy: string
  /** Of that Envoy: what Envoy Gateway looks for before it fetches one. */
  readonly envoyVersion: string
}

/** One Envoy Gateway drives every gateway: it listens on a port that cannot be chosen. The first that is started ends it. */
export function envoyGateway(binaries: Binaries): GatewayKind<RealGateway> {
  let started = 0
  return {
    name: 'Envoy Gateway',
    dialect: 'envoy',
    start: async (front) => {
      started += 1
      const namespace = started === 1 ? NAMESPACE : `${NAMESPACE}-${started}`
      const [tokensPort = 0] = await freeLoopbackPorts(1)
      const home = join(front.folder, 'envoy-gateway')
      const resources = join(home, 'resources')
      if (started === 1) prepare(binaries, home, resources)
      const file = join(resources, `${namespace}.yaml`)
      writeFileSync(file, resourcesOf(front, namespace, tokensPort, BACKENDS), { mode: 0o600 })
      const running = { url: `http://127.0.0.1:${front.port}`, tokensUrl: `http://127.0.0.1:${tokensPort}` }
      if (started > 1) {
        await served([front.port, tokensPort])
        return { ...running, close: () => Promise.resolve(rmSync(file)) }
      }
      const { close } = await startProgram({
        binary: binaries.envoyGateway,
        args: ['server', '--config-path', join(home, 'envoy-gateway.yaml')],
        env: { HOME: home },
        logFile: join(front.folder, 'envoy-gateway.log'),
        ports: [],
      })
      try {
        await served([front.port, tokensPort])
      } catch (error) {
        await close()
        throw error
      }
      return { ...running, close }
    },
  }
}

function prepare({ envoyGateway: program, envoy, envoyVersion }: Binaries, home: string, resources: string): void {
  const bin = join(home, 'data', 'envoy-versions', envoyVersion, 'bin')
  for (const folder of [resources, bin]) mkdirSync(folder, { recursive: true, mode: 0o700 })
  symlinkSync(envoy, join(bin, 'envoy'))
  // With these it and its Envoy know each other.
  execFileSync(program, ['certgen', '--local', '--config-home', join(home, 'config')], { env: { HOME: home }, stdio: 'ignore', timeout: 60_000 })
  const host = { configHome: join(home, 'config'), dataHome: join(home, 'data'), stateHome: join(home, 'state'), runtimeDir: join(home, 'run') }
  writeFileSync(
    join(home, 'envoy-gateway.yaml'),
    stringify({
      apiVersion: ENVOY_GATEWAY_API,
      kind: 'EnvoyGateway',
      gateway: { controllerName: CONTROLLER },
      provider: {
        type: 'Custom',
        custom: { resource: { type: 'File', file: { paths: [resources] } }, infrastructure: { type: 'Host', host } },
      },
      logging: { level: { default: 'warn' } },
      extensionApis: { enableBackend: true, enableEnvoyPatchPolicy: true },
    }),
  )
  writeFileSync(join(resources, 'class.yaml'), documents([gatewayClass(), proxyOf(envoyVersion)]))
}

function proxyOf(envoyVersion: string): unknown {
  return {
    apiVersion: ENVOY_GATEWAY_API,
    kind: 'EnvoyProxy',
    metadata: { name: CLASS, namespace: NAMESPACE },
    // One Envoy for every gateway: two would want one socket for their restarts.
    spec: { provider: { type: 'Host', host: { envoyVersion } }, mergeGateways: true },
  }
}

/** Without a cluster there are no Services. */
const BACKENDS: Servers = {
  documents: (name, namespace, port) => [
    { apiVersion: ENVOY_GATEWAY_API, kind: 'Backend', metadata: { name, namespace }, spec: { endpoints: [{ ip: { address: '127.0.0.1', port } }] } },
  ],
  ref: (name) => ({ group: 'gateway.envoyproxy.io', kind: 'Backend', name }),
  changes: [['backendRefs: [{ name: bailiwick, port: 8421 }]', 'backendRefs: [{ group: gateway.envoyproxy.io, kind: Backend, name: bailiwick }]']],
}
