// What every gateway that ends the agents' TLS must show with the real program, its shipped file and the lines for certificates in it: a token bound to a
// certificate passes with that certificate alone, as the connection proved it, and nothing a client writes stands in for it.
import { X509Certificate, createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTestAuthority } from '@bailiwick/kit/test-authority'
import type { CertificateFiles } from '@bailiwick/kit/test-authority'
import { testGatewaySecret } from '@bailiwick/kit/test-config'
import { REFUND, startService } from '../../../../services/enrichment/test/service/running.ts'
import type { Running } from '../../../../services/enrichment/test/service/running.ts'
import { MCP_BODY, STATELESS } from './proves.ts'
import type { Proved, Wiring } from './proves.ts'
import { freePort } from './run-gateway.ts'
import type { RunningGateway } from './run-gateway.ts'
import { startRecordingServer } from './recording-server.ts'
import type { Reached, RecordingServer } from './recording-server.ts'
import { resumesSession } from './resumes-session.ts'
import { sendOverTls } from './send-over-tls.ts'
import type { TlsAnswer, TlsCall } from './send-over-tls.ts'

export interface TlsWiring extends Wiring {
  readonly tls: CertificateFiles & {
    /** Certificate and key in one file. */
    readonly both: string
    /** Who signs the certificates of agents. */
    readonly agents: string
  }
}

export interface ProvedWithCertificates extends Pick<Proved, 'name' | 'segment' | 'sees'> {
  readonly start: (wiring: TlsWiring) => Promise<RunningGateway>
  readonly header: 'x-forwarded-client-cert' | 'client-cert'
  /** The reason when an agent shows none. */
  readonly none?: 'proof_unverifiable' | 'proof_invalid'
  /** What becomes of a connection with a certificate it cannot verify. */
  readonly unverified?: 'refused by TLS' | 400
  /** It takes up sessions, and looks at the times of their certificates itself. */
  readonly resumes?: true
}

const HEADERS = ['x-forwarded-client-cert', 'client-cert'] as const

