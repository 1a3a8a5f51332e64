// Tokens bound to a key: what binds them, what may exchange them, and that a binding is never lost on the way (RFC 9449, RFC 8705).
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { X509Certificate, createHash } from 'node:crypto'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeJwt } from 'jose'
import { Fault } from '@bailiwick/core'
import type { Task } from '@bailiwick/core'
import { makeDpopKey } from '@bailiwick/kit/dpop-key'
import type { DpopKey, ProofOptions } from '@bailiwick/kit/dpop-key'
import { silentLog } from '@bailiwick/kit/silent-log'
import { makeTestAuthority } from '@bailiwick/kit/test-authority'
import type { CertificateFiles, TestAuthority } from '@bailiwick/kit/test-authority'
import { listen, serverTls } from '@bailiwick/runtime'
import type { Listening } from '@bailiwick/runtime'
import { client, GRANT, ISSUER, openBench, TYPE, URIS } from './bench.ts'
import type { Answer, Bench } from './bench.ts'
import { expectRefusal } from './expect-refusal.ts'
import { postForm } from './post-form.ts'

const ACCESS = { subject_token_type: `${TYPE}access_token` }
let bench: Bench
let key: DpopKey
let other: DpopKey
let task: Task
let subject: string

beforeAll(async () => {
  key = await makeDpopKey()
  other = await makeDpopKey()
  bench = await openBench({
    resources: [
      { name: 'tickets', proof: 'dpop' },
      { name: 'models', proof: 'mtls' },
    ],
    clients: [{ id: 'other-agent', proof: 'dpop' }],
  })
  task = await bench.createTask()
  subject = await bench.taskToken(task)
})
afterAll(() => bench.close())

const proof = (change: Partial<ProofOptions> = {}, by = key): Promise<string> => by.proof({ htu: `${ISSUER}/oauth2/token`, now: bench.now(), ...change })
const batchProof = (by = key): Promise<string> => proof({ htu: `${ISSUER}/oauth2/token-batch` }, by)
const claimsOf = (token: unknown): Record<string, unknown> => ({ ...decodeJwt(String(token)) })
const bound = (by = key): Promise<string> => bench.runtimeToken(task, { cnf: { jkt: by.jkt } })

describe('a token asked for with a DPoP proof', () => {
  it('is bound to the key of the proof, and the answer, the record and introspection say so', async () => {
    const answer = await bench.token({ subject_token: subject }, { dpop: await proof() })
    expect(answer.body).toMatchObject({ token_type: 'DPoP', issued_token_type: `${TYPE}access_token` })
    expect(claimsOf(answer.body['access_token'])).toMatchObject({ cnf: { jkt: key.jkt } })
    expect(bench.journal.records.at(-1)?.issued).toEqual([expect.objectContaining({ resource: 'payments', cnf: { jkt: key.jkt } })])
    const asked = await bench.form('/oauth2/introspect', { ...(await bench.proofOf('server')), token: String(answer.body['access_token']) })
    expect(asked.body).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt: key.jkt } })
  })

  it('is bound in a batch too, each one', async () => {
    const answer = await bench.batch({ subject_token: subject, items: [{ resource: 'payments' }, { resource: 'tickets' }] }, { dpop: await batchProof() })
    const items = answer.body['items']
    if (!Array.isArray(items)) throw new TypeError('no items')
    expect(items.map((item: Record<string, unknown>) => [item['token_type'], claimsOf(item['access_token'])['cnf']])).toEqual([
      ['DPoP', { jkt: key.jkt }],
      ['DPoP', { jkt: key.jkt }],
    ])
  })

  it('tells the policy how it is bound', async () => {
    await bench.token({ subject_token: subject }, { dpop: await proof() })
    expect(bench.decider.questions.at(-1)?.principal.attr['token']).toMatchObject({ proof: 'dpop' })
    await bench.token({ subject_token: subject })
    expect(bench.decider.questions.at(-1)?.principal.attr['token']).toMatchObject({ proof: 'none' })
  })

  it.each<[string, () => Partial<ProofOptions>, string]>([
    ['for another endpoint', () => ({ htu: `${ISSUER}/oauth2/token-batch` }), 'htu_differs'],
    ['for the address it was sent to, which is not the issuer', () => ({ htu: `${bench.url}/oauth2/token` }), 'htu_differs'],
    ['for another method', () => ({ htm: 'GET' }), 'htm_differs'],
    ['that is too old', () => ({ iat: bench.now() - 61 }), 'too_old'],
    ['with the private key in it', () => ({ header: { jwk: key.privateJwk } }), 'private_key'],
  ])('is refused with a proof %s', async (_name, change, detail) => {
    const answer = await bench.token({ subject_token: subject }, { dpop: await proof(change()) })
    expectRefusal(bench, answer, { error: 'invalid_dpop_proof', reason: 'proof_invalid', detail })
  })

  it('is refused with two proofs, sent as two headers or as one', async () => {
    const two = [await proof(), await proof()]
    const joined = await bench.token({ subject_token: subject }, { dpop: two.join(', ') })
    expectRefusal(bench, joined, { error: 'invalid_dpop_proof', reason: 'proof_invalid' })
  })

  it('takes a proof once, whichever of many requests comes first', async () => {
    const one = await proof()
    const answers = await Promise.all(Array.from({ length: 16 }, () => bench.token({ subject_token: subject }, { dpop: one })))
    const granted = answers.filter(({ status }) => status === 200)
    expect(granted).toHaveLength(1)
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      const entry = expectRefusal(bench, answer, { error: 'invalid_dpop_proof', reason: 'proof_invalid', detail: 'replayed' })
      // The tokens were signed and recorded by then, and are taken back.
      expect(entry.supersedes).toBeDefined()
      expect(entry.act).toMatchObject({ withheld: [expect.any(String)] })
    }
  })

  it('leaves the proof usable when the request is refused for something else', async () => {
    const one = await proof()
    expect((await bench.token({ subject_token: subject, resource: URIS.payroll }, { dpop: one })).body['error']).toBe('invalid_target')
    expect((await bench.token({ subject_token: subject }, { dpop: one })).status).toBe(200)
  })

  it('is not given out when nobody knows whether the proof was used', async () => {
    const consumeOnce = bench.store.consumeOnce.bind(bench.store)
    const one = await proof()
    bench.store.consumeOnce = (used, ...rest) =>
      used.startsWith('dpop:') ? Promise.reject(new Fault('state', 'store_unconfirmed', 'x')) : consumeOnce(used, ...rest)
    try {
      const answer = await bench.token({ subject_token: subject }, { dpop: one })
      expectRefusal(bench, answer, { status: 503, error: 'temporarily_unavailable', reason: 'state_unavailable' })
    } finally {
      bench.store.consumeOnce = consumeOnce
    }
  })
})

