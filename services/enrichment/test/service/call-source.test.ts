// Who a gateway says called it: in the record of a gateway that proved itself, and nowhere else.
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTestAuthority } from '@bailiwick/kit/test-authority'
import { REFUND, startService } from './running.ts'
import type { Answer, Running } from './running.ts'

const PRINCIPAL = 'spiffe://example.org/agent/refund'
let running: Running
let local: Running
let token: string
let pem: string

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-source-'))
  pem = readFileSync(makeTestAuthority(folder).issue('agent', { uri: [PRINCIPAL] }).cert, 'utf8')
  rmSync(folder, { recursive: true })
  running = await startService()
  local = await startService({ gateways: [{ name: 'edge', doors: ['ext_authz'], authentication: 'loopback', secret_files: null }] })
  token = await running.tokenFor(await running.makeTask())
})
afterAll(() => Promise.all([running.close(), local.close()]))

interface Peer {
  readonly principal?: string
  readonly certificate?: string
}

async function ask(at: Running, source: Peer, options: { readonly token?: string; readonly key?: string } = {}): Promise<Answer> {
  const headers = {
    'content-type': 'application/json',
    'x-envoy-auth-partial-body': 'false',
    ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
  }
  const http = { method: 'POST', path: '/mcp', headers, rawBody: Buffer.from(REFUND), size: BigInt(REFUND.length) }
  return await at.check({ ...options, attributes: { source, contextExtensions: { bailiwick_resource: 'payments' }, request: { http } } })
}

/** What the record of an allowed call says of it. */
async function recorded(source: Peer, at: Running = running, options: { readonly key?: string } = {}): Promise<unknown> {
  const answer = await ask(at, source, { token: at === running ? token : await at.tokenFor(await at.makeTask()), ...options })
  expect(answer.kind).toBe('ok')
  return at.journal.records.at(-1)?.gateway?.source
}

describe('who a gateway says called it', () => {
  it('is in the record: the principal, and the thumbprint of the certificate', async () => {
    const thumbprint = Buffer.from(new X509Certificate(pem).fingerprint256.replaceAll(':', ''), 'hex').toString('base64url')
    expect(await recorded({ principal: PRINCIPAL, certificate: encodeURIComponent(pem) })).toEqual({ principal: PRINCIPAL, certificate_sha256: thumbprint })
    expect(await recorded({ principal: PRINCIPAL })).toEqual({ principal: PRINCIPAL })
  })

  it.each(['no certificate', '%', encodeURIComponent('-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----')])(
    'is nothing for %s',
    async (certificate) => {
      expect(await recorded({ certificate })).toBeUndefined()
      expect(await recorded({})).toBeUndefined()
    },
  )

  it('is one line of printable text, and not long', async () => {
    expect(await recorded({ principal: 'CN=a\n\u001b[2Jb\u202e' })).toEqual({ principal: 'CN=a??[2Jb?' })
    expect(await recorded({ principal: 'x'.repeat(9_000) })).toEqual({ principal: 'x'.repeat(512) })
  })

  it('is not believed from a gateway that proved nothing', async () => {
    expect(await recorded({ principal: PRINCIPAL }, local, { key: '' })).toBeUndefined()
    expect(local.journal.records.at(-1)?.gateway).toMatchObject({ name: 'edge', development: true })
    await ask(running, { principal: PRINCIPAL }, { token, key: 'wrong' })
    expect(running.journal.refusals.at(-1)).toMatchObject({ reason: 'gateway_unauthenticated', gateway: { peer: '127.0.0.1' } })
    expect(running.journal.refusals.at(-1)?.gateway?.source).toBeUndefined()
  })

  it('authenticates nobody', async () => {
    const answer = await ask(running, { principal: PRINCIPAL, certificate: encodeURIComponent(pem) })
    expect(answer).toMatchObject({ kind: 'denied', metadata: { reason: 'token_missing' } })
  })
})
