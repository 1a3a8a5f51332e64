import { existsSync, lstatSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { json, startFakeBailiwick } from './fake-bailiwick.ts'
import type { FakeBailiwick } from './fake-bailiwick.ts'

let fake: FakeBailiwick
const TYPE = 'urn:ietf:params:oauth:token-type:'
const b64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwt = (header: object, payload: object): string => `${b64(header)}.${b64(payload)}.c2ln`
const TASK = jwt({ alg: 'ES256', typ: 'task+jwt' }, { sub: 'corp:alice' })
const SVID = jwt({ alg: 'ES256', typ: 'JWT' }, { sub: 'spiffe://example.org/agent/triage' })
const ISSUED = jwt({ alg: 'ES256', typ: 'at+jwt' }, { sub: 'corp:alice', n: 1 })
const OTHER = jwt({ alg: 'ES256', typ: 'at+jwt' }, { sub: 'corp:alice', n: 2 })

beforeAll(async () => {
  fake = await startFakeBailiwick()
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  fake.file('agent.key', JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'agent-1' }))
  fake.file('refund.task', TASK)
  fake.file('svid.jwt', SVID)
})
afterAll(() => fake.close())

const as = ['--client', 'refund-agent', '--client-key', 'agent.key', '--subject-token-file', 'refund.task']
const granted = { access_token: ISSUED, issued_token_type: `${TYPE}access_token`, token_type: 'Bearer', expires_in: 600, task_id: 'task_1' }

describe('token exchange', () => {
  beforeEach(() => fake.answers(json(200, granted)))
  const sent = (): Record<string, string> => Object.fromEntries(new URLSearchParams(fake.seen[0]?.body ?? ''))

  it('asks as RFC 8693 wants it, with a task token as the subject, and shows no token', async () => {
    const { code, out, err } = await fake.cli(['token', 'exchange', ...as, '--resource', 'payments', '--scope', 'refunds:read'])
    expect(code).toBe(0)
    expect(fake.seen[0]).toMatchObject({ method: 'POST', path: '/oauth2/token', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
    expect(fake.seen[0]?.headers.authorization).toBeUndefined()
    const { client_assertion: assertion, ...rest } = sent()
    expect(assertion).toMatch(/^eyJ/)
    expect(rest).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      subject_token: TASK,
      subject_token_type: `${TYPE}jwt`,
      audience: 'payments',
      scope: 'refunds:read',
    })
    expect(out).toMatch(/issued +payments\ntask +task_1\nexpires +2026-11-20 12:10:00Z \(in 10m\)\ntoken +not shown/)
    expect(out + err).not.toContain(ISSUED)
  })

  it('names a resource by its URI as `resource`', async () => {
    await fake.cli(['token', 'exchange', ...as, '--resource', 'https://payments.example.com/mcp'])
    expect(sent()).toMatchObject({ resource: 'https://payments.example.com/mcp' })
    expect(sent()['audience']).toBeUndefined()
  })

  it('with an SVID alone is an agent that acts for itself', async () => {
    await fake.cli(['token', 'exchange', '--svid-file', 'svid.jwt', '--resource', 'tickets'])
    expect(sent()).toMatchObject({
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe',
      client_assertion: SVID,
      subject_token: SVID,
      subject_token_type: `${TYPE}jwt`,
    })
  })

  it.each([
    ['an access token', jwt({ alg: 'RS256', typ: 'at+jwt' }, {}), 'access_token'],
    ['an access token without a typ', jwt({ alg: 'RS256' }, { scope: 'x', client_id: 'y' }), 'access_token'],
    ['an id_token', jwt({ alg: 'RS256', typ: 'JWT' }, { nonce: 'x' }), 'id_token'],
    ['an SVID', SVID, 'jwt'],
    ['a task token', TASK, 'jwt'],
  ])('tells that %s is one', async (_what, token, type) => {
    await fake.cli(['token', 'exchange', '--client', 'a', '--client-key', 'agent.key', '--subject-token-file', '-', '--resource', 'x'], { stdin: token })
    expect(sent()['subject_token_type']).toBe(`${TYPE}${type}`)
  })

  it('believes the type it is told', async () => {
    await fake.cli(['token', 'exchange', ...as, '--subject-token-type', 'access_token', '--resource', 'x', '--task', 'task_2'])
    expect(sent()).toMatchObject({ subject_token_type: `${TYPE}access_token`, task_id: 'task_2' })
  })

  it('replaces a link by the file instead of writing where it points', async () => {
    const outside = fake.file('outside', 'before')
    symlinkSync(outside, join(fake.folder, 'linked.token'))
    await fake.cli(['token', 'exchange', ...as, '--resource', 'payments', '-o', 'linked.token'])
    expect(readFileSync(outside, 'utf8')).toBe('before')
    expect(lstatSync(join(fake.folder, 'linked.token')).isSymbolicLink()).toBe(false)
    expect(statSync(join(fake.folder, 'linked.token')).mode & 0o777).toBe(0o600)
  })

  it('prints the token alone on stdout when asked', async () => {
    const { out, err } = await fake.cli(['token', 'exchange', ...as, '--resource', 'payments', '--print-token'])
    expect(out).toBe(`${ISSUED}\n`)
    expect(err).toContain('issued')
  })

  it('has a stable shape with --json, and no token unless asked', async () => {
    const { access_token: _token, ...rest } = granted
    const ask = ['token', 'exchange', ...as, '--resource', 'payments', '--json']
    expect(JSON.parse((await fake.cli(ask)).out)).toEqual({ resource: 'payments', ...rest })
    expect(JSON.parse((await fake.cli([...ask, '-o', 'p.token'])).out)).toEqual({ resource: 'payments', ...rest, token_file: join(fake.folder, 'p.token') })
    expect(JSON.parse((await fake.cli([...ask, '--print-token'])).out)).toEqual({ resource: 'payments', ...granted })
  })

  it.each([
    ['a dead task', 400, { error: 'invalid_request', error_description: 'The task was revoked.', reason: 'task_revoked', decision_id: 'dec_1' }, 3],
    ['a client nobody knows', 401, { error: 'invalid_client', error_description: 'x', reason: 'client_unauthenticated', decision_id: 'dec_1' }, 3],
    ['a malformed request', 400, { error: 'invalid_request', error_description: 'x', reason: 'request_malformed' }, 1],
    ['a store that is away', 503, { error: 'temporarily_unavailable', error_description: 'x', reason: 'state_unavailable' }, 4],
  ])('refused for %s exits by what it means', async (_what, status, body, code) => {
    fake.answers(json(status, body))
    const ran = await fake.cli(['token', 'exchange', ...as, '--resource', 'payments', '-o', 'never.token'])
    expect(ran).toMatchObject({ code, err: expect.stringContaining(body.reason) })
    expect(existsSync(join(fake.folder, 'never.token'))).toBe(false)
  })

  it.each([
    ['no client', ['--resource', 'x'], 'who exchanges?'],
    ['no subject', ['--client', 'a', '--client-key', 'agent.key', '--resource', 'x'], 'on whose authority?'],
  ])('asks nothing with %s', async (_what, args, expected) => {
    const { code, err } = await fake.cli(['token', 'exchange', ...args])
    expect({ code, seen: fake.seen.length }).toEqual({ code: 2, seen: 0 })
    expect(err).toContain(expected)
  })
})