describe('a bound runtime token as subject (case 26)', () => {
  it('becomes one bound to the same key, with its proof', async () => {
    const answer = await bench.token({ subject_token: await bound(), ...ACCESS }, { dpop: await proof() })
    expect(answer.body['token_type']).toBe('DPoP')
    expect(claimsOf(answer.body['access_token'])).toMatchObject({ cnf: { jkt: key.jkt } })
  })

  it.each<[string, () => Promise<Record<string, string>>, 'proof_missing' | 'proof_invalid', string]>([
    ['without a proof', () => Promise.resolve({}), 'proof_missing', 'bound_subject_token'],
    ['with the proof of another key', async () => ({ dpop: await proof({}, other) }), 'proof_invalid', 'another_key'],
  ])('is refused %s, alone and in a batch', async (_name, headers, reason, detail) => {
    const refusal = { error: 'invalid_dpop_proof', reason, detail }
    expectRefusal(bench, await bench.token({ subject_token: await bound(), ...ACCESS }, await headers()), refusal)
    const sent = await headers()
    const dpop = 'dpop' in sent ? { dpop: await batchProof(other) } : {}
    expectRefusal(bench, await bench.batch({ subject_token: await bound(), ...ACCESS }, dpop), refusal)
  })

  it('is refused to another client, whatever that one proves', async () => {
    const answer = await bench.token({ subject_token: await bound(), ...ACCESS, ...(await bench.proofOf('other')) }, { dpop: await proof({}, other) })
    expectRefusal(bench, answer, { error: 'invalid_request', reason: 'actor_invalid', detail: 'token_of_another_client' })
  })

  it('bound to a certificate is refused where the connection shows none', async () => {
    const token = await bench.runtimeToken(task, { cnf: { 'x5t#S256': 'A'.repeat(43) } })
    const answer = await bench.token({ subject_token: token, ...ACCESS }, { dpop: await proof() })
    expectRefusal(bench, answer, { error: 'invalid_request', reason: 'proof_missing', detail: 'bound_subject_token' })
  })
})

