// A real Kubernetes API: kube-apiserver over etcd, on loopback ports, in a folder of their own. No nodes, no controllers and no kubelet: what is applied is
// stored, validated and watched, and nothing is ever started because of it.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { freeLoopbackPorts, startProgram } from '../../../../examples/support-desk/src/gateway/program.ts'
import { makeTestAuthority } from '../../../kit/src/test-authority.ts'
import { apiClient } from './api-client.ts'
import type { ApiClient } from './api-client.ts'

export interface KubernetesPrograms {
  readonly apiServer: string
  readonly etcd: string
}

export interface Cluster extends ApiClient {
  /** A file with the credential of a cluster administrator. */
  readonly kubeconfig: string
  close(): Promise<void>
}

const UP_WITHIN_MS = 120_000

/** `folder` must exist; whoever made it removes it. */
export async function startCluster({ apiServer, etcd }: KubernetesPrograms, folder: string): Promise<Cluster> {
  const closing: (() => Promise<unknown>)[] = []
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).toReversed()) await end()
  }
  try {
    const [storePort = 0, peerPort = 0, port = 0] = await freeLoopbackPorts(3)
    const [storeUrl, peerUrl] = [`http://127.0.0.1:${storePort}`, `http://127.0.0.1:${peerPort}`]
    const store = await startProgram({
      binary: etcd,
      args: [
        `--data-dir=${join(folder, 'etcd')}`,
        `--listen-client-urls=${storeUrl}`,
        `--advertise-client-urls=${storeUrl}`,
        `--listen-peer-urls=${peerUrl}`,
        `--initial-advertise-peer-urls=${peerUrl}`,
        `--initial-cluster=default=${peerUrl}`,
        '--unsafe-no-fsync',
        '--log-level=error',
      ],
      env: {},
      logFile: join(folder, 'etcd.log'),
      ports: [storePort],
    })
    closing.push(() => store.close())

    const authority = makeTestAuthority(folder, 'kubernetes-ca')
    const serving = authority.issue('kubernetes', { dns: ['localhost', 'kubernetes.default.svc'], ip: ['127.0.0.1'] })
    const signing = join(folder, 'service-accounts.key')
    writeFileSync(signing, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    const token = randomBytes(32).toString('hex')
    const tokens = join(folder, 'tokens.csv')
    writeFileSync(tokens, `${token},admin,admin,"system:masters"\n`, { mode: 0o600 })
    const server = await startProgram({
      binary: apiServer,
      args: [
        `--etcd-servers=${storeUrl}`,
        '--bind-address=127.0.0.1',
        `--secure-port=${port}`,
        `--tls-cert-file=${serving.cert}`,
        `--tls-private-key-file=${serving.key}`,
        `--token-auth-file=${tokens}`,
        '--authorization-mode=RBAC',
        '--service-account-issuer=https://kubernetes.default.svc',
        `--service-account-key-file=${signing}`,
        `--service-account-signing-key-file=${signing}`,
        '--api-audiences=https://kubernetes.default.svc',
        '--service-cluster-ip-range=10.96.0.0/24',
        // It is on loopback, which no Endpoints may name.
        '--endpoint-reconciler-type=none',
        // Nobody is here to make default service accounts.
        '--disable-admission-plugins=ServiceAccount',
        '--watch-cache=true',
      ],
      env: {},
      logFile: join(folder, 'kube-apiserver.log'),
      ports: [port],
      readyWithinMs: UP_WITHIN_MS,
    })
    closing.push(() => server.close())
    const url = `https://127.0.0.1:${port}`
    const client = apiClient({ url, token, ca: authority.ca })
    await client.ready(UP_WITHIN_MS)
    const kubeconfig = join(folder, 'kubeconfig')
    writeFileSync(
      kubeconfig,
      stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'here', cluster: { server: url, 'certificate-authority': authority.ca } }],
        users: [{ name: 'admin', user: { token } }],
        contexts: [{ name: 'here', context: { cluster: 'here', user: 'admin' } }],
        'current-context': 'here',
      }),
      { mode: 0o600 },
    )
    return { ...client, kubeconfig, close }
  } catch (error) {
    await close()
    throw error
  }
}
