// A real Envoy on the configurations of gateways/envoy: ext_authz over gRPC and over HTTP. `ENVOY` names another binary than the one of PyPI.
import { describe } from 'vitest'
import { envoy } from '../../../../examples/support-desk/src/gateway/envoy.ts'
import { definePeer } from '../define-peer.ts'
import { envoyCertificateCases } from '../envoy/certificate-cases.ts'
import { findEnvoyBinary } from '../envoy/find-envoy.ts'
import { envoyHttpCases } from '../envoy/http-cases.ts'
import { realGatewayCases } from '../real-gateway/cases.ts'
import type { OwnRefusals } from '../real-gateway/cases.ts'

const OWN_REFUSALS: OwnRefusals = { underscoreHeader: 400, truncatedHeader: 'no effect', tooLarge: 413, encodedSlash: 400, noAnswer: 403 }

await definePeer<string>(import.meta.url, {
  find: async () => {
    const found = await findEnvoyBinary()
    return 'skipped' in found ? found : { peer: found.binary, version: `Envoy ${found.version}` }
  },
  cases: (binary) => {
    describe('envoy.yaml', () => realGatewayCases(envoy(binary), OWN_REFUSALS))
    describe('http.yaml', () => envoyHttpCases(binary))
    describe('client certificates', () => envoyCertificateCases(binary))
  },
})
