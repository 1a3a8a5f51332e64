// A real Envoy Gateway on gateways/envoy-gateway with its Kubernetes provider, on a real Kubernetes API, with the Envoy of PyPI. `ENVOY_GATEWAY` names its
// program, `ENVOY_GATEWAY_CRDS` the folder of its chart with the definitions (charts/gateway-helm/charts/crds/crds).
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { envoyGatewayOnKubernetes } from '../envoy-gateway/cluster-kind.ts'
import type { ClusterPrograms } from '../envoy-gateway/cluster-kind.ts'
import { definePeer } from '../define-peer.ts'
import { findEnvoyBinary } from '../envoy/find-envoy.ts'
import { findEnvoyGateway } from '../envoy-gateway/find-program.ts'
import { findKubernetesPrograms } from '../kubernetes/find-programs.ts'
import { realGatewayCases } from '../real-gateway/cases.ts'

await definePeer<ClusterPrograms>(import.meta.url, {
  find: async () => {
    const gateway = findEnvoyGateway()
    if ('skipped' in gateway) return gateway
    const kubernetes = findKubernetesPrograms()
    if ('skipped' in kubernetes) return kubernetes
    const definitions = process.env['ENVOY_GATEWAY_CRDS']
    if (definitions === undefined || !existsSync(definitions))
      return { skipped: 'no definitions of Envoy Gateway here: put their folder into ENVOY_GATEWAY_CRDS' }
    if (spawnSync('bwrap', ['--dev-bind', '/', '/', 'true']).status !== 0) return { skipped: 'bubblewrap (bwrap) does not work here' }
    const envoy = await findEnvoyBinary()
    if ('skipped' in envoy) return envoy
    return {
      peer: { ...kubernetes.peer, envoyGateway: gateway.peer, envoy: envoy.binary, definitions },
      version: `${gateway.version} with Envoy ${envoy.version} on ${kubernetes.version}`,
    }
  },
  cases: (programs) =>
    realGatewayCases(envoyGatewayOnKubernetes(programs), {
      underscoreHeader: 400,
      truncatedHeader: 'no effect',
      tooLarge: 413,
      encodedSlash: 400,
      noAnswer: 403,
    }),
})
