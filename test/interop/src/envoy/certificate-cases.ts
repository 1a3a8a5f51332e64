// What a real Envoy says of its client's certificate, as the door reads it: the peer's certificate of ext_authz, and x-forwarded-client-cert, which
// Envoy writes in place of whatever the client sent. A listener of its own: the shipped files ask no client for a certificate.
import { X509Certificate, createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeTestAuthority } from '../../../kit/src/test-authority.ts'
import type { CertificateFiles } from '../../../kit/src/test-authority.ts'
import { testGatewaySecret } from '../../../kit/src/test-config.ts'
import { freePort, runGateway } from '../../../conformance/test/gateways/run-gateway.ts'
import type { RunningGateway } from '../../../conformance/test/gateways/run-gateway.ts'
import { startRecordingServer } from '../../../conformance/test/gateways/recording-server.ts'
import type { RecordingServer } from '../../../conformance/test/gateways/recording-server.ts'
import { REFUND, startService } from '../../../../services/enrichment/test/service/running.ts'
import type { Running } from '../../../../services/enrichment/test/service/running.ts'

interface Told {
  readonly name: string
  readonly gateway: { readonly name: string; readonly certificate_header?: string }
  readonly filter: object
  readonly manager: object
}

const TOLD: readonly Told[] = [
  { name: 'as the peer of its connection', gateway: { name: 'front' }, filter: { include_peer_certificate: true }, manager: {} },
  {
    name: 'in x-forwarded-client-cert',
    gateway: { name: 'behind', certificate_header: 'x-forwarded-client-cert' },
    filter: {},
    manager: { forward_client_cert_details: 'SANITIZE_SET', set_current_client_cert_details: { subject: true, cert: true, uri: true, dns: true } },
  },
]

