// Control, token-exchange and two enrichments as processes of their own on one real Redis: TLS on every plane and to the store, one node with a certificate, one with a key.
// The second enrichment holds no signing key: it verifies with the published set.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK } from 'jose'
import type { RedisProgram } from '@bailiwick/kit/find-redis'
import { DURABLE, startRedis } from '@bailiwick/kit/redis-server'
import { silentLog } from '@bailiwick/kit/silent-log'
import { makeTestAuthority } from '@bailiwick/kit/test-authority'
import type { CertificateFiles } from '@bailiwick/kit/test-authority'
import { makeTestClient, makeTestTrustDomain } from '@bailiwick/kit/test-clients'
import { TEST_GATEWAY_SECRET } from '@bailiwick/kit/test-secrets'
import { superviseCerbos } from '@bailiwick/policy'
import { createRequester } from '@bailiwick/runtime'
import type { Requester } from '@bailiwick/runtime'
import { freePort, ROOT } from '../served.ts'
import { serveNode } from './serve-node.ts'
import type { ServedNode } from './serve-node.ts'

const TRIAGE = 'spiffe://example.org/agent/triage'
const ISSUER = 'https://bailiwick.example.com'

export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

export interface Estate {
  readonly folder: string
  readonly nodes: Map<string, ServedNode>
  /** The triage agent's own boot: one token per resource of its template. */
  boot(): Promise<{ readonly taskId: string; readonly token: string }>
  decide(edge: 'edge-1' | 'edge-2', token: string): Promise<Answer>
  /** As a gateway that shows a certificate with this SPIFFE ID and no secret. */
  decideByCertificate(spiffeId: string, token: string): Promise<Answer>
  /** With the first operator's token, at `control-1`, unless told. */
  operator(method: 'GET' | 'POST', path: string, body?: object, by?: { readonly at?: 'control-1' | 'control-2'; readonly token?: string }): Promise<Answer>
  startControl(id?: 'control-1' | 'control-2'): Promise<void>
  readonly controlUrl: string
  close(): Promise<void>
}

