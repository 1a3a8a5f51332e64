// A file of gateways/istio applied to a mesh: its meshConfig installed, its policies given to the API server, and a sidecar for the workload they select.
// Changed in it are the secret, a port and how long it waits. Bailiwick is outside the mesh, behind a Service that selects a WorkloadEntry, as a virtual machine's.
import { z } from 'zod'
import { freeLoopbackPorts } from '../../../../examples/support-desk/src/gateway/program.ts'
import { changed, shipped } from '../../../conformance/test/gateways/run-gateway.ts'
import type { RunningGateway } from '../../../conformance/test/gateways/run-gateway.ts'
import type { Wiring } from '../../../conformance/test/gateways/proves.ts'
import { documentsIn } from '../kubernetes/api-client.ts'
import type { Mesh } from './mesh.ts'
import type { IstioPrograms } from './programs.ts'
import { startSidecar } from './sidecar.ts'
import type { RunningSidecar } from './sidecar.ts'

export interface Around {
  readonly programs: IstioPrograms
  readonly mesh: Mesh
  /** Where programs keep what they write. */
  readonly folder: string
}

export interface GuardedWorkload extends RunningGateway {
  readonly sidecar: RunningSidecar
}

type Protocol = 'HTTP' | 'TCP' | 'guessed'

export interface Guarding extends Wiring {
  /** `mesh.yaml` where it is not said. */
  readonly file?: 'mesh.yaml' | 'grpc.yaml'
  /** In place of the shipped timeout. */
  readonly timeout: string
  /** What Istio is told the workload speaks; `guessed`: nothing, so that it looks at the first bytes. */
  readonly protocol?: Protocol
  /** A policy of the shipped file that is left out. */
  readonly without?: string
}

/** As the shipped file has them. */
export const NAMESPACE = 'agents'
const WORKLOAD = 'payments'
const INSTALLED = z.object({ kind: z.literal('IstioOperator'), spec: z.object({ meshConfig: z.looseObject({}) }) })
const POLICY = z.object({ metadata: z.object({ name: z.string() }) })
const SEEN_WITHIN_MS = 60_000

export async function startGuarded({ programs, mesh, folder }: Around, guarding: Guarding): Promise<GuardedWorkload> {
  const { file = 'mesh.yaml', port, bailiwick, behind, key, timeout, protocol = 'HTTP' } = guarding
  const isGrpc = file === 'grpc.yaml'
  const [servicePort = 0] = await freeLoopbackPorts(1)
  const text = changed(shipped(`istio/${file}`), [
    ...(isGrpc ? [] : [['${BAILIWICK_GATEWAY_KEY}', key] as const]),
    ['timeout: 0.5s', `timeout: ${timeout}`],
    ['port: 8421', `port: ${servicePort}`],
  ])
  const [installed, ...policies] = documentsIn(text)
  await mesh.configure(INSTALLED.parse(installed).spec.meshConfig)
  const around = [...bailiwickAt(bailiwick, servicePort, isGrpc ? 'grpc' : 'http'), listening({ port, behind, servicePort, protocol })]
  for (const document of [...around, ...policies]) await mesh.cluster.apply(document)
  const without = policies.find((policy) => POLICY.parse(policy).metadata.name === guarding.without)
  if (without !== undefined) await mesh.cluster.remove(without)
  const closing: (() => Promise<unknown>)[] = policies.map((policy) => () => mesh.cluster.remove(policy))
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).toReversed()) await end()
  }
  try {
    const sidecar = await startSidecar(programs, mesh, { namespace: NAMESPACE, name: WORKLOAD, ports: [port] }, folder)
    closing.push(() => sidecar.close())
    // It has what was just applied, not what a test before had applied: the port is of now. Of TCP it asks nothing over HTTP.
    const isAsked = isGrpc || protocol !== 'TCP'
    await seen(async () => {
      const [listeners, clusters] = [await sidecar.admin('/config_dump?resource=dynamic_listeners'), await sidecar.admin('/clusters')]
      const asks = !isAsked || (listeners.includes(`outbound|${servicePort}||bailiwick`) && !listeners.includes('"warming_state"'))
      return asks && clusters.includes(`outbound|${servicePort}||bailiwick.${NAMESPACE}.svc.cluster.local::${bailiwick}::`)
    })
    return { url: `http://127.0.0.1:${port}`, sidecar, close }
  } catch (error) {
    await close()
    throw error
  }
}

export async function seen(isSo: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + SEEN_WITHIN_MS; !(await isSo());) {
    if (Date.now() > until) throw new Error('the sidecar was not told in time')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function bailiwickAt(address: string, servicePort: number, protocol: 'grpc' | 'http'): readonly unknown[] {
  const [host, port] = address.split(':')
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'bailiwick', namespace: NAMESPACE },
      spec: { selector: { app: 'bailiwick' }, ports: [{ name: protocol, port: servicePort, targetPort: Number(port) }] },
    },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'WorkloadEntry',
      metadata: { name: 'bailiwick', namespace: NAMESPACE },
      spec: { address: host, labels: { app: 'bailiwick' } },
    },
  ]
}

interface Listening {
  readonly port: number
  readonly behind: string
  /** Of Bailiwick's Service: without interception a sidecar listens on it, for calls the workload itself might make. */
  readonly servicePort: number
  readonly protocol: Protocol
}

/** Where the workload's sidecar listens, told outright: nothing here could be intercepted. */
function listening({ port, behind, servicePort, protocol }: Listening): unknown {
  const bind = { bind: '127.0.0.1', captureMode: 'NONE' }
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Sidecar',
    metadata: { name: WORKLOAD, namespace: NAMESPACE },
    spec: {
      workloadSelector: { labels: { app: WORKLOAD } },
      ingress: [{ port: { number: port, protocol: protocol === 'guessed' ? '' : protocol, name: 'in' }, ...bind, defaultEndpoint: behind }],
      egress: [{ port: { number: servicePort, protocol: 'HTTP', name: 'out' }, ...bind, hosts: [`./bailiwick.${NAMESPACE}.svc.cluster.local`] }],
    },
  }
}
