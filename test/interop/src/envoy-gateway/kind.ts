// A real Envoy Gateway without a cluster: its resources are files, its Envoy a process it starts and drives over xDS. In front of the support desk, on
// gateways/envoy-gateway/security-policy.yaml once for each route, with nothing changed but names, ports and the size of a body.
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { UPSTREAM_KEY_HEADER } from '../../../../examples/support-desk/src/mcp/admission.ts'
import type { Front, GatewayKind, RealGateway, Route } from '../../../../examples/support-desk/src/gateway/front.ts'
import { freeLoopbackPorts, startProgram } from '../../../../examples/support-desk/src/gateway/program.ts'
import { changed, shipped } from '../../../conformance/test/gateways/run-gateway.ts'

export interface Binaries {
  readonly envoyGateway: string
  readonly envoy: string
  /** Of that Envoy: what Envoy Gateway looks for before it fetches one. */
  readonly envoyVersion: string
}

const GATEWAY_API = 'gateway.networking.k8s.io/v1'
const ENVOY_GATEWAY_API = 'gateway.envoyproxy.io/v1alpha1'
const CONTROLLER = 'gateway.envoyproxy.io/gatewayclass-controller'
/** As the shipped file has it; each further gateway is another one's. */
const NAMESPACE = 'agents'

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
      writeFileSync(file, resourcesOf(front, namespace, tokensPort), { mode: 0o600 })
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

const UP_WITHIN_MS = 60_000

/** Every listener answers, if only that it has no such route. */
async function served(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const answers = (): Promise<boolean> =>
      fetch(`http://127.0.0.1:${port}/nowhere`).then(
        () => true,
        () => false,
      )
    for (const until = Date.now() + UP_WITHIN_MS; !(await answers());) {
      if (Date.now() > until) throw new Error(`Envoy Gateway does not serve port ${port}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
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
  writeFileSync(join(resources, 'class.yaml'), documents(classes(envoyVersion)))
}

function classes(envoyVersion: string): readonly unknown[] {
  return [
    {
      apiVersion: GATEWAY_API,
      kind: 'GatewayClass',
      metadata: { name: 'host' },
      spec: { controllerName: CONTROLLER, parametersRef: { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'host', namespace: NAMESPACE } },
    },
    {
      apiVersion: ENVOY_GATEWAY_API,
      kind: 'EnvoyProxy',
      metadata: { name: 'host', namespace: NAMESPACE },
      // One Envoy for every gateway: two would want one socket for their restarts.
      spec: { provider: { type: 'Host', host: { envoyVersion } }, mergeGateways: true },
    },
  ]
}

function documents(all: readonly unknown[]): string {
  return all.map((one) => stringify(one, { aliasDuplicateObjects: false })).join('---\n')
}

function resourcesOf(front: Front, namespace: string, tokensPort: number): string {
  const { gatewayKey, routes, upstreamKey, port } = front
  const bailiwickPort = Number(front.bailiwick.split(':')[1])
  const around = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: GATEWAY_API,
      kind: 'Gateway',
      metadata: { name: 'agents', namespace },
      spec: {
        gatewayClassName: 'host',
        listeners: [
          { name: 'gateway', protocol: 'HTTP', port },
          { name: 'tokens', protocol: 'HTTP', port: tokensPort },
        ],
      },
    },
    // As in the README: the value itself is base64, and `data` is base64 of that.
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'bailiwick-gateway-key', namespace }, data: { key: base64(base64(gatewayKey)) } },
    backend('bailiwick', namespace, bailiwickPort),
    httpRoute('tokens', namespace, {
      section: 'tokens',
      rules: [{ matches: ['/oauth2', '/.well-known', '/v1/tasks'].map(startingWith), backendRefs: [backendRef('bailiwick')] }],
    }),
    ...routes.flatMap((route) => routed(route, namespace, upstreamKey)),
    ...['gateway', 'tokens'].map((section, at) => onLoopback(section, namespace, at === 0 ? port : tokensPort)),
  ]
  const [policy = '', strict = ''] = shipped('envoy-gateway/security-policy.yaml').split('\n---\n')
  const policies = routes.map(({ resource }) =>
    changed(policy, [
      ['name: bailiwick-payments, namespace: agents', `name: bailiwick-${resource}, namespace: ${namespace}`],
      ['kind: HTTPRoute, name: payments', `kind: HTTPRoute, name: ${resource}`],
      ['type: Value, value: payments', `type: Value, value: ${resource}`],
      ['timeout: 500ms', `timeout: ${front.patience ?? '500ms'}`],
      // Without a cluster there are no Services.
      ['backendRefs: [{ name: bailiwick, port: 8421 }]', 'backendRefs: [{ group: gateway.envoyproxy.io, kind: Backend, name: bailiwick }]'],
      ['maxRequestBytes: 1048576', `maxRequestBytes: ${resource === 'models' ? 16_777_216 : 1_048_576}`],
    ]),
  )
  const oneSpelling = changed(strict, [['namespace: agents', `namespace: ${namespace}`]])
  return [documents(around), ...policies, oneSpelling].join('\n---\n')
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

function startingWith(value: string): unknown {
  return { path: { type: 'PathPrefix', value } }
}

function routed({ segment, resource, upstream }: Route, namespace: string, upstreamKey: string): readonly unknown[] {
  return [
    backend(`${resource}-server`, namespace, Number(new URL(upstream).port)),
    httpRoute(resource, namespace, {
      section: 'gateway',
      rules: [
        {
          matches: [startingWith(`/${segment}`)],
          filters: [
            { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } },
            { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: UPSTREAM_KEY_HEADER, value: upstreamKey }] } },
          ],
          backendRefs: [backendRef(`${resource}-server`)],
        },
      ],
    }),
  ]
}

function httpRoute(name: string, namespace: string, { section, rules }: { readonly section: string; readonly rules: readonly unknown[] }): unknown {
  return { apiVersion: GATEWAY_API, kind: 'HTTPRoute', metadata: { name, namespace }, spec: { parentRefs: [{ name: 'agents', sectionName: section }], rules } }
}

function backend(name: string, namespace: string, port: number): unknown {
  return { apiVersion: ENVOY_GATEWAY_API, kind: 'Backend', metadata: { name, namespace }, spec: { endpoints: [{ ip: { address: '127.0.0.1', port } }] } }
}

function backendRef(name: string): unknown {
  return { group: 'gateway.envoyproxy.io', kind: 'Backend', name }
}

/** Where nothing from outside is to call. */
function onLoopback(section: string, namespace: string, port: number): unknown {
  return {
    apiVersion: ENVOY_GATEWAY_API,
    kind: 'EnvoyPatchPolicy',
    metadata: { name: `loopback-${section}`, namespace },
    spec: {
      targetRef: { group: 'gateway.networking.k8s.io', kind: 'GatewayClass', name: 'host' },
      type: 'JSONPatch',
      jsonPatches: [
        {
          type: 'type.googleapis.com/envoy.config.listener.v3.Listener',
          name: `${namespace}/agents/${section}`,
          operation: { op: 'replace', path: '/address/socket_address', value: { address: '127.0.0.1', port_value: port } },
        },
      ],
    },
  }
}
