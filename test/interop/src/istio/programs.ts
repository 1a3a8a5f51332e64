// What Istio's case runs, found by environment variables: no registry has any of it as a program.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findEnvoyBinary } from '../envoy/find-envoy.ts'
import type { KubernetesPrograms } from '../kubernetes/cluster.ts'
import { findKubernetesPrograms } from '../kubernetes/find-programs.ts'
import type { Found } from '../define-peer.ts'

export interface IstioPrograms extends KubernetesPrograms {
  readonly pilot: string
  readonly agent: string
  /** Istio's own definitions of its kinds, a YAML file. */
  readonly definitions: string
  /** The template pilot-agent makes Envoy's bootstrap from. */
  readonly bootstrap: string
  readonly envoy: string
}

export async function findIstioPrograms(): Promise<Found<IstioPrograms>> {
  const kubernetes = findKubernetesPrograms()
  if ('skipped' in kubernetes) return kubernetes
  const [pilot, agent, source] = ['PILOT_DISCOVERY', 'PILOT_AGENT', 'ISTIO_SOURCE'].map((name) => process.env[name])
  if (pilot === undefined || agent === undefined || source === undefined)
    return { skipped: 'no Istio here: PILOT_DISCOVERY, PILOT_AGENT and ISTIO_SOURCE name its programs and the folder they were built from' }
  const definitions = join(source, 'manifests/charts/base/files/crd-all.gen.yaml')
  const bootstrap = join(source, 'tools/packaging/common/envoy_bootstrap.json')
  const missing = [definitions, bootstrap].find((file) => !existsSync(file))
  if (missing !== undefined) return { skipped: `${missing} is not there: ISTIO_SOURCE is not the source of Istio` }
  const { status, stdout } = spawnSync(pilot, ['version', '--short'], { encoding: 'utf8', timeout: 30_000 })
  if (status !== 0) return { skipped: `${pilot} does not run here` }
  const envoy = await findEnvoyBinary()
  if ('skipped' in envoy) return envoy
  const version = stdout.replace('client version:', '').trim()
  return {
    peer: { ...kubernetes.peer, pilot, agent, definitions, bootstrap, envoy: envoy.binary },
    version: `Istio ${version} with Envoy ${envoy.version} on ${kubernetes.version}`,
  }
}
