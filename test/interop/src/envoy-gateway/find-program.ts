// Envoy Gateway's program. No registry has it: `ENVOY_GATEWAY` names one, or it is on the PATH.
import { spawnSync } from 'node:child_process'
import type { Found } from '../define-peer.ts'

export function findEnvoyGateway(): Found<string> {
  const binary = process.env['ENVOY_GATEWAY'] ?? 'envoy-gateway'
  const { status, stdout } = spawnSync(binary, ['version'], { encoding: 'utf8', timeout: 30_000 })
  if (status !== 0) return { skipped: 'no Envoy Gateway here: put its path into ENVOY_GATEWAY' }
  return { peer: binary, version: `Envoy Gateway ${/ENVOY_GATEWAY_VERSION:\s*(\S+)/.exec(stdout)?.[1] ?? 'of an unknown version'}` }
}
