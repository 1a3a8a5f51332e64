// kube-apiserver and etcd: built from their Go modules, since no registry has them as programs.
import { spawnSync } from 'node:child_process'
import type { Found } from '../define-peer.ts'
import type { KubernetesPrograms } from './cluster.ts'

export function findKubernetesPrograms(): Found<KubernetesPrograms> {
  const [apiServer, etcd] = ['KUBE_APISERVER', 'ETCD'].map((name) => process.env[name])
  if (apiServer === undefined || etcd === undefined) return { skipped: 'no Kubernetes here: KUBE_APISERVER and ETCD name its API server and its store' }
  const [server, store] = [apiServer, etcd].map((binary) => spawnSync(binary, ['--version'], { encoding: 'utf8', timeout: 30_000 }))
  if (server?.status !== 0) return { skipped: `${apiServer} does not run here` }
  if (store?.status !== 0) return { skipped: `${etcd} does not run here` }
  return { peer: { apiServer, etcd }, version: server.stdout.trim() }
}