export function envoyCertificateCases(binary: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-envoy-'))
  const authority = makeTestAuthority(folder)
  const [server, mine, other] = [
    authority.issue('server', { dns: ['localhost'], ip: ['127.0.0.1'] }),
    authority.issue('agent', { dns: ['agent.example'], uri: ['spiffe://example.org/agent'] }),
    authority.issue('other', { dns: ['other.example'] }),
  ]
  let running: Running
  let behind: RecordingServer
  let token: string
  beforeAll(async () => {
    const common = { doors: ['ext_authz'], resources: ['payments'], resource_from: 'context_extension', authentication: 'shared_secret' }
    running = await startService({
      gateways: TOLD.map(({ gateway }) => ({ ...common, ...gateway, secret_files: [`./${gateway.name}.key`] })),
      resources: [{ name: 'payments', proof: 'mtls' }],
    })
    behind = await startRecordingServer()
    token = await running.tokenFor(await running.makeTask(), { cnf: { 'x5t#S256': thumbprintOf(mine) } })
  })
  afterAll(async () => {
    await behind.close()
    await running.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const start = (told: Told, port: number): Promise<RunningGateway> =>
    runGateway({
      program: binary,
      args: (home) => ['-c', `${home}/envoy.yaml`, '--disable-hot-restart', '--concurrency', '1', '--log-level', 'warning'],
      env: { BAILIWICK_GATEWAY_KEY: testGatewaySecret(told.gateway.name) },
      files: { 'envoy.yaml': JSON.stringify(configOf(told, port, { bailiwick: running.address, behind: behind.host, server, ca: authority.ca })) },
      port,
    })

  it.each(TOLD)('takes a token bound to the certificate Envoy tells of $name, and no other', async (told) => {
    const port = await freePort()
    const gateway = await start(told, port)
    try {
      const before = behind.reached.length
      const asked = (shown: CertificateFiles, headers: Record<string, string> = {}): Promise<number> =>
        post(port, authority.ca, shown, { authorization: `Bearer ${token}`, ...headers })
      expect(await asked(mine)).toBe(200)
      expect(running.journal.records.at(-1)).toMatchObject({ effect: 'allow', token: { proof: 'mtls' } })
      expect(await asked(other)).toBe(401)
      expect(running.journal.records.at(-1)).toMatchObject({ effect: 'deny', reason: 'proof_invalid', detail: 'another_certificate' })
      const hex = createHash('sha256').update(derOf(mine)).digest('hex')
      expect(await asked(other, { 'x-forwarded-client-cert': `Hash=${hex}` })).toBe(401)
      expect(behind.reached.length).toBe(before + 1)
    } finally {
      await gateway.close()
    }
  })
}

const derOf = ({ cert }: CertificateFiles): Buffer => new X509Certificate(readFileSync(cert)).raw
const thumbprintOf = (files: CertificateFiles): string => createHash('sha256').update(derOf(files)).digest('base64url')

function post(port: number, ca: string, { cert, key }: CertificateFiles, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const shown = { ca: readFileSync(ca), cert: readFileSync(cert), key: readFileSync(key), agent: false } as const
    const all = { 'content-type': 'application/json', 'mcp-protocol-version': '2025-06-18', ...headers }
    const sent = request({ host: '127.0.0.1', port, path: '/mcp', method: 'POST', headers: all, ...shown }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    sent.on('error', reject)
    sent.end(REFUND)
  })
}

interface Around {
  readonly bailiwick: string
  readonly behind: string
  readonly server: CertificateFiles
  readonly ca: string
}

function configOf({ filter, manager }: Told, port: number, { bailiwick, behind, server, ca }: Around): object {
  const type = (name: string): { '@type': string } => ({ '@type': `type.googleapis.com/envoy.extensions.${name}` })
  const at = (host: string): object => {
    const [address, of] = host.split(':')
    return { endpoint: { address: { socket_address: { address, port_value: Number(of) } } } }
  }
  const cluster = (name: string, host: string, more: object = {}): object => ({
    name,
    type: 'STATIC',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [at(host)] }] },
    ...more,
  })
  const http2 = { ...type('upstreams.http.v3.HttpProtocolOptions'), explicit_http_config: { http2_protocol_options: {} } }
  const extAuthz = {
    ...type('filters.http.ext_authz.v3.ExtAuthz'),
    transport_api_version: 'V3',
    failure_mode_allow: false,
    with_request_body: { max_request_bytes: 65_536, allow_partial_message: false, pack_as_bytes: true },
    grpc_service: {
      timeout: '15s',
      envoy_grpc: { cluster_name: 'bailiwick' },
      initial_metadata: [{ key: 'x-bailiwick-gateway-key', value: '%ENVIRONMENT(BAILIWICK_GATEWAY_KEY)%' }],
    },
    ...filter,
  }
  const perRoute = { ...type('filters.http.ext_authz.v3.ExtAuthzPerRoute'), check_settings: { context_extensions: { bailiwick_resource: 'payments' } } }
  const route = { match: { prefix: '/' }, route: { cluster: 'payments' }, typed_per_filter_config: { 'envoy.filters.http.ext_authz': perRoute } }
  const connections = {
    ...type('filters.network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: 'gateway',
    use_remote_address: true,
    http_filters: [
      { name: 'envoy.filters.http.ext_authz', typed_config: extAuthz },
      { name: 'envoy.filters.http.router', typed_config: type('filters.http.router.v3.Router') },
    ],
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: [route] }] },
    ...manager,
  }
  const tls = {
    ...type('transport_sockets.tls.v3.DownstreamTlsContext'),
    require_client_certificate: true,
    common_tls_context: {
      tls_certificates: [{ certificate_chain: { filename: server.cert }, private_key: { filename: server.key } }],
      validation_context: { trusted_ca: { filename: ca } },
    },
  }
  const listener = {
    address: { socket_address: { address: '127.0.0.1', port_value: port } },
    filter_chains: [
      {
        transport_socket: { name: 'envoy.transport_sockets.tls', typed_config: tls },
        filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: connections }],
      },
    ],
  }
  const toBailiwick = cluster('bailiwick', bailiwick, { typed_extension_protocol_options: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': http2 } })
  return { static_resources: { listeners: [listener], clusters: [toBailiwick, cluster('payments', behind)] } }
}