export function provesCertificates({
  name,
  start,
  segment,
  sees,
  header,
  none = 'proof_unverifiable',
  unverified = 'refused by TLS',
  resumes,
}: ProvedWithCertificates): void {
  describe(`${name}, with agents' certificates`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'bailiwick-gateway-tls-'))
    const agents = makeTestAuthority(folder, 'agents')
    const servers = makeTestAuthority(folder, 'servers')
    const server = servers.issue('server', { dns: ['localhost'], ip: ['127.0.0.1'] })
    const [mine, other, expired] = [
      agents.issue('mine', { uri: ['spiffe://example.org/agent/refund'] }),
      agents.issue('other', { uri: ['spiffe://example.org/agent/other'] }),
      agents.issue('expired', { uri: ['spiffe://example.org/agent/refund'] }, -1_800_000),
    ]
    // Of an authority nobody here trusts.
    const foreign = makeTestAuthority(folder, 'foreign').issue('stranger', { uri: ['spiffe://example.org/agent/refund'] })
    let running: Running
    let behind: RecordingServer
    let gateway: RunningGateway | undefined
    let port: number

    beforeAll(async () => {
      running = await startService({
        gateways: [
          {
            name: 'sidecar',
            doors: ['forward_auth'],
            resource_from: 'path_segment',
            authentication: 'shared_secret',
            secret_files: ['./sidecar.key'],
            resources: ['payments', 'tickets', 'models'],
            certificate_header: header,
          },
        ],
        resources: [
          { name: 'tickets', validates_mcp_headers: true, proof: 'mtls' },
          { name: 'payments', proof: 'mtls' },
        ],
      })
      behind = await startRecordingServer()
      port = await freePort()
      const both = join(folder, 'both.pem')
      writeFileSync(both, `${readFileSync(server.cert, 'utf8')}${readFileSync(server.key, 'utf8')}`, { mode: 0o600 })
      const tls = { ...server, both, agents: agents.ca }
      gateway = await start({ port, bailiwick: running.address, key: testGatewaySecret('sidecar'), behind: behind.host, tls })
    })
    afterAll(async () => {
      await gateway?.close()
      await behind.close()
      await running.close()
      rmSync(folder, { recursive: true, force: true })
    })

    interface Shown {
      readonly shown?: CertificateFiles
      readonly more?: TlsCall['headers']
    }
    type Sent = Shown & { readonly bound?: CertificateFiles }
    const aud = `https://${segment}.example.com/mcp`

    const boundTo = async (files: CertificateFiles): Promise<string> =>
      await running.tokenFor(await running.makeTask(), { aud, cnf: { 'x5t#S256': thumbprintOf(files) } })

    const call = (token: string, { shown, more = [] }: Shown): Promise<TlsAnswer> =>
      sendOverTls({
        port,
        ca: servers.ca,
        ...(shown === undefined ? {} : { shown }),
        path: `/${segment}/mcp`,
        headers: [['content-type', 'application/json'], ...(sees === 'nothing' ? STATELESS : []), ['authorization', `Bearer ${token}`], ...more],
        body: sees === 'nothing' ? MCP_BODY : REFUND,
      })

    /** A call with a token bound to `bound`, on a connection with the certificate `shown`. */
    async function send({ bound = mine, ...sent }: Sent): Promise<{ readonly answer: TlsAnswer; readonly reached: readonly Reached[] }> {
      const before = behind.reached.length
      const answer = await call(await boundTo(bound), sent)
      return { answer, reached: behind.reached.slice(before) }
    }

    const refused = async (sent: Sent, reason: string): Promise<void> => {
      const { answer, reached } = await send(sent)
      expect(reached).toEqual([])
      expect(answer).toMatchObject({ status: 401, body: expect.stringContaining(reason) })
      expect(running.journal.records.at(-1)).toMatchObject({ effect: 'deny', reason })
    }

    it('passes a token bound to the certificate of the connection, and says so in the record', async () => {
      const { answer, reached } = await send({ shown: mine })
      expect(answer).toEqual({ status: 200, body: '{"served":true}' })
      expect(reached).toHaveLength(1)
      expect(running.journal.records.at(-1)).toMatchObject({ effect: 'allow', token: { proof: 'mtls' } })
    })

    it('takes the leaf of what a client shows, whatever leads to its authority', async () => {
      const chain = join(folder, 'chain.crt')
      writeFileSync(chain, `${readFileSync(mine.cert, 'utf8')}${readFileSync(agents.ca, 'utf8')}`)
      expect((await send({ shown: { cert: chain, key: mine.key } })).answer).toMatchObject({ status: 200 })
      await refused({ bound: { cert: agents.ca, key: mine.key }, shown: { cert: chain, key: mine.key } }, 'proof_invalid')
    })

    it('refuses it on a connection with another certificate, and on one without', async () => {
      await refused({ shown: other }, 'proof_invalid')
      await refused({}, none)
    })

    it('refuses a certificate that only a header tells of, on a connection with none and with another', async () => {
      for (const forged of HEADERS.flatMap((each) => spellings(each, mine))) {
        await refused({ more: [forged] }, none)
        await refused({ shown: other, more: [forged] }, 'proof_invalid')
        await refused({ shown: other, more: [forged, forged] }, 'proof_invalid')
      }
      // And it does no harm to who has the right one.
      const { answer, reached } = await send({ shown: mine, more: spellings(header, other) })
      expect(answer).toMatchObject({ status: 200 })
      expect(JSON.stringify(reached)).not.toContain(hexOf(other))
    })

    it.each([
      ['an authority nobody here trusts', foreign],
      ['the past', expired],
    ])('refuses a certificate of %s, to which the token is bound', async (_of, shown) => {
      const before = running.journal.records.length
      const { answer, reached } = await send({ bound: shown, shown })
      expect(reached).toEqual([])
      expect(answer === 'refused by TLS' ? answer : answer.status).toBe(unverified)
      expect(running.journal.records.slice(before).map(({ effect }) => effect)).not.toContain('allow')
    })

    it.each(['TLSv1.2', 'TLSv1.3'] as const)(`${resumes === true ? 'takes' : 'does not take'} up a session again, of %s`, async (version) => {
      expect(await resumesSession({ port, ca: servers.ca, shown: mine, version })).toBe(resumes === true)
    })

    it('refuses a token that is bound to nothing, whatever the connection shows', async () => {
      const token = await running.tokenFor(await running.makeTask(), { aud })
      expect(await call(token, { shown: mine })).toMatchObject({ status: 401, body: expect.stringContaining('proof_missing') })
      expect(await call(await boundTo(mine), { shown: mine })).toMatchObject({ status: 200 })
    })
  })
}

const derOf = ({ cert }: CertificateFiles): Buffer => new X509Certificate(readFileSync(cert)).raw
const thumbprintOf = (files: CertificateFiles): string => createHash('sha256').update(derOf(files)).digest('base64url')
const hexOf = (files: CertificateFiles): string => createHash('sha256').update(derOf(files)).digest('hex')

/** What a client that has seen somebody's certificate can write of it under this name. */
function spellings(header: (typeof HEADERS)[number], files: CertificateFiles): readonly (readonly [string, string])[] {
  const base64 = derOf(files).toString('base64')
  switch (header) {
    case 'x-forwarded-client-cert':
      return [
        ['X-Forwarded-Client-Cert', `Hash=${hexOf(files)}`],
        ['x-forwarded-client-cert', `Cert="${encodeURIComponent(readFileSync(files.cert, 'utf8'))}"`],
      ]
    case 'client-cert':
      return [
        ['Client-Cert', `:${base64}:`],
        ['CLIENT-CERT', `:${base64}:`],
      ]
  }
}