describe('where bound tokens are asked for', () => {
  it('a resource gets no unbound token, while the others of the batch do', async () => {
    const answer = await bench.batch({ subject_token: subject, items: [{ resource: 'payments' }, { resource: 'tickets' }, { resource: 'models' }] })
    expect(answer.body['items']).toEqual([
      expect.objectContaining({ resource: 'payments', token_type: 'Bearer' }),
      expect.objectContaining({ resource: 'tickets', error: 'invalid_dpop_proof', reason: 'proof_missing' }),
      expect.objectContaining({ resource: 'models', error: 'invalid_request', reason: 'proof_missing' }),
    ])
    const metadata = async (name: string): Promise<unknown> => (await bench.send(`/.well-known/oauth-protected-resource/${name}`, {})).body
    expect(await metadata('tickets')).toMatchObject({ dpop_bound_access_tokens_required: true, tls_client_certificate_bound_access_tokens: false })
    expect(await metadata('models')).toMatchObject({ dpop_bound_access_tokens_required: false, tls_client_certificate_bound_access_tokens: true })
  })

  it('a client gets no unbound token for any resource', async () => {
    const own = await bench.createTask({ agent: { id: 'client:other-agent', clientId: client('other-agent'), declared: false } })
    const fields = { subject_token: await bench.taskToken(own) }
    const refused = await bench.token({ ...fields, ...(await bench.proofOf('other')) })
    expectRefusal(bench, refused, { error: 'invalid_dpop_proof', reason: 'proof_missing', detail: 'client_with_bound_tokens' })
    const answer = await bench.token({ ...fields, ...(await bench.proofOf('other')) }, { dpop: await proof({}, other) })
    expect(claimsOf(answer.body['access_token'])).toMatchObject({ cnf: { jkt: other.jkt } })
  })
})

describe('over TLS with a client certificate', () => {
  let folder: string
  let authority: TestAuthority
  let server: CertificateFiles
  let mine: CertificateFiles
  let another: CertificateFiles
  let stranger: CertificateFiles
  let secure: Bench
  let listening: Listening

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bailiwick-possession-'))
    authority = makeTestAuthority(folder)
    server = authority.issue('server', { dns: ['localhost'], ip: ['127.0.0.1'] })
    mine = authority.issue('agent', { dns: ['agent.example.org'] })
    another = authority.issue('another', { dns: ['another.example.org'] })
    stranger = makeTestAuthority(folder, 'stranger').issue('forged', { dns: ['agent.example.org'] })
    const tls = { cert: server.cert, key: server.key, client_ca: authority.ca }
    secure = await openBench({
      listen: { agents: '127.0.0.1:18420', gateways: '127.0.0.1:18421', operators: '127.0.0.1:18422', tls },
      clients: [{ id: 'refund-agent', proof: 'mtls' }],
    })
    listening = await listen({
      host: '127.0.0.1',
      port: 0,
      http: express().use(secure.service.http),
      tls: serverTls({ certFile: server.cert, keyFile: server.key, clientCaFile: authority.ca }, silentLog().log),
    })
  })
  afterAll(async () => {
    await listening.close(100)
    await secure.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const exchange = async (shown: CertificateFiles | undefined, fields: Record<string, string>): Promise<Answer> => {
    const form = { grant_type: GRANT, subject_token_type: `${TYPE}jwt`, resource: URIS.payments, ...(await secure.proofOf()), ...fields }
    return await postForm({ port: listening.port, ca: authority.ca, shown }, '/oauth2/token', form)
  }
  const thumbprint = ({ cert }: CertificateFiles): string =>
    createHash('sha256')
      .update(new X509Certificate(readFileSync(cert)).raw)
      .digest('base64url')

  it('binds the tokens of a client that wants it to that certificate, and shows them as bearer tokens', async () => {
    const own = await secure.createTask()
    const answer = await exchange(mine, { subject_token: await secure.taskToken(own) })
    expect(answer.body['token_type']).toBe('Bearer')
    expect(claimsOf(answer.body['access_token'])).toMatchObject({ cnf: { 'x5t#S256': thumbprint(mine) } })
    const again = await exchange(mine, { subject_token: String(answer.body['access_token']), ...ACCESS })
    expect(claimsOf(again.body['access_token'])).toMatchObject({ cnf: { 'x5t#S256': thumbprint(mine) } })
    const stolen = await exchange(another, { subject_token: String(answer.body['access_token']), ...ACCESS })
    expectRefusal(secure, stolen, { error: 'invalid_request', reason: 'proof_invalid', detail: 'another_certificate' })
  })

  it('refuses that client without a certificate, and with one that counts for nothing here', async () => {
    const own = await secure.createTask()
    for (const shown of [undefined, stranger]) {
      const answer = await exchange(shown, { subject_token: await secure.taskToken(own) })
      expectRefusal(secure, answer, { error: 'invalid_request', reason: 'proof_missing', detail: 'client_with_bound_tokens' })
    }
  })

  it('says so in its metadata', async () => {
    expect((await secure.send('/.well-known/oauth-authorization-server', {})).body).toMatchObject({ tls_client_certificate_bound_access_tokens: true })
  })
})