describe('token batch', () => {
  const uri = (name: string): string => `https://${name}.example.com/mcp`
  const item = (name: string, token: string) => ({ resource: uri(name), resource_name: name, access_token: token, token_type: 'Bearer', expires_in: 600 })
  const refused = { resource: uri('payroll'), error: 'invalid_target', error_description: 'Not available.', reason: 'target_refused' }

  it('asks for all, keeps each token under its resource, and tells them in a table', async () => {
    fake.answers(json(200, { task_id: 'task_1', items: [item('payments', ISSUED), item('tickets', OTHER)] }))
    const { code, out, err } = await fake.cli(['token', 'batch', ...as, '-o', 'tokens'])
    expect(code).toBe(0)
    expect(JSON.parse(fake.seen[0]?.body ?? '')).toMatchObject({ items: 'all', subject_token: TASK })
    expect(readFileSync(join(fake.folder, 'tokens/payments.token'), 'utf8')).toBe(`${ISSUED}\n`)
    expect(readFileSync(join(fake.folder, 'tokens/tickets.token'), 'utf8')).toBe(`${OTHER}\n`)
    expect(statSync(join(fake.folder, 'tokens')).mode & 0o777).toBe(0o700)
    expect(out).toMatch(/payments +issued +in 10m/)
    expect(out + err).not.toContain(ISSUED)
  })

  it('is denied when one of them is, and keeps the others', async () => {
    fake.answers(json(200, { task_id: 'task_1', items: [item('payments', ISSUED), refused] }))
    const { code, out, err } = await fake.cli(['token', 'batch', ...as, '--resource', 'payments', '--resource', uri('payroll'), '--json'])
    expect(code).toBe(3)
    expect(JSON.parse(fake.seen[0]?.body ?? '')).toMatchObject({ items: [{ resource: 'payments' }, { resource: uri('payroll') }] })
    expect(JSON.parse(out)).toMatchObject({ task_id: 'task_1', items: [{ resource_name: 'payments' }, refused] })
    expect(out + err).not.toContain(ISSUED)
  })

  it('prints one token a line when asked, in a form a shell can read', async () => {
    fake.answers(json(200, { task_id: 'task_1', items: [item('payments', ISSUED), item('tickets', OTHER)] }))
    expect((await fake.cli(['token', 'batch', ...as, '--print-token'])).out).toBe(`payments ${ISSUED}\ntickets ${OTHER}\n`)
  })

  it('writes no file by a name that is no resource name', async () => {
    fake.answers(json(200, { task_id: 'task_1', items: [{ ...item('x', ISSUED), resource_name: '../../escape' }] }))
    expect(await fake.cli(['token', 'batch', ...as, '-o', 'deep/er/tokens'])).toMatchObject({ code: 1 })
    expect(existsSync(join(fake.folder, 'deep/escape.token'))).toBe(false)
  })
})
