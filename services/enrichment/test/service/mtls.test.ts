// Gateways that prove themselves with a client certificate, over a real TLS listener: exactly the configured name, at both families of doors.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Metadata, credentials, makeClientConstructor } from '@grpc/grpc-js'
import { create } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTestAuthority } from '@bailiwick/kit/test-authority'
import type { CertificateFiles, TestAuthority } from '@bailiwick/kit/test-authority'
import type { Listening } from '@bailiwick/runtime'
import { AUTHORIZATION_SERVICE_NAME, CheckRequestSchema, authorizationService } from '@bailiwick/wire'
import type { CheckResponse } from '@bailiwick/wire'
import { listenOverTls } from './listen-over-tls.ts'
import { answerOf, startService } from './running.ts'
import type { Running } from './running.ts'

const SPIFFE = 'spiffe://example.org/gateway/edge'
let folder: string
let authority: TestAuthority
let running: Running
let listening: Listening
let token: string
const shown = new Map<string, CertificateFiles>()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-mtls-'))
  authority = makeTestAuthority(folder)
  const server = authority.issue('server', { dns: ['localhost'], ip: ['127.0.0.1'] })
  shown.set('the SPIFFE ID', authority.issue('edge', { uri: [SPIFFE] }))
  shown.set('the DNS name', authority.issue('sidecar', { dns: ['sidecar.example.org'] }))
  shown.set('a SPIFFE ID below it', authority.issue('below', { uri: [`${SPIFFE}/other`] }))
  shown.set('two SPIFFE IDs', authority.issue('two', { uri: [SPIFFE, 'spiffe://example.org/other'] }))
  shown.set('a DNS name below it', authority.issue('sub', { dns: ['x.sidecar.example.org'] }))
  shown.set('the SPIFFE ID of another authority', makeTestAuthority(folder, 'stranger').issue('forged', { uri: [SPIFFE] }))
  const mtls = { authentication: 'mtls', resources: ['payments'] }
  running = await startService({
    listen: {
      agents: '127.0.0.1:18420',
      gateways: '127.0.0.1:18421',
      operators: '127.0.0.1:18422',
      tls: { cert: server.cert, key: server.key, client_ca: authority.ca },
    },
    gateways: [
      { ...mtls, name: 'mesh', doors: ['ext_authz'], resource_from: 'context_extension', spiffe_id: SPIFFE },
      { ...mtls, name: 'mesh-http', doors: ['forward_auth'], resource_from: 'path_segment', spiffe_id: SPIFFE },
      { ...mtls, name: 'sidecar', doors: ['forward_auth'], resource_from: 'path_segment', san: 'sidecar.example.org' },
    ],
  })
  listening = await listenOverTls(running, server, authority.ca)
  token = await running.tokenFor(await running.makeTask())
})
afterAll(async () => {
  await listening.close(100)
  await running.close()
  rmSync(folder, { recursive: true, force: true })
})

function own(who: string): { readonly cert?: Buffer; readonly key?: Buffer } {
  const files = shown.get(who)
  return files === undefined ? {} : { cert: readFileSync(files.cert), key: readFileSync(files.key) }
}

/** A GET for the event stream: no policy, no body. */
function forwardAuth(who: string, more: Readonly<Record<string, string>> = {}): Promise<{ readonly status: number; readonly reason: string | undefined }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: listening.port,
        path: '/forward-auth/envoy/payments/mcp',
        agent: false,
        ca: readFileSync(authority.ca),
        ...own(who),
        headers: { authorization: `Bearer ${token}`, ...more },
      },
      (response) => {
        response.resume()
        const reason = response.headers['x-bailiwick-reason']
        response.on('end', () => resolve({ status: response.statusCode ?? 0, reason: typeof reason === 'string' ? reason : undefined }))
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}

async function check(who: string): Promise<{ readonly kind: string; readonly reason: unknown }> {
  const { cert, key } = own(who)
  const client = new (makeClientConstructor(authorizationService, AUTHORIZATION_SERVICE_NAME))(
    `localhost:${listening.port}`,
    credentials.createSsl(readFileSync(authority.ca), key ?? null, cert ?? null),
  )
  try {
    const response = await new Promise<CheckResponse>((resolve, reject) => {
      const http = { method: 'GET', path: '/mcp', headers: { authorization: `Bearer ${token}` } }
      client.makeUnaryRequest(
        authorizationService.check.path,
        authorizationService.check.requestSerialize,
        authorizationService.check.responseDeserialize,
        create(CheckRequestSchema, { attributes: { contextExtensions: { bailiwick_resource: 'payments' }, request: { http } } }),
        new Metadata(),
        (error, answer) => (error === null && answer !== undefined ? resolve(answer) : reject(error ?? new Error('no response'))),
      )
    })
    const { kind, metadata } = answerOf(response)
    return { kind, reason: metadata['reason'] }
  } finally {
    client.close()
  }
}

describe('forward-auth', () => {
  it.each([
    ['the SPIFFE ID', 'mesh-http', SPIFFE],
    ['the DNS name', 'sidecar', '127.0.0.1'],
  ])('knows a gateway by %s', async (who, name, peer) => {
    expect(await forwardAuth(who)).toEqual({ status: 200, reason: undefined })
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'allow', gateway: { name, peer } })
  })

  it.each(['a SPIFFE ID below it', 'two SPIFFE IDs', 'a DNS name below it', 'the SPIFFE ID of another authority', 'nothing'])('does not by %s', async (who) => {
    expect(await forwardAuth(who)).toEqual({ status: 403, reason: 'gateway_unauthenticated' })
  })

  it('does not where a secret is shown beside it', async () => {
    expect(await forwardAuth('the SPIFFE ID', { 'x-bailiwick-gateway-key': 'guess' })).toEqual({ status: 403, reason: 'gateway_unauthenticated' })
  })
})

describe('ext_authz', () => {
  it('knows a gateway by the SPIFFE ID', async () => {
    expect(await check('the SPIFFE ID')).toEqual({ kind: 'ok', reason: undefined })
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'allow', gateway: { name: 'mesh', peer: SPIFFE } })
  })

  it.each(['the DNS name', 'a SPIFFE ID below it', 'two SPIFFE IDs', 'the SPIFFE ID of another authority', 'nothing'])('does not by %s', async (who) => {
    expect(await check(who)).toEqual({ kind: 'denied', reason: 'gateway_unauthenticated' })
  })
})
