// Clients that prove themselves by a certificate (RFC 8705 section 2, X.509-SVIDs): on connections of ours, and through what ends TLS in front of us.
import { X509Certificate, createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { decodeJwt } from 'jose'
import { Configuration, TlsClientAuth, customFetch, genericGrantRequest } from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '@bailiwick/kit/silent-log'
import { testGatewaySecret } from '@bailiwick/kit/test-config'
import { makeTestAuthority } from '@bailiwick/kit/test-authority'
import type { CertificateFiles } from '@bailiwick/kit/test-authority'
import { listen, serverTls } from '@bailiwick/runtime'
import type { Listening } from '@bailiwick/runtime'
import { GRANT, ISSUER, TYPE, URIS, client, openBench } from './bench.ts'
import type { Answer, Bench } from './bench.ts'
import { expectRefusal } from './expect-refusal.ts'
import { postForm } from './post-form.ts'

const SVID = 'spiffe://example.org/agent/payer'
const FRONT_KEY = testGatewaySecret('front')
const folder = mkdtempSync(join(tmpdir(), 'bailiwick-client-certificates-'))
const authority = makeTestAuthority(folder)
const strangers = makeTestAuthority(mkdtempSync(join(folder, 'strangers-')), 'ca')
const server = authority.issue('server', { dns: ['localhost'], ip: ['127.0.0.1'] })
const certificates = {
  'dns-agent': authority.issue('dns', { dns: ['agent.example.org'] }),
  'uri-agent': authority.issue('uri', { uri: ['urn:example:agent'] }),
  'dn-agent': authority.issue('dn-agent', { dns: ['elsewhere.example.org'], organisation: 'Example' }),
  'self-agent': strangers.issue('self', { dns: ['self.example.org'] }),
  'svid-agent': authority.issue('svid', { uri: [SVID] }),
}
type Name = keyof typeof certificates
const forged: Readonly<Record<Name, CertificateFiles>> = {
  'dns-agent': strangers.issue('forged-dns', { dns: ['agent.example.org'] }),
  'uri-agent': strangers.issue('forged-uri', { uri: ['urn:example:agent'] }),
  'dn-agent': strangers.issue('dn-agent', { organisation: 'Example' }),
  'self-agent': strangers.issue('self-again', { dns: ['self.example.org'] }),
  'svid-agent': strangers.issue('forged-svid', { uri: [SVID] }),
}
const NAMES: readonly Name[] = ['dns-agent', 'uri-agent', 'dn-agent', 'self-agent', 'svid-agent']

let bench: Bench
let fronted: Bench
let listening: Listening

const agent = { kind: 'agent', resources: ['payments', 'tickets'] }
const CLIENTS = [
  { ...agent, id: 'dns-agent', authentication: 'tls_client_auth', san: 'agent.example.org', proof: 'mtls' },
  { ...agent, id: 'uri-agent', authentication: 'tls_client_auth', san: 'urn:example:agent' },
  { ...agent, id: 'dn-agent', authentication: 'tls_client_auth', subject_dn: 'CN=dn-agent,O=Example' },
  {
    ...agent,
    id: 'self-agent',
    authentication: 'self_signed_tls_client_auth',
    certificate_files: [certificates['self-agent'].cert],
    proof: 'mtls',
  },
  { ...agent, id: 'svid-agent', authentication: 'spiffe_x509', spiffe_id: SVID },
]
const PLANES = { agents: '127.0.0.1:18420', gateways: '127.0.0.1:18421', operators: '127.0.0.1:18422' }

beforeAll(async () => {
  writeFileSync(join(folder, 'front.key'), FRONT_KEY, { mode: 0o600 })
  const tls = { cert: server.cert, key: server.key, client_ca: authority.ca }
  bench = await openBench({ startMs: Date.now(), listen: { ...PLANES, tls }, clients: CLIENTS })
  const front = { certificate_header: 'client-cert', secret_files: [join(folder, 'front.key')] }
  fronted = await openBench({ startMs: Date.now(), listen: { ...PLANES, front }, clients: CLIENTS })
  listening = await listen({
    host: '127.0.0.1',
    port: 0,
    http: express().use(bench.service.http),
    tls: serverTls({ certFile: server.cert, keyFile: server.key, clientCaFile: authority.ca, asksPeers: true }, silentLog().log),
  })
})
afterAll(async () => {
  await listening.close(100)
  await Promise.all([bench.close(), fronted.close()])
  rmSync(folder, { recursive: true, force: true })
})

async function taskTokenOf(at: Bench, name: Name): Promise<string> {
  const id = name === 'svid-agent' ? SVID : `client:${name}`
  const task = await at.createTask({ agent: { id, clientId: client(name), declared: false } })
  return await at.taskToken(task)
}

async function fieldsOf(at: Bench, name: Name): Promise<Record<string, string>> {
  return { grant_type: GRANT, client_id: name, subject_token: await taskTokenOf(at, name), subject_token_type: `${TYPE}jwt`, resource: URIS.payments }
}

const derOf = ({ cert }: CertificateFiles): Buffer => new X509Certificate(readFileSync(cert)).raw
const thumbprintOf = (files: CertificateFiles): string => createHash('sha256').update(derOf(files)).digest('base64url')
const claimsOf = (answer: Answer): Record<string, unknown> => ({ ...decodeJwt(String(answer.body['access_token'])) })

const over = (shown: CertificateFiles | undefined, fields: Record<string, string | undefined>): Promise<Answer> =>
  postForm({ port: listening.port, ca: authority.ca, shown }, '/oauth2/token', fields)

const UNKNOWN = { status: 401, error: 'invalid_client', reason: 'client_unauthenticated', counted: true } as const

describe('on a connection of ours', () => {
  it.each(NAMES)('%s is proved by its certificate and its client_id', async (name) => {
    const answer = await over(certificates[name], await fieldsOf(bench, name))
    expect(answer.body).toMatchObject({ token_type: 'Bearer' })
    expect(claimsOf(answer)).toMatchObject({ client_id: name, act: { sub: name === 'svid-agent' ? SVID : `client:${name}` } })
    const isBound = name === 'dns-agent' || name === 'self-agent'
    expect(claimsOf(answer)['cnf']).toEqual(isBound ? { 'x5t#S256': thumbprintOf(certificates[name]) } : undefined)
  })

  it.each(NAMES)('%s is not proved by the certificate of another, by one that only looks like its own, or by none', async (name) => {
    const fields = await fieldsOf(bench, name)
    for (const other of NAMES.filter((each) => each !== name)) expectRefusal(bench, await over(certificates[other], fields), UNKNOWN)
    expectRefusal(bench, await over(forged[name], fields), UNKNOWN)
    expectRefusal(bench, await over(undefined, fields), { ...UNKNOWN, detail: 'no_credential' })
    expect((await over(certificates[name], fields)).status).toBe(200)
  })

  it('needs the client_id: a certificate alone names nobody', async () => {
    const fields = { ...(await fieldsOf(bench, 'dns-agent')), client_id: undefined }
    expectRefusal(bench, await over(certificates['dns-agent'], fields), { ...UNKNOWN, detail: 'no_credential' })
    for (const id of ['nobody', 'DNS-AGENT', 'refund-agent', 'x'.repeat(5_000)])
      expectRefusal(bench, await over(certificates['dns-agent'], { ...fields, client_id: id }), { ...UNKNOWN, detail: 'unknown_client' })
  })

  it('is one way at a time: a certificate mends neither a password nor an assertion', async () => {
    const fields = await fieldsOf(bench, 'dns-agent')
    expectRefusal(bench, await over(certificates['dns-agent'], { ...fields, client_secret: 'x' }), UNKNOWN)
    const basic = { authorization: `Basic ${Buffer.from('dns-agent:x').toString('base64')}` }
    const shown = { port: listening.port, ca: authority.ca, shown: certificates['dns-agent'] }
    expectRefusal(bench, await postForm(shown, '/oauth2/token', fields, basic), UNKNOWN)
    const assertion = { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: 'a.b.c' }
    expectRefusal(bench, await over(certificates['dns-agent'], { ...fields, ...assertion }), UNKNOWN)
  })

  it('reads no header: nobody stands in front', async () => {
    const fields = await fieldsOf(bench, 'dns-agent')
    const told = { 'client-cert': `:${derOf(certificates['dns-agent']).toString('base64')}:`, 'x-bailiwick-gateway-key': FRONT_KEY }
    for (const shown of [undefined, certificates['uri-agent']])
      expectRefusal(bench, await postForm({ port: listening.port, ca: authority.ca, shown }, '/oauth2/token', fields, told), UNKNOWN)
  })

  it('ends with the certificate, whatever became of the connection', async () => {
    const late = await openBench({
      startMs: Date.now() + 2 * 3_600_000,
      listen: { ...PLANES, tls: { cert: server.cert, key: server.key, client_ca: authority.ca } },
      clients: CLIENTS,
    })
    const later = await listen({
      host: '127.0.0.1',
      port: 0,
      http: express().use(late.service.http),
      tls: serverTls({ certFile: server.cert, keyFile: server.key, clientCaFile: authority.ca }, silentLog().log),
    })
    try {
      for (const name of ['dns-agent', 'self-agent'] as const) {
        const answer = await postForm({ port: later.port, ca: authority.ca, shown: certificates[name] }, '/oauth2/token', await fieldsOf(late, name))
        expectRefusal(late, answer, { ...UNKNOWN, detail: 'certificate_expired' })
      }
    } finally {
      await later.close(100)
      await late.close()
    }
  })

  it('introspects and revokes for such clients too', async () => {
    const issued = await over(certificates['uri-agent'], await fieldsOf(bench, 'uri-agent'))
    const token = String(issued.body['access_token'])
    const asked = (shown: CertificateFiles): Promise<Answer> =>
      postForm({ port: listening.port, ca: authority.ca, shown }, '/oauth2/revoke', { client_id: 'uri-agent', token })
    expect((await asked(certificates['dn-agent'])).status).toBe(401)
    expect((await asked(certificates['uri-agent'])).status).toBe(200)
  })

  it('is what openid-client sends', async () => {
    const metadata = await bench.send('/.well-known/oauth-authorization-server', {})
    expect(metadata.body).toMatchObject({
      token_endpoint_auth_methods_supported: expect.arrayContaining(['tls_client_auth', 'self_signed_tls_client_auth', 'spiffe_x509']),
      tls_client_certificate_bound_access_tokens: true,
    })
    const configuration = new Configuration(
      { issuer: ISSUER, token_endpoint: `https://127.0.0.1:${listening.port}/oauth2/token` },
      'dns-agent',
      { use_mtls_endpoint_aliases: true },
      TlsClientAuth(),
    )
    configuration[customFetch] = async (url, { body }) => {
      const fields = Object.fromEntries(new URLSearchParams(String(body)))
      const answer = await over(certificates['dns-agent'], fields)
      expect(new URL(url).pathname).toBe('/oauth2/token')
      return Response.json(answer.body, { status: answer.status })
    }
    const { grant_type: grant, client_id: _own, ...rest } = await fieldsOf(bench, 'dns-agent')
    const granted = await genericGrantRequest(configuration, String(grant), rest)
    expect(decodeJwt(granted.access_token)).toMatchObject({ client_id: 'dns-agent', cnf: { 'x5t#S256': thumbprintOf(certificates['dns-agent']) } })
  })
})

describe('behind what ends TLS and proves itself by its own certificate', () => {
  const own = authority.issue('fronting', { dns: ['front.example.org'] })
  let house: Bench
  let place: Listening
  beforeAll(async () => {
    const tls = { cert: server.cert, key: server.key, client_ca: authority.ca }
    const front = { certificate_header: 'client-cert', san: 'front.example.org' }
    house = await openBench({ startMs: Date.now(), listen: { ...PLANES, tls, front }, clients: [...CLIENTS, { id: 'refund-agent', proof: 'mtls' }] })
    place = await listen({
      host: '127.0.0.1',
      port: 0,
      http: express().use(house.service.http),
      tls: serverTls({ certFile: server.cert, keyFile: server.key, clientCaFile: authority.ca }, silentLog().log),
    })
  })
  afterAll(async () => {
    await place.close(100)
    await house.close()
  })
  const told = { 'client-cert': `:${derOf(certificates['dns-agent']).toString('base64')}:` }
  const ask = async (shown: CertificateFiles | undefined, headers: Record<string, string>): Promise<Answer> =>
    await postForm({ port: place.port, ca: authority.ca, shown }, '/oauth2/token', await fieldsOf(house, 'dns-agent'), headers)

  it('a client is proved by the certificate the front tells of, and its tokens are bound to that', async () => {
    const answer = await ask(own, told)
    expect(claimsOf(answer)['cnf']).toEqual({ 'x5t#S256': thumbprintOf(certificates['dns-agent']) })
  })

  it.each<[string, CertificateFiles | undefined, Record<string, string>]>([
    ['another certificate', certificates['uri-agent'], told],
    ['one that only looks like the front’s', strangers.issue('front', { dns: ['front.example.org'] }), told],
    ['none', undefined, told],
    ['none but a key', undefined, { ...told, 'x-bailiwick-gateway-key': FRONT_KEY }],
    ['the client’s own, past the front', certificates['dns-agent'], {}],
    ['the front’s, which tells of none', own, {}],
  ])('no client is proved on a connection with %s', async (_name, shown, headers) => {
    expectRefusal(house, await ask(shown, headers), { ...UNKNOWN, detail: 'no_credential' })
  })

  it('no token is bound to the certificate of the front', async () => {
    const fields = { ...(await house.proofOf()), grant_type: GRANT, subject_token_type: `${TYPE}jwt`, resource: URIS.payments }
    const subject = await house.taskToken(await house.createTask())
    const answer = await postForm({ port: place.port, ca: authority.ca, shown: own }, '/oauth2/token', { ...fields, subject_token: subject })
    expectRefusal(house, answer, { error: 'invalid_request', reason: 'proof_missing', detail: 'client_with_bound_tokens' })
  })
})

describe('behind what ends TLS', () => {
  const told = (files: CertificateFiles): string => `:${derOf(files).toString('base64')}:`
  const ask = async (name: Name, headers: Record<string, string>): Promise<Answer> =>
    await fronted.form('/oauth2/token', await fieldsOf(fronted, name), headers)

  it.each(NAMES)('%s is proved by the certificate the front tells of, and its tokens are bound to that', async (name) => {
    const answer = await ask(name, { 'x-bailiwick-gateway-key': FRONT_KEY, 'client-cert': told(certificates[name]) })
    expect(answer.status).toBe(200)
    if (name === 'dns-agent') expect(claimsOf(answer)['cnf']).toEqual({ 'x5t#S256': thumbprintOf(certificates[name]) })
    expect((await ask(name, { 'x-bailiwick-gateway-key': FRONT_KEY, 'client-cert': told(server) })).status).toBe(401)
  })

  it.each<[string, Record<string, string>]>([
    ['without the front’s key', {}],
    ['with another key', { 'x-bailiwick-gateway-key': `${FRONT_KEY}x` }],
    ['with an empty key', { 'x-bailiwick-gateway-key': '' }],
  ])('believes no header %s', async (_name, key) => {
    const answer = await ask('dns-agent', { ...key, 'client-cert': told(certificates['dns-agent']) })
    expectRefusal(fronted, answer, { ...UNKNOWN, detail: 'no_credential' })
  })

  it.each<[string, string]>([
    ['none', '::'],
    ['a chain', `:${Buffer.concat([derOf(certificates['dns-agent']), derOf({ cert: authority.ca, key: '' })]).toString('base64')}:`],
    ['bytes behind it', `:${Buffer.concat([derOf(certificates['dns-agent']), Buffer.from('x')]).toString('base64')}:`],
    ['two of them', `${told(certificates['dns-agent'])}, ${told(certificates['dns-agent'])}`],
    ['its hash', `Hash=${createHash('sha256').update(derOf(certificates['dns-agent'])).digest('hex')}`],
  ])('takes a header with %s for no certificate', async (_name, value) => {
    const answer = await ask('dns-agent', { 'x-bailiwick-gateway-key': FRONT_KEY, 'client-cert': value })
    expectRefusal(fronted, answer, { ...UNKNOWN, detail: 'no_credential' })
  })

  it('takes another header, and a value that is too long, for no certificate', async () => {
    const other = {
      'x-bailiwick-gateway-key': FRONT_KEY,
      'x-forwarded-client-cert': `Cert="${encodeURIComponent(readFileSync(certificates['dns-agent'].cert, 'utf8'))}"`,
    }
    expectRefusal(fronted, await ask('dns-agent', other), { ...UNKNOWN, detail: 'no_credential' })
    // What Node itself refuses never gets here.
    expect((await fetch(`${fronted.url}/oauth2/token`, { method: 'POST', headers: { 'client-cert': `:${'A'.repeat(20_000)}:` } })).status).toBe(431)
  })

  it('refuses the certificate of an authority, and one that has expired, whoever tells of it', async () => {
    const expired = authority.issue('expired', { dns: ['agent.example.org'] }, -60_000)
    const answer = await ask('dns-agent', { 'x-bailiwick-gateway-key': FRONT_KEY, 'client-cert': told(expired) })
    expectRefusal(fronted, answer, { ...UNKNOWN, detail: 'certificate_expired' })
    const signer = await ask('dns-agent', { 'x-bailiwick-gateway-key': FRONT_KEY, 'client-cert': told({ cert: authority.ca, key: '' }) })
    expectRefusal(fronted, signer, { ...UNKNOWN, detail: 'certificate_of_an_authority' })
  })
})
