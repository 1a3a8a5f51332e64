// One sidecar: a real pilot-agent that gets its certificate with a service account's token, writes Envoy's bootstrap and starts Envoy. Nothing is
// intercepted, for there is no pod: a `Sidecar` says where it listens, and for whom.
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { freeLoopbackPorts, startProgram } from '../../../../examples/support-desk/src/gateway/program.ts'
import type { Mesh } from './mesh.ts'
import type { IstioPrograms } from './programs.ts'

export interface Workload {
  readonly namespace: string
  /** Its name, its `app` label and its service account. */
  readonly name: string
  /** Ports of loopback it is to listen on before it counts as started. */
  readonly ports: readonly number[]
}

export interface RunningSidecar {
  /** Where its certificate is: `cert-chain.pem`, `key.pem`, `root-cert.pem`. */
  readonly certificates: string
  /** What its Envoy's administration answers. */
  admin(path: string): Promise<string>
  close(): Promise<void>
}

const READY_WITHIN_MS = 60_000

/** `within`: a folder in which one of its own is made. */
export async function startSidecar(programs: IstioPrograms, mesh: Mesh, { namespace, name, ports }: Workload, within: string): Promise<RunningSidecar> {
  await mesh.cluster.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } })
  const folder = mkdtempSync(join(within, `${name}-`))
  const put = (path: string, text: string): string => {
    const file = join(folder, path)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, text, { mode: 0o600 })
    return file
  }
  put('var/run/secrets/tokens/istio-token', await mesh.cluster.tokenOf({ namespace, name }, 'istio-ca'))
  const root = put('var/run/secrets/istio/root-cert.pem', await mesh.rootCertificate(namespace))
  const certificates = join(folder, 'certificates')
  mkdirSync(certificates)
  const [adminPort = 0, statusPort = 0, envoyStatusPort = 0, prometheusPort = 0] = await freeLoopbackPorts(4)
  const { close } = await startProgram({
    binary: programs.agent,
    args: ['proxy', 'sidecar', '--proxyLogLevel=warning'],
    env: {
      HOME: folder,
      PATH: process.env['PATH'] ?? '',
      POD_NAME: name,
      POD_NAMESPACE: namespace,
      SERVICE_ACCOUNT: name,
      INSTANCE_IP: '127.0.0.1',
      ISTIOD_SAN: 'istiod.istio-system.svc',
      CA_ROOT_CA: root,
      XDS_ROOT_CA: root,
      OUTPUT_CERTS: certificates,
      ISTIO_BOOTSTRAP: programs.bootstrap,
      ISTIO_META_CLUSTER_ID: 'Kubernetes',
      ISTIO_META_INTERCEPTION_MODE: 'NONE',
      ISTIO_METAJSON_LABELS: JSON.stringify({ app: name }),
      ENVOY_STATUS_PORT: String(envoyStatusPort),
      ENVOY_PROMETHEUS_PORT: String(prometheusPort),
      PROXY_CONFIG: stringify({
        discoveryAddress: mesh.discovery,
        binaryPath: programs.envoy,
        configPath: join(folder, 'etc/istio/proxy'),
        proxyAdminPort: adminPort,
        statusPort,
        concurrency: 1,
      }),
    },
    logFile: join(within, `${name}.log`),
    ports: [adminPort, ...ports],
    readyWithinMs: READY_WITHIN_MS,
    groupIn: folder,
  })
  for (const until = Date.now() + READY_WITHIN_MS; !existsSync(join(certificates, 'cert-chain.pem'));) {
    if (Date.now() > until) {
      await close()
      throw new Error(`${name} was given no certificate`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    certificates,
    admin: async (path) => await (await fetch(`http://127.0.0.1:${adminPort}${path}`)).text(),
    close,
  }
}
