// An agent with a certificate through a real HAProxy, twice: gateways/haproxy/front.cfg before the token endpoint, haproxy.cfg before an MCP server. The whole
// product behind both, its policies decided by Cerbos; the agent is the client library's.
import { X509Certificate, createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { withDebian } from '@bailiwick/kit/debian-program'
import { silentLog } from '@bailiwick/kit/silent-log'
import { makeTestAuthority } from '@bailiwick/kit/test-authority'
import type { CertificateFiles } from '@bailiwick/kit/test-authority'
import { makeTestClient } from '@bailiwick/kit/test-clients'
import { testConfig, testGatewaySecret } from '@bailiwick/kit/test-config'
import { startTestIssuer } from '@bailiwick/kit/test-issuer'
import type { TestIssuer } from '@bailiwick/kit/test-issuer'
import { bootAgent, certificateFiles, createLauncher, privateKeyJwt, tlsClient } from '../../../packages/client/src/index.ts'
import type { Agent, CertificateSource, Launcher } from '../../../packages/client/src/index.ts'
import { startStandalone } from '../../../services/standalone/src/index.ts'
import type { Standalone } from '../../../services/standalone/src/index.ts'
import { changed, freePort, runGateway, shipped, withCertificates } from './gateways/run-gateway.ts'
import type { RunningGateway } from './gateways/run-gateway.ts'
import { startRecordingServer } from './gateways/recording-server.ts'
import type { RecordingServer } from './gateways/recording-server.ts'
import { sendOverTls } from './gateways/send-over-tls.ts'

const PROGRAM = 'usr/sbin/haproxy'
const NAMES = { dns: ['agent.example.org'] }

await withDebian('haproxy', { packages: ['haproxy'], isThere: (root) => existsSync(join(root, PROGRAM)) }, ({ root, libraries }) => {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-agent-certificate-'))
  const servers = makeTestAuthority(folder, 'servers')
  const agents = makeTestAuthority(folder, 'agents')
  const server = servers.issue('server', { dns: ['localhost'], ip: ['127.0.0.1'] })
  const both = join(folder, 'both.pem')
  writeFileSync(both, `${readFileSync(server.cert, 'utf8')}${readFileSync(server.key, 'utf8')}`, { mode: 0o600 })
  writeFileSync(join(folder, 'front.key'), testGatewaySecret('front'), { mode: 0o600 })
  const ca = readFileSync(servers.ca, 'utf8')
  const open: (() => Promise<unknown>)[] = []
  let idp: TestIssuer
  let launcher: Launcher
  let issuer: string
  let resource: string
  let gatewayPort: number
  let behind: RecordingServer

  const haproxy = (
    name: string,
    text: string,
    port: number,
    env: Readonly<Record<string, string>>,
    files: Readonly<Record<string, string>> = {},
  ): Promise<RunningGateway> =>
    runGateway({
      program: join(root, PROGRAM),
      args: (home) => ['-f', join(home, name), '-db'],
      env: { LD_LIBRARY_PATH: libraries, ...env },
      files: { [name]: text, ...files },
      port,
    })

  beforeAll(async () => {
    const [agentsPort, gatewaysPort, operatorsPort, frontPort] = [await freePort(), await freePort(), await freePort(), await freePort()]
    gatewayPort = await freePort()
    issuer = `https://localhost:${frontPort}`
    resource = `https://localhost:${gatewayPort}/payments/mcp`
    idp = await startTestIssuer({ clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() } })
    open.push(() => idp.stop())
    const portal = await makeTestClient('support-portal')
    const config = testConfig(
      {
        issuer,
        listen: {
          agents: `127.0.0.1:${agentsPort}`,
          gateways: `127.0.0.1:${gatewaysPort}`,
          operators: `127.0.0.1:${operatorsPort}`,
          front: { certificate_header: 'client-cert', secret_files: [join(folder, 'front.key')] },
        },
        identity: { issuers: [{ alias: 'corp', issuer: idp.issuer, algorithms: ['ES256'] }] },
        clients: [
          { id: 'support-portal', jwks: portal.jwks },
          { id: 'refund-agent', authentication: 'tls_client_auth', jwks: null, san: 'agent.example.org', proof: 'mtls' },
        ],
        resources: [{ name: 'payments', uri: resource, proof: 'mtls' }],
        gateways: [
          {
            name: 'sidecar',
            doors: ['forward_auth'],
            resources: ['payments'],
            resource_from: 'path_segment',
            authentication: 'shared_secret',
            secret_files: ['./sidecar.key'],
            certificate_header: 'client-cert',
          },
        ],
        limits: { decision: '5s', exchange: '10s' },
      },
      { directory: mkdtempSync(join(folder, 'house-')) },
    )
    const running: Standalone = await startStandalone({ config, log: silentLog().log })
    open.push(() => running.close())
    behind = await startRecordingServer()
    open.push(() => behind.close())
    const front = changed(shipped('haproxy/front.cfg'), [
      ['bind :8443', `bind 127.0.0.1:${frontPort}`],
      ['/etc/haproxy/tls/tls.pem', both],
      ['/etc/haproxy/tls/agents.crt', agents.ca],
      ['127.0.0.1:8420', `127.0.0.1:${agentsPort}`],
    ])
    const fronting = await haproxy('front.cfg', front, frontPort, { BAILIWICK_FRONT_KEY: testGatewaySecret('front') })
    open.push(() => fronting.close())
    const gateway = changed(withCertificates(shipped('haproxy/haproxy.cfg')), [
      ['    bind :8443 ssl crt /etc/haproxy/tls/tls.pem\n', ''],
      ['bind :8443', `bind 127.0.0.1:${gatewayPort}`],
      ['/etc/haproxy/tls/tls.pem', both],
      ['/etc/haproxy/tls/agents.crt', agents.ca],
      ['127.0.0.1:8421', `127.0.0.1:${gatewaysPort}`],
      ['payments:8080', behind.host],
    ])
    const lua = changed(shipped('haproxy/bailiwick.lua'), [['TIMEOUT_MS = 500', 'TIMEOUT_MS = 15000']])
    const key = { BAILIWICK_GATEWAY_KEY: testGatewaySecret('sidecar') }
    const gating = await haproxy('haproxy.cfg', gateway, gatewayPort, key, { 'bailiwick.lua': lua })
    open.push(() => gating.close())
    launcher = createLauncher({
      issuer,
      client: privateKeyJwt({ clientId: portal.clientId, key: portal.privateKey, keyId: String(portal.jwks.keys[0]?.['kid']) }),
      // Of no client: it proves the connection, and this one's assertion proves the portal.
      certificate: certificateFiles(agents.issue('portal', { dns: ['portal.example.org'] })),
      ca,
    })
  })
  afterAll(async () => {
    for (const close of open.toReversed()) await close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function boot(certificate: CertificateSource): Promise<Agent> {
    const { taskToken } = await launcher.createTask({
      agent: 'refund-agent',
      resources: ['payments'],
      binding: { ticket_id: 'T-1042' },
      subjectToken: await idp.idToken(),
      subjectTokenType: 'id_token',
    })
    return await bootAgent({ issuer, client: tlsClient({ clientId: 'refund-agent' }), certificate, ca, task: { taskToken }, patienceMs: 2_000 })
  }

  const REFUND = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'refund_issue', arguments: { ticket_id: 'T-1042', amount_cents: 4000 } },
  })
  const HEADERS = { 'content-type': 'application/json', 'mcp-protocol-version': '2025-06-18' }
  const call = (agent: Agent): Promise<Response> => agent.fetch(resource, { method: 'POST', body: REFUND, headers: HEADERS })
  const thumbprintOf = ({ cert }: CertificateFiles): string =>
    createHash('sha256')
      .update(new X509Certificate(readFileSync(cert)).raw)
      .digest('base64url')

  it('is proved by it, calls with a token bound to it, and goes on with the next one', async () => {
    const files = agents.issue('agent', NAMES)
    const agent = await boot(certificateFiles(files))
    const token = await agent.token('payments')
    expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))).toMatchObject({
      client_id: 'refund-agent',
      cnf: { 'x5t#S256': thumbprintOf(files) },
    })
    const response = await call(agent)
    expect([response.status, await response.text()]).toEqual([200, '{"served":true}'])
    // The token alone, and on another connection, is worth nothing.
    const headers = [...Object.entries(HEADERS), ['authorization', `Bearer ${token}`] as const]
    for (const shown of [undefined, agents.issue('thief', { dns: ['thief.example.org'] })]) {
      const stolen = await sendOverTls({
        port: gatewayPort,
        ca: servers.ca,
        ...(shown === undefined ? {} : { shown }),
        path: '/payments/mcp',
        headers,
        body: REFUND,
      })
      expect(stolen).toMatchObject({ status: 401 })
    }
    agents.issue('agent', NAMES)
    expect((await call(agent)).status).toBe(200)
    expect(behind.reached).toHaveLength(2)
    await agent.complete()
  })

  it('is not whom a header says it is, at the front as at the gateway', async () => {
    const files = agents.issue('shown-once', NAMES)
    const told: (readonly [string, string])[] = [
      ['client-cert', `:${new X509Certificate(readFileSync(files.cert)).raw.toString('base64')}:`],
      ['x-bailiwick-gateway-key', testGatewaySecret('front')],
      ['content-type', 'application/x-www-form-urlencoded'],
    ]
    const urn = 'urn:ietf:params:oauth'
    const fields = { grant_type: `${urn}:grant-type:token-exchange`, client_id: 'refund-agent', audience: 'payments', subject_token: 'a.b.c' }
    const body = new URLSearchParams({ ...fields, subject_token_type: `${urn}:token-type:jwt` }).toString()
    const ask = (shown: CertificateFiles | undefined): ReturnType<typeof sendOverTls> =>
      sendOverTls({ port: Number(new URL(issuer).port), ca: servers.ca, ...(shown === undefined ? {} : { shown }), path: '/oauth2/token', headers: told, body })
    for (const shown of [undefined, agents.issue('liar', { dns: ['liar.example.org'] })])
      expect(await ask(shown)).toMatchObject({ status: 401, body: expect.stringContaining('"error":"invalid_client"') })
    // With its own it is known, and only then is the token looked at.
    expect(await ask(files)).toMatchObject({ status: 400, body: expect.stringContaining('"error":"invalid_request"') })
  })

  it('is refused with another certificate, and says so where the handshake was refused', async () => {
    await expect(boot(certificateFiles(agents.issue('other', { dns: ['other.example.org'] })))).rejects.toMatchObject({ reason: 'client_unauthenticated' })
    const foreign = makeTestAuthority(mkdtempSync(join(folder, 'foreign-'))).issue('agent', NAMES)
    await expect(boot(certificateFiles(foreign))).rejects.toMatchObject({ kind: 'unavailable', reason: 'certificate_refused' })
  })
})
