// Istio's control plane on a real Kubernetes API: its kinds defined there, its configuration in the ConfigMap an installation writes, its certificates by
// its own authority. What is applied is what a user applies; only where things listen is the test's.
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { z } from 'zod'
import { freeLoopbackPorts, startProgram } from '../../../../examples/support-desk/src/gateway/program.ts'
import { documentsIn } from '../kubernetes/api-client.ts'
import { startCluster } from '../kubernetes/cluster.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import type { IstioPrograms } from './programs.ts'

export const CONTROL_PLANE = 'istio-system'

export interface Mesh {
  readonly cluster: Cluster
  /** Where sidecars connect to the control plane, over TLS. */
  readonly discovery: string
  /** PEM: who signs the mesh's certificates. */
  rootCertificate(namespace: string): Promise<string>
  /** Replaces the mesh configuration, as installing the changed one does. */
  configure(meshConfig: unknown): Promise<void>
  close(): Promise<void>
}

const ROOT = z.object({ data: z.object({ 'root-cert.pem': z.string() }) })
const ROOT_WITHIN_MS = 60_000

/** `folder` must exist; whoever made it removes it. */
export async function startMesh(programs: IstioPrograms, folder: string): Promise<Mesh> {
  const cluster = await startCluster(programs, folder)
  try {
    for (const document of documentsIn(readFileSync(programs.definitions, 'utf8'))) await cluster.apply(document)
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: CONTROL_PLANE } })
    const configure = (meshConfig: unknown): Promise<void> =>
      cluster.apply({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'istio', namespace: CONTROL_PLANE },
        data: { mesh: stringify(meshConfig, { aliasDuplicateObjects: false }) },
      })
    await configure({})
    const [securePort = 0, grpcPort = 0, httpPort = 0, monitoringPort = 0] = await freeLoopbackPorts(4)
    const home = join(folder, 'pilot')
    mkdirSync(home)
    const pilot = await startProgram({
      binary: programs.pilot,
      args: [
        'discovery',
        `--kubeconfig=${cluster.kubeconfig}`,
        `--secureGRPCAddr=127.0.0.1:${securePort}`,
        `--grpcAddr=127.0.0.1:${grpcPort}`,
        `--httpAddr=127.0.0.1:${httpPort}`,
        `--monitoringAddr=127.0.0.1:${monitoringPort}`,
        '--httpsAddr=',
        '--ctrlz_port=0',
      ],
      env: {
        HOME: home,
        POD_NAME: 'istiod',
        POD_NAMESPACE: CONTROL_PLANE,
        // Filters that only Istio's own build of Envoy has: one exchanges labels with the peer for metrics, one chooses the protocol of a connection.
        PILOT_ENABLE_METADATA_EXCHANGE: 'false',
        PILOT_ENABLE_ALPN_FILTER: 'false',
      },
      logFile: join(folder, 'pilot-discovery.log'),
      ports: [securePort],
      readyWithinMs: ROOT_WITHIN_MS,
      groupIn: home,
    })
    return {
      cluster,
      discovery: `127.0.0.1:${securePort}`,
      rootCertificate: async (namespace) => {
        for (const until = Date.now() + ROOT_WITHIN_MS; ;) {
          const found = ROOT.safeParse(await cluster.read(`/api/v1/namespaces/${namespace}/configmaps/istio-ca-root-cert`))
          if (found.success) return found.data.data['root-cert.pem']
          if (Date.now() > until) throw new Error('Istio wrote no root certificate')
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
      },
      configure,
      close: async () => {
        await pilot.close()
        await cluster.close()
      },
    }
  } catch (error) {
    await cluster.close()
    throw error
  }
}
