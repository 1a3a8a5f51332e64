// gateways/istio/grpc.yaml: a sidecar that asks over gRPC with its workload's certificate, and Bailiwick with a certificate of the mesh. What the HTTP
// provider cannot show: denials as MCP results, who called, and that no other workload can ask.
import { X509Certificate, createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { connect } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Task } from '@bailiwick/core'
import { listenOverTls } from '../../../../services/enrichment/test/service/listen-over-tls.ts'
import { REFUND, startService } from '../../../../services/enrichment/test/service/running.ts'
import type { Running } from '../../../../services/enrichment/test/service/running.ts'
import { sendRaw } from '../../../../services/enrichment/test/service/send-raw.ts'
import type { RawReply, RawRequest } from '../../../../services/enrichment/test/service/send-raw.ts'
import { startRecordingServer } from '../../../conformance/test/gateways/recording-server.ts'
import type { Reached, RecordingServer } from '../../../conformance/test/gateways/recording-server.ts'
import { freePort } from '../../../conformance/test/gateways/run-gateway.ts'
import { NAMESPACE, seen, startGuarded } from './guarded-workload.ts'
import type { Around, GuardedWorkload, Guarding } from './guarded-workload.ts'
import { startSidecar } from './sidecar.ts'
import type { RunningSidecar } from './sidecar.ts'

const identityOf = (workload: string): string => `spiffe://cluster.local/ns/${NAMESPACE}/sa/${workload}`
const STRICT = {
  apiVersion: 'security.istio.io/v1',
  kind: 'PeerAuthentication',
  metadata: { name: 'payments', namespace: NAMESPACE },
  spec: { selector: { matchLabels: { app: 'payments' } }, mtls: { mode: 'STRICT' } },
}

