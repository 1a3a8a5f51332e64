// A real Envoy Gateway with the Kubernetes provider, on a real Kubernetes API: resources are applied and their statuses read back. Nobody runs pods there, so
// the test does what a kubelet would with the Deployment it writes: mounts its Secret and ConfigMap where it says, starts Envoy with its arguments, and
// reports that it runs. Both programs want `/certs`: each gets a file system of its own (bubblewrap).
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { z } from 'zod'
import type { Front, GatewayKind, RealGateway } from '../../../../examples/support-desk/src/gateway/front.ts'
import { freeLoopbackPorts, startProgram } from '../../../../examples/support-desk/src/gateway/program.ts'
import { documentsIn } from '../kubernetes/api-client.ts'
import { startCluster } from '../kubernetes/cluster.ts'
import type { Cluster, KubernetesPrograms } from '../kubernetes/cluster.ts'
import { accepted } from './accepted.ts'
import { boxed } from './boxed.ts'
import { CLASS, CONTROLLER, ENVOY_GATEWAY_API, NAMESPACE, gatewayClass, resourcesOf } from './resources.ts'
import type { Servers } from './resources.ts'
import { served } from './served.ts'

export interface ClusterPrograms extends KubernetesPrograms {
  readonly envoyGateway: string
  readonly envoy: string
  /** Folder with its own definitions and those of the Gateway API, YAML files. */
  readonly definitions: string
}

const SYSTEM = 'envoy-gateway-system'
const WITHIN_MS = 60_000
/** In a cluster no EndpointSlice may name a loopback address, but a name below `localhost` (RFC 6761) may stand there. */
const SERVICES: Servers = {
  documents: (name, namespace, port) => [
    { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { ports: [{ name: 'here', port: 8421 }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${name}-here`, namespace, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'FQDN',
      ports: [{ name: 'here', port, protocol: 'TCP' }],
      endpoints: [{ addresses: [`${name}.localhost`], conditions: { ready: true } }],
    },
  ],
  ref: (name) => ({ name, port: 8421 }),
  changes: [],
}

const DEPLOYMENTS = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({ template: z.object({ spec: z.object({ containers: z.array(z.object({ name: z.string(), args: z.array(z.string()).optional() })) }) }) }),
    }),
  ),
})
const HELD = z.object({ data: z.record(z.string(), z.string()) })

export function envoyGatewayOnKubernetes(programs: ClusterPrograms): GatewayKind<RealGateway> {
  let first: { readonly cluster: Cluster } | undefined
  let started = 0
  return {
    name: 'Envoy Gateway',
    dialect: 'envoy',
    start: async (front) => {
      started += 1
      const namespace = started === 1 ? NAMESPACE : `${NAMESPACE}-${started}`
      const [tokensPort = 0] = await freeLoopbackPorts(1)
      const ports = [front.port, tokensPort]
      const running = { url: `http://127.0.0.1:${front.port}`, tokensUrl: `http://127.0.0.1:${tokensPort}` }
      const documents = documentsIn(resourcesOf(front, namespace, tokensPort, SERVICES))
      if (first !== undefined) {
        const { cluster } = first
        for (const document of documents) await cluster.apply(document)
        await served(ports)
        return { ...running, close: () => Promise.resolve() }
      }
      const house = await startHouse(programs, front, documents)
      first = house
      try {
        await served(ports)
        await accepted(house.cluster, front)
      } catch (error) {
        await house.close()
        throw error
      }
      return { ...running, close: house.close }
    },
  }
}

interface House {
  readonly cluster: Cluster
  close(): Promise<void>
}

async function startHouse(programs: ClusterPrograms, { folder }: Front, documents: readonly unknown[]): Promise<House> {
  const home = join(folder, 'kubernetes')
  mkdirSync(home)
  const cluster = await startCluster(programs, home)
  const closing: (() => Promise<void>)[] = [cluster.close]
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).toReversed()) await end()
  }
  try {
    for (const file of definitionFiles(programs.definitions)) for (const document of documentsIn(readFileSync(file, 'utf8'))) await cluster.apply(document)
    for (const name of [SYSTEM, NAMESPACE]) await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    const env = { HOME: home, KUBECONFIG: cluster.kubeconfig, ENVOY_GATEWAY_NAMESPACE: SYSTEM }
    execFileSync(programs.envoyGateway, ['certgen', '--disable-topology-injector'], { env, stdio: 'ignore', timeout: WITHIN_MS })
    const [adminPort = 0] = await freeLoopbackPorts(1)
    const config = join(home, 'envoy-gateway.yaml')
    writeFileSync(config, stringify(configuration(adminPort)))
    const certificates = await mounted(cluster, 'secrets', 'envoy-gateway', home)
    const server = await startProgram({
      ...boxed([programs.envoyGateway, 'server', '--config-path', config], { '/certs': certificates }),
      env,
      logFile: join(folder, 'envoy-gateway.log'),
      ports: [18_000],
      readyWithinMs: WITHIN_MS,
      groupIn: home,
    })
    closing.push(() => server.close())
    for (const document of [gatewayClass(), proxy(), ...documents]) await cluster.apply(document)
    const deployed = await deployment(cluster)
    const hosts = join(home, 'hosts')
    // Envoy looks for it here with the dot it ends in.
    writeFileSync(hosts, `127.0.0.1 localhost ${deployed.control}\n`)
    const mounts = {
      '/certs': await mounted(cluster, 'secrets', 'envoy', home),
      '/sds': await mounted(cluster, 'configmaps', deployed.name, home),
      '/etc/hosts': hosts,
    }
    const envoy = await startProgram({
      ...boxed([programs.envoy, ...deployed.args, '--disable-hot-restart', '--concurrency', '1'], mounts),
      env: {},
      logFile: join(folder, 'envoy.log'),
      ports: [19_000],
      readyWithinMs: WITHIN_MS,
      groupIn: home,
    })
    closing.push(() => envoy.close())
    await cluster.apply(
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: deployed.name, namespace: SYSTEM },
        status: { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 },
      },
      'status',
    )
    return { cluster, close }
  } catch (error) {
    await close()
    throw error
  }
}

function definitionFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(folder, name))
}

function configuration(adminPort: number): unknown {
  return {
    apiVersion: ENVOY_GATEWAY_API,
    kind: 'EnvoyGateway',
    gateway: { controllerName: CONTROLLER },
    provider: { type: 'Kubernetes', kubernetes: { leaderElection: { disable: true }, topologyInjector: { disable: true } } },
    // In a cluster it shares no address with its Envoy.
    admin: { address: { host: '127.0.0.1', port: adminPort } },
    telemetry: { metrics: { prometheus: { disable: true } } },
    logging: { level: { default: 'warn' } },
    extensionApis: { enableEnvoyPatchPolicy: true },
  }
}

function proxy(): unknown {
  return {
    apiVersion: ENVOY_GATEWAY_API,
    kind: 'EnvoyProxy',
    metadata: { name: CLASS, namespace: NAMESPACE },
    // One Envoy for every gateway: its ports of administration cannot be chosen. Nobody is here to give a Service of type LoadBalancer an address.
    spec: { provider: { type: 'Kubernetes', kubernetes: { envoyService: { type: 'ClusterIP' } } }, mergeGateways: true },
  }
}

/** What a Secret or a ConfigMap holds, as files. */
async function mounted(cluster: Cluster, kind: 'secrets' | 'configmaps', name: string, home: string): Promise<string> {
  const folder = join(home, kind, name)
  mkdirSync(folder, { recursive: true })
  const { data } = HELD.parse(await cluster.read(`/api/v1/namespaces/${SYSTEM}/${kind}/${name}`))
  for (const [file, value] of Object.entries(data))
    writeFileSync(join(folder, file), kind === 'secrets' ? Buffer.from(value, 'base64') : value, { mode: 0o600 })
  return folder
}

/** What Envoy Gateway would have run. `control`: where that looks for Envoy Gateway. */
async function deployment(cluster: Cluster): Promise<{ readonly name: string; readonly args: readonly string[]; readonly control: string }> {
  for (const until = Date.now() + WITHIN_MS; ;) {
    const [found] = DEPLOYMENTS.parse(await cluster.read(`/apis/apps/v1/namespaces/${SYSTEM}/deployments`)).items
    const args = found?.spec.template.spec.containers.find(({ name }) => name === 'envoy')?.args
    if (found !== undefined && args !== undefined) {
      const control = /address: (envoy-gateway\.\S+)$/m.exec(args.join('\n'))?.[1] ?? ''
      const { name } = found.metadata
      return { name, args: args.map((each) => each.replaceAll('$(ENVOY_POD_NAME)', name).replaceAll('$(ENVOY_SERVICE_ZONE)', '')), control }
    }
    if (Date.now() > until) throw new Error('Envoy Gateway deploys no Envoy')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
