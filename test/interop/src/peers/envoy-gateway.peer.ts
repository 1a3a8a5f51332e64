// A real Envoy Gateway on gateways/envoy-gateway, in its mode without a cluster, with the Envoy of PyPI. It listens on ports of its own choosing, 18000 among
// them, on every address.
import { envoyGateway } from '../envoy-gateway/kind.ts'
import type { Binaries } from '../envoy-gateway/kind.ts'
import { findEnvoyGateway } from '../envoy-gateway/find-program.ts'
import { definePeer } from '../define-peer.ts'
import { findEnvoyBinary } from '../envoy/find-envoy.ts'
import { realGatewayCases } from '../real-gateway/cases.ts'

await definePeer<Binaries>(import.meta.url, {
  find: async () => {
    const gateway = findEnvoyGateway()
    if ('skipped' in gateway) return gateway
    const envoy = await findEnvoyBinary()
    if ('skipped' in envoy) return envoy
    return {
      peer: { envoyGateway: gateway.peer, envoy: envoy.binary, envoyVersion: envoy.version },
      version: `${gateway.version} with Envoy ${envoy.version}`,
    }
  },
  cases: (binaries) =>
    realGatewayCases(envoyGateway(binaries), { underscoreHeader: 400, truncatedHeader: 'no effect', tooLarge: 413, encodedSlash: 400, noAnswer: 403 }),
})