export function grpcCases(around: () => Around): void {
  describe('envoyExtAuthzGrpc over mutual TLS', () => {
    const closing: (() => Promise<unknown>)[] = []
    let running: Running
    let listening: Awaited<ReturnType<typeof listenOverTls>>
    let behind: RecordingServer
    let caller: RunningSidecar
    let other: RunningSidecar
    let guarding: Guarding
    let guarded: GuardedWorkload
    let task: Task
    let token: string

    beforeAll(async () => {
      const { programs, mesh, folder } = around()
      const workload = async (name: string): Promise<RunningSidecar> => {
        const sidecar = await startSidecar(programs, mesh, { namespace: NAMESPACE, name, ports: [] }, folder)
        closing.push(() => sidecar.close())
        return sidecar
      }
      other = await workload('bailiwick')
      const { certificates } = other
      caller = await workload('caller')
      const tls = { cert: join(certificates, 'cert-chain.pem'), key: join(certificates, 'key.pem'), client_ca: join(certificates, 'root-cert.pem') }
      const gateway = { doors: ['ext_authz'], dialect: 'envoy', resources: ['payments'], resource_from: 'fixed', resource: 'payments', authentication: 'mtls' }
      running = await startService({
        listen: { agents: '127.0.0.1:18420', gateways: '127.0.0.1:18421', operators: '127.0.0.1:18422', tls },
        gateways: [{ ...gateway, name: 'payments-sidecar', spiffe_id: identityOf('payments'), certificate_header: 'x-forwarded-client-cert' }],
      })
      closing.push(() => running.close())
      listening = await listenOverTls(running, tls, tls.client_ca)
      closing.push(() => listening.close(100))
      behind = await startRecordingServer()
      closing.push(() => behind.close())
      guarding = { file: 'grpc.yaml', port: await freePort(), bailiwick: `127.0.0.1:${listening.port}`, behind: behind.host, key: '', timeout: '15s' }
      guarded = await startGuarded(around(), guarding)
      closing.push(() => guarded.close())
      task = await running.makeTask()
      token = await running.tokenFor(task)
    })
    afterAll(async () => {
      for (const close of closing.toReversed()) await close()
    })

    async function send(change: Partial<RawRequest> & { readonly token?: string } = {}): Promise<{ reply: RawReply; reached: readonly Reached[] }> {
      const before = behind.reached.length
      const headers = [
        ['content-type', 'application/json'],
        ['mcp-protocol-version', '2025-06-18'],
        ['authorization', `Bearer ${change.token ?? token}`],
      ] as const
      const call = { method: 'POST', path: '/mcp', body: REFUND, ...change, headers: [...headers, ...(change.headers ?? [])] }
      const reply = await sendRaw(`127.0.0.1:${guarding.port}`, call)
      return { reply, reached: behind.reached.slice(before) }
    }

    it('passes what is allowed with our words alone, whatever the client writes under our names', async () => {
      const spoofed = ['x-bailiwick-subject', 'X-Bailiwick-Actor', 'x-bailiwick-other', 'x_bailiwick_task', 'x-bailiwick-gateway-key'].map(
        (name) => [name, 'mine'] as const,
      )
      const { reply, reached } = await send({ headers: spoofed })
      expect(reply.status).toBe(200)
      expect(reached).toHaveLength(1)
      expect(Object.fromEntries(reached[0]?.headers.filter(([name]) => /^x.bailiwick./.test(name)) ?? [])).toEqual({
        'x-bailiwick-subject': 'corp:alice',
        'x-bailiwick-actor': 'client:refund-agent',
        'x-bailiwick-task': task.id,
        'x-bailiwick-resource': 'payments',
        'x-bailiwick-decision': running.journal.records.at(-1)?.decision_id,
      })
      expect(reached[0]?.headers.map(([name]) => name)).not.toContain('authorization')
      expect(reached[0]?.body).toBe(REFUND)
    })

    it('hands on a denial as a result the MCP client can read, with status 200, and judges the body', async () => {
      const { reply, reached } = await send({ body: REFUND.replace('T-1042', 'T-1043') })
      expect(reached).toEqual([])
      expect(reply.status).toBe(200)
      expect(reply.body).toContain('"isError":true')
      expect(reply.body).toContain('binding_mismatch')
    })

    it('denies the next call of a task that was revoked', async () => {
      const ended = await running.makeTask()
      const ending = await running.tokenFor(ended)
      expect((await send({ token: ending })).reached).toHaveLength(1)
      await running.revoke(ended)
      const { reply, reached } = await send({ token: ending })
      expect(reached).toEqual([])
      expect(reply.body).toContain('task_revoked')
    })

    it('refuses two tokens, and a body over the limit', async () => {
      const twice = await send({ headers: [['authorization', 'Bearer other']] })
      expect(twice).toMatchObject({ reply: { status: 401 }, reached: [] })
      expect(await send({ body: REFUND + ' '.repeat(1024 * 1024) })).toMatchObject({ reply: { status: 413 }, reached: [] })
    })

    it('takes a token bound to a workload’s certificate from that workload, and from nobody who writes of it', async () => {
      const hash = createHash('sha256').update(new X509Certificate(readFileSync(join(caller.certificates, 'cert-chain.pem'))).raw)
      const [hex, thumbprint] = [hash.copy().digest('hex'), hash.digest('base64url')]
      const bound = await running.tokenFor(task, { cnf: { 'x5t#S256': thumbprint } })
      const written = { 'x-forwarded-client-cert': `Hash=${hex}` }
      const before = behind.reached.length
      expect(await overMtls(guarding.port, caller, bound)).toBe(200)
      expect(running.journal.records.at(-1)).toMatchObject({ effect: 'allow', token: { proof: 'mtls' } })
      expect(behind.reached.length).toBe(before + 1)
      expect(await overMtls(guarding.port, other, bound)).toBe(401)
      expect(await overMtls(guarding.port, other, bound, written)).toBe(401)
      expect((await send({ token: bound, headers: Object.entries(written) })).reply.status).toBe(401)
      expect(behind.reached.length).toBe(before + 1)
    })

    it('says which workload called, by the certificate of its connection, and takes nothing in the clear where mTLS is strict', async () => {
      await around().mesh.cluster.apply(STRICT)
      try {
        await seen(async () => (await send().catch(() => undefined)) === undefined)
        const before = behind.reached.length
        expect(await overMtls(guarding.port, caller, token)).toBe(200)
        expect(behind.reached.length).toBe(before + 1)
        expect(running.journal.records.at(-1)).toMatchObject({ effect: 'allow', gateway: { source: { principal: identityOf('caller') } } })
      } finally {
        await around().mesh.cluster.remove(STRICT)
        await seen(async () => (await send().catch(() => undefined))?.reply.status === 200)
      }
    })

    const asked = (): number => running.journal.records.length + running.journal.refusals.length

    it('asks nobody who shows the certificate of another workload', async () => {
      const at = (name: string): string => join(caller.certificates, name)
      const posing = await listenOverTls(running, { cert: at('cert-chain.pem'), key: at('key.pem') }, at('root-cert.pem'))
      await guarded.close()
      const astray = await startGuarded(around(), { ...guarding, bailiwick: `127.0.0.1:${posing.port}` })
      const before = asked()
      try {
        expect(await send()).toMatchObject({ reply: { status: 403 }, reached: [] })
        expect(asked()).toBe(before)
      } finally {
        await astray.close()
        await posing.close(100)
      }
    })

    // Last: it stops Bailiwick.
    it('passes nothing over a port that Istio takes for TCP, nor once Bailiwick is gone', async () => {
      const asTcp = await startGuarded(around(), { ...guarding, protocol: 'TCP', without: 'payments-http-only' })
      const [reached, before] = [behind.reached.length, asked()]
      await send().catch(() => undefined)
      expect(behind.reached.length).toBe(reached)
      // Unlike an HTTP provider this one is asked, about a connection of which it is shown no call.
      expect(asked()).toBeGreaterThan(before)
      await asTcp.close()
      guarded = await startGuarded(around(), guarding)
      expect((await send()).reply.status).toBe(200)
      await listening.close(100)
      expect(await send()).toMatchObject({ reply: { status: 403 }, reached: [] })
    })
  })
}

/** As a workload's own sidecar calls: its certificate, and the protocol name that tells Istio's mTLS from any other TLS. */
function overMtls(port: number, { certificates }: RunningSidecar, token: string, more: Readonly<Record<string, string>> = {}): Promise<number> {
  const file = (name: string): Buffer => readFileSync(join(certificates, name))
  const createConnection = (): TLSSocket =>
    connect({
      host: '127.0.0.1',
      port,
      ca: file('root-cert.pem'),
      cert: file('cert-chain.pem'),
      key: file('key.pem'),
      ALPNProtocols: ['istio-http/1.1', 'istio', 'http/1.1'],
      // It has a SPIFFE ID and no DNS name.
      checkServerIdentity: (_host, { subjectaltname = '' }) => (subjectaltname === `URI:${identityOf('payments')}` ? undefined : new Error(subjectaltname)),
    })
  const headers = { 'content-type': 'application/json', 'mcp-protocol-version': '2025-06-18', authorization: `Bearer ${token}`, ...more }
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: '/mcp', method: 'POST', headers, createConnection }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    sent.on('error', reject)
    sent.end(REFUND)
  })
}
