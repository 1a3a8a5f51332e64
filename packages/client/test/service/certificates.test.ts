// An agent with a certificate of its own against the real services over TLS: it is proved by it, its tokens are bound to it, and a resource behind TLS sees
// it. The gateway in front of the resource is this test's own: it compares the connection's certificate with the token's, as the doors do.
import { X509Certificate, createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { Server } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { silentLog } from '@bailiwick/kit/silent-log'
import { makeTestAuthority } from '@bailiwick/kit/test-authority'
import type { CertificateFiles } from '@bailiwick/kit/test-authority'
import { serverTls } from '@bailiwick/runtime'
import { bootAgent, certificateFiles, createLauncher, tlsClient } from '../../src/index.ts'
import type { Agent, BootOptions, CertificateSource } from '../../src/index.ts'
import { thrownBy } from '../fake-bailiwick.ts'
import { startRunning } from './running.ts'
import type { Running } from './running.ts'

const folder = mkdtempSync(join(tmpdir(), 'bailiwick-client-certificates-'))
const authority = makeTestAuthority(folder)
const server = authority.issue('server', { dns: ['localhost'], ip: ['127.0.0.1'] })
const ca = readFileSync(authority.ca, 'utf8')
const NAMES = { dns: ['agent.example.org'] }

let running: Running
let gateway: Server
let resource: string
let issuer: string
/** What each call to the resource was answered. */
const answered: { status: number; certificate: string; body: string }[] = []

beforeAll(async () => {
  const [port, resourcePort] = [await freePort(), await freePort()]
  issuer = `https://localhost:${port}`
  resource = `https://localhost:${resourcePort}/mcp`
  running = await startRunning({
    startMs: Date.now(),
    issuer,
    port,
    tls: serverTls({ certFile: server.cert, keyFile: server.key, clientCaFile: authority.ca }, silentLog().log),
    planes: {
      agents: '127.0.0.1:18420',
      gateways: '127.0.0.1:18421',
      operators: '127.0.0.1:18422',
      tls: { cert: server.cert, key: server.key, client_ca: authority.ca },
    },
    clients: [{ id: 'tls-agent', kind: 'agent', authentication: 'tls_client_auth', san: 'agent.example.org', resources: ['payments'], proof: 'mtls' }],
    resources: [{ name: 'payments', uri: resource, bind: null, unbound: null }],
  })
  gateway = createServer(
    { cert: readFileSync(server.cert), key: readFileSync(server.key), ca, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const { socket } = request
      const shown = socket instanceof TLSSocket && socket.authorized ? thumbprintOf(socket.getPeerX509Certificate()) : 'none'
      const claims = decodeJwt(request.headers.authorization?.replace('Bearer ', '') ?? '')
      const isBound = JSON.stringify(claims['cnf']) === JSON.stringify({ 'x5t#S256': shown })
      let body = ''
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
      request.on('end', () => {
        const status = isBound ? 200 : 401
        answered.push({ status, certificate: shown, body })
        response.writeHead(status, isBound ? { 'content-type': 'application/json' } : { 'www-authenticate': 'Bearer error="invalid_token"' })
        response.end(isBound ? '{"served":true}' : '')
      })
    },
  )
  await new Promise<void>((resolve) => gateway.listen(resourcePort, '127.0.0.1', resolve))
})
afterAll(async () => {
  gateway.closeAllConnections()
  await new Promise((resolve) => gateway.close(resolve))
  await running.close()
  rmSync(folder, { recursive: true, force: true })
})

let files: CertificateFiles
beforeEach(() => {
  files = authority.issue('agent', NAMES)
  answered.length = 0
})

async function boot(certificate: CertificateSource, change: Partial<BootOptions> = {}): Promise<Agent> {
  // The launcher has a key, and reaches control as everybody does.
  const { idp, portal, clock, seams } = running
  const launcher = createLauncher({ issuer, client: portal, clock, ca, certificate: certificateFiles(server) })
  const { taskToken } = await launcher.createTask({
    agent: 'tls-agent',
    resources: ['payments'],
    subjectToken: await idp.idToken(),
    subjectTokenType: 'id_token',
  })
  const { random, wait } = seams
  return await bootAgent({
    issuer,
    client: tlsClient({ clientId: 'tls-agent' }),
    certificate,
    ca,
    task: { taskToken },
    clock,
    ...(random === undefined ? {} : { random }),
    ...(wait === undefined ? {} : { wait }),
    patienceMs: 1_000,
    ...change,
  })
}

it('is proved by its certificate, and its calls show the one its tokens are bound to', async () => {
  const agent = await boot(certificateFiles(files))
  expect(decodeJwt(await agent.token('payments'))).toMatchObject({ client_id: 'tls-agent', cnf: { 'x5t#S256': ofFile(files) } })
  const response = await agent.fetch(resource, { method: 'POST', body: JSON.stringify({ a: 1 }), headers: { 'content-type': 'application/json' } })
  expect([response.status, await response.json()]).toEqual([200, { served: true }])
  const streamed = await agent.fetch(resource, { method: 'POST', body: new Blob(['x'.repeat(100_000)]).stream() })
  expect(streamed.status).toBe(200)
  expect(answered.map(({ body }) => body.length)).toEqual([7, 100_000])
  expect(await agent.readTask()).toMatchObject({ id: agent.taskId, state: 'active' })
  const child = await agent.createChild({ resources: ['payments'], expiresIn: 60 })
  expect(child.task.parentId).toBe(agent.taskId)
  expect((await agent.complete()).status).toBe('confirmed')
})

it('goes on with a renewed certificate and a token bound to it, without a refused call', async () => {
  const agent = await boot(certificateFiles(files))
  const [first, before] = [ofFile(files), await agent.token('payments')]
  await agent.fetch(resource)
  const renewed = authority.issue('agent', NAMES)
  await agent.fetch(resource)
  expect(ofFile(renewed)).not.toBe(first)
  expect(answered).toEqual([
    { status: 200, certificate: first, body: '' },
    { status: 200, certificate: ofFile(renewed), body: '' },
  ])
  expect(await agent.token('payments')).not.toBe(before)
})

it('uses the last pair that fits while a renewal has written one file of two', async () => {
  const agent = await boot(certificateFiles(files))
  const [old, key] = [ofFile(files), readFileSync(files.key)]
  const renewed = authority.issue('agent', NAMES)
  const fresh = readFileSync(renewed.key)
  writeFileSync(files.key, key)
  expect((await agent.fetch(resource)).status).toBe(200)
  rmSync(files.key)
  expect((await agent.fetch(resource)).status).toBe(200)
  writeFileSync(files.key, fresh)
  expect((await agent.fetch(resource)).status).toBe(200)
  expect(answered.map(({ certificate }) => certificate)).toEqual([old, old, ofFile(renewed)])
})

it('is refused with the certificate of another, and with none', async () => {
  const other = authority.issue('other', { dns: ['other.example.org'] })
  expect(await thrownBy(boot(certificateFiles(other)))).toMatchObject({ kind: 'denied', reason: 'client_unauthenticated' })
  const { issuer: _issuer, fetch: _fetch, ...seams } = running.seams
  const without = bootAgent({ ...seams, issuer, client: tlsClient({ clientId: 'tls-agent' }), task: { taskToken: 'a.b.c' } })
  expect(await thrownBy(without)).toMatchObject({ kind: 'misconfigured', reason: 'certificate' })
})

it.each<[string, () => CertificateSource, string, string]>([
  ['a certificate that has expired', () => certificateFiles(authority.issue('past', NAMES, -60_000)), 'unavailable', 'certificate_expired'],
  ['files that are not there', () => certificateFiles({ cert: './nowhere.crt', key: './nowhere.key' }), 'unavailable', 'credential_unavailable'],
  ['a key of another certificate', () => certificateFiles({ cert: files.cert, key: server.key }), 'misconfigured', 'certificate'],
  ['no PEM', () => ({ current: () => Promise.resolve({ cert: 'x', key: 'y' }) }), 'misconfigured', 'certificate'],
  ['a source that fails', () => ({ current: () => Promise.reject(new Error(readFileSync(files.key, 'utf8'))) }), 'unavailable', 'credential_unavailable'],
])('says what is wrong with %s, and nothing of the key', async (_name, source, kind, reason) => {
  const thrown = await thrownBy(boot(source()))
  expect(thrown).toMatchObject({ kind, reason })
  expect(String(thrown)).not.toContain('PRIVATE KEY')
})

it('shows nothing in clear, takes one fetch, and trusts no server beyond its authorities', async () => {
  const client = tlsClient({ clientId: 'tls-agent' })
  const certificate = certificateFiles(files)
  const task = { taskToken: 'a.b.c' }
  expect(await thrownBy(bootAgent({ issuer: 'http://127.0.0.1:8420', client, certificate, task }))).toMatchObject({ reason: 'issuer' })
  expect(await thrownBy(bootAgent({ issuer, client, certificate, fetch, task }))).toMatchObject({ reason: 'options' })
  expect(await thrownBy(bootAgent({ issuer, client: running.portal, ca, task }))).toMatchObject({ reason: 'options' })
  expect(await thrownBy(bootAgent({ issuer, client, certificate, task: 'own' }))).toMatchObject({ reason: 'task' })
  const agent = boot(certificate, { ca: readFileSync(makeTestAuthority(mkdtempSync(join(folder, 'x-'))).ca, 'utf8'), patienceMs: 1 })
  expect(await thrownBy(agent)).toMatchObject({ kind: 'unavailable', reason: 'network' })
})

function thumbprintOf(certificate: X509Certificate | undefined): string {
  return certificate === undefined ? 'none' : createHash('sha256').update(certificate.raw).digest('base64url')
}

function ofFile({ cert }: CertificateFiles): string {
  return thumbprintOf(new X509Certificate(readFileSync(cert)))
}

async function freePort(): Promise<number> {
  const probe = createTcpServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