/** `secondControl`: `control-2` beside `control-1`, with the same operators; every other node reports to both. */
export async function openEstate(program: RedisProgram, { secondControl = false }: { readonly secondControl?: boolean } = {}): Promise<Estate> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-apart-'))
  const closing: (() => Promise<unknown> | void)[] = [() => rmSync(folder, { recursive: true, force: true })]
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).toReversed()) await end()
  }
  try {
    const cerbos = await superviseCerbos({ directory: join(ROOT, 'policies'), log: silentLog().log })
    closing.push(() => cerbos.close())
    const domain = await makeTestTrustDomain('example.org')
    const authority = makeTestAuthority(folder)
    const server = authority.issue('server', { dns: ['localhost'], ip: ['127.0.0.1'] })
    const tlsPort = await freePort()
    const redis = await startRedis(program, {
      ...DURABLE,
      'tls-port': String(tlsPort),
      'tls-cert-file': server.cert,
      'tls-key-file': server.key,
      'tls-ca-cert-file': authority.ca,
      'tls-auth-clients': 'no',
    })
    closing.push(() => redis.close())
    const ports = { control: await freePort(), second: await freePort(), exchange: await freePort(), 'edge-1': await freePort(), 'edge-2': await freePort() }
    const url = (port: number): string => `https://127.0.0.1:${port}`
    authority.issue('edge-1', { uri: ['spiffe://example.org/node/edge-1'] })
    const [edgeTwo, exchangeNode] = await Promise.all([makeTestClient('edge-2'), makeTestClient('exchange-1')])
    const put = (name: string, content: string): void => writeFileSync(join(folder, name), content, { mode: 0o600 })
    put('edge-2.key.json', JSON.stringify({ ...(await exportJWK(edgeTwo.privateKey)), alg: 'ES256', kid: 'edge-2-key' }))
    put('exchange-1.key.json', JSON.stringify({ ...(await exportJWK(exchangeNode.privateKey)), alg: 'ES256', kid: 'exchange-1-key' }))
    put('bundle.json', JSON.stringify(domain.bundle))
    put('edge.key', `${TEST_GATEWAY_SECRET}\n`)
    put(
      'bailiwick.yaml',
      JSON.stringify(
        configuration(`rediss://127.0.0.1:${tlsPort}`, cerbos.address, {
          edgeTwo: edgeTwo.jwks,
          exchange: exchangeNode.jwks,
          controls: secondControl ? ['control-1', 'control-2'] : ['control-1'],
        }),
      ),
    )
    const controlUrls = secondControl ? [url(ports.control), url(ports.second)] : [url(ports.control)]
    const nodes = new Map<string, ServedNode>()
    closing.push(async () => {
      for (const node of nodes.values()) await node.kill()
    })
    const keys = join(folder, 'keys')
    mkdirSync(keys, { mode: 0o700 })
    const start = async (id: string, services: readonly string[], settings: Readonly<Record<string, string>>): Promise<void> => {
      const reports = services.includes('control') ? {} : { NODE_REPORTS_TO: controlUrls.join(','), NODE_TLS_CA: authority.ca }
      nodes.set(id, await serveNode(folder, services, { NODE_ID: id, DATA: `./${id}`, ...reports, ...settings }))
    }
    const startControl = (id: 'control-1' | 'control-2' = 'control-1'): Promise<void> =>
      start(id, ['control'], {
        LISTEN_OPERATORS: `127.0.0.1:${id === 'control-1' ? ports.control : ports.second}`,
        KEYS_DIRECTORY: keys,
        CONTROL_OPERATORS_DIRECTORY: './operators',
      })
    // Neither is ready before the other was there.
    await Promise.all([startControl(), ...(secondControl ? [startControl('control-2')] : [])])
    await start('exchange-1', ['token-exchange'], {
      LISTEN_AGENTS: `127.0.0.1:${ports.exchange}`,
      KEYS_DIRECTORY: keys,
      NODE_CLIENT_KEY: './exchange-1.key.json',
    })
    await Promise.all([
      start('edge-1', ['enrichment'], {
        LISTEN_GATEWAYS: `127.0.0.1:${ports['edge-1']}`,
        KEYS_DIRECTORY: keys,
        NODE_TLS_CERT: './edge-1.crt',
        NODE_TLS_KEY: './edge-1.key',
      }),
      start('edge-2', ['enrichment'], {
        LISTEN_GATEWAYS: `127.0.0.1:${ports['edge-2']}`,
        KEYS_JWKS: `${url(ports.exchange)}/.well-known/jwks.json`,
        NODE_CLIENT_KEY: './edge-2.key.json',
      }),
    ])

    const requesterWith = (own?: CertificateFiles): Requester => {
      const shown = own === undefined ? {} : { cert: readFileSync(own.cert, 'utf8'), key: readFileSync(own.key, 'utf8') }
      const made = createRequester({ tls: { ca: readFileSync(authority.ca, 'utf8'), ...shown }, timeoutMs: 10_000, maxBytes: 1024 * 1024 })
      closing.push(() => made.close())
      return made
    }
    const plain = requesterWith()
    const ask = async (
      method: 'GET' | 'POST',
      target: string,
      headers: Readonly<Record<string, string>>,
      body?: object,
      requester: Requester = plain,
    ): Promise<Answer> => {
      const { status, bytes } = await requester.send({
        url: target,
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const parsed: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
      return { status, body: typeof parsed === 'object' && parsed !== null ? { ...parsed } : {} }
    }
    // Whichever control was first made it.
    const firstToken = (): string => {
      const file = ['control-1', 'control-2'].map((id) => join(folder, id, 'operator.token')).find(existsSync)
      return readFileSync(file ?? '', 'utf8').trim()
    }
    const svid = (): Promise<string> => domain.svid({ sub: TRIAGE, aud: ISSUER, now: Math.floor(Date.now() / 1000) })
    return {
      folder,
      nodes,
      startControl,
      controlUrl: url(ports.control),
      boot: async () => {
        const { status, body } = await ask(
          'POST',
          `${url(ports.exchange)}/oauth2/token-batch`,
          {},
          {
            client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe',
            client_assertion: await svid(),
            subject_token: await svid(),
            subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
            items: 'all',
          },
        )
        const items: readonly { readonly resource_name?: string; readonly access_token?: string }[] = Array.isArray(body['items']) ? body['items'] : []
        const token = items.find((item) => item.resource_name === 'tickets')?.access_token
        if (status !== 200 || token === undefined) throw new Error(`no boot: ${JSON.stringify(body)}`)
        return { taskId: String(body['task_id']), token }
      },
      decide: (edge, token) => ask('POST', `${url(ports[edge])}/v1/decide`, { 'x-bailiwick-gateway-key': TEST_GATEWAY_SECRET }, questionOf(token)),
      decideByCertificate: (spiffeId, token) =>
        ask('POST', `${url(ports['edge-1'])}/v1/decide`, {}, questionOf(token), requesterWith(authority.issue('gateway', { uri: [spiffeId] }))),
      operator: (method, path, body, by) =>
        ask(method, `${url(by?.at === 'control-2' ? ports.second : ports.control)}${path}`, { authorization: `Bearer ${by?.token ?? firstToken()}` }, body),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function questionOf(token: string): object {
  return {
    resource: 'tickets',
    token,
    mcp: { method: 'tools/call', params: { name: 'ticket_get', arguments: { ticket_id: 'T-1' } }, version: '2025-06-18' },
  }
}

function configuration(
  redis: string,
  cerbos: string,
  { controls, ...jwks }: { readonly edgeTwo: object; readonly exchange: object; readonly controls: readonly string[] },
): object {
  return {
    issuer: ISSUER,
    listen: { tls: { cert: './server.crt', key: './server.key', client_ca: './ca.crt' } },
    store: { url: redis, tls: { ca: './ca.crt' }, controls, read_timeout: '900ms', open_timeout: '20s' },
    policy: { engine: 'grpc', address: cerbos },
    identity: { spiffe: { trust_domain: 'example.org', bundle: './bundle.json' } },
    clients: [
      {
        id: 'triage-agent',
        kind: 'agent',
        authentication: 'spiffe_jwt',
        spiffe_id: TRIAGE,
        resources: ['tickets'],
        task_template: { resources: ['tickets'], lifetime: '1h', purpose: 'triage' },
      },
      { id: 'exchange-1', kind: 'node', authentication: 'private_key_jwt', jwks: jwks.exchange },
      { id: 'edge-1', kind: 'node', authentication: 'mtls', spiffe_id: 'spiffe://example.org/node/edge-1' },
      { id: 'edge-2', kind: 'node', authentication: 'private_key_jwt', jwks: jwks.edgeTwo },
    ],
    resources: [{ name: 'tickets', kind: 'mcp', uri: 'https://tickets.example.com/mcp' }],
    gateways: [
      { name: 'mesh', doors: ['v1'], resources: ['tickets'], resource_from: 'request', authentication: 'mtls', spiffe_id: 'spiffe://example.org/gateway/mesh' },
      { name: 'edge', doors: ['v1'], resources: ['tickets'], resource_from: 'request', authentication: 'shared_secret', secret_files: ['./edge.key'] },
    ],
    control: { operators: ['operator', 'night'].map((name) => ({ name, rights: ['revoke', 'lift', 'create', 'read'] })) },
    limits: { decision: '5s', exchange: '10s' },
    log: { level: 'warn' },
  }
}
