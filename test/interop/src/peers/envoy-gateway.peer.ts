// A real Envoy Gateway on gateways/envoy-gateway, in its mode without a cluster, with the Envoy of PyPI. No registry has its program: `ENVOY_GATEWAY` names
// one, or it is on the PATH. It listens on ports of its own choosing, 18000 among them, on every address.
import { spawnSync } from 'node:child_process'
import { envoyGateway } from '../envoy-gateway/kind.ts'
import type { Binaries } from '../envoy-gateway/kind.ts'
import { definePeer } from '../define-peer.ts'
import { findEnvoyBinary } from '../envoy/find-envoy.ts'
import { realGatewayCases } from '../real-gateway/cases.ts'

await definePeer<Binaries>(import.meta.url, {
  find: async () => {
    const binary = process.env['ENVOY_GATEWAY'] ?? 'envoy-gateway'
    const { status, stdout } = spawnSync(binary, ['version'], { encoding: 'utf8', timeout: 30_000 })
    if (status !== 0) return { skipped: 'no Envoy Gateway here: put its path into ENVOY_GATEWAY' }
    const envoy = await findEnvoyBinary()
    if ('skipped' in envoy) return envoy
    const version = /ENVOY_GATEWAY_VERSION:\s*(\S+)/.exec(stdout)?.[1] ?? 'of an unknown version'
    return { peer: { envoyGateway: binary, envoy: envoy.binary, envoyVersion: envoy.version }, version: `Envoy Gateway ${version} with Envoy ${envoy.version}` }
  },
  cases: (binaries) =>
    realGatewayCases(envoyGateway(binaries), { underscoreHeader: 400, truncatedHeader: 'no effect', tooLarge: 413, encodedSlash: 400, noAnswer: 403 }),
})
