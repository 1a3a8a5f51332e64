import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { decodeProtectedHeader, generateKeyPair, exportJWK, exportPKCS8, jwtVerify } from 'jose'
import type { CryptoKey } from 'jose'
import { json, OPERATOR_TOKEN, startFakeBailiwick } from './fake-bailiwick.ts'
import type { FakeBailiwick } from './fake-bailiwick.ts'

let fake: FakeBailiwick
let publicKey: CryptoKey
const TASK_TOKEN = 'eyJ0YXNrIjoxfQ.eyJzdWIiOiJhIn0.c2lnbmF0dXJl'
const USER_TOKEN = `${b64({ alg: 'RS256' })}.${b64({ iss: 'https://idp', sub: 'alice', aud: 'support-portal' })}.c2ln`

function b64(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

beforeAll(async () => {
  fake = await startFakeBailiwick()
  const pair = await generateKeyPair('ES256', { extractable: true })
  publicKey = pair.publicKey
  const jwk = { ...(await exportJWK(pair.privateKey)), kid: 'portal-1', alg: 'ES256' }
  fake.file('portal.key', JSON.stringify(jwk))
  fake.file('portal.jwks', JSON.stringify({ keys: [jwk] }))
  fake.file('portal.pem', await exportPKCS8(pair.privateKey))
  fake.file('public.key', JSON.stringify(await exportJWK(pair.publicKey)))
  fake.file('alice.jwt', `${USER_TOKEN}\n`)
})
afterAll(() => fake.close())

const task = (id: string, change: object = {}) => ({
  id,
  state: 'active',
  subject: { sub: 'corp:alice', kind: 'user' },
  agent: { id: 'client:refund-agent', client_id: 'refund-agent', name: 'Refund agent' },
  binding: { ticket_id: 'T-1042' },
  binding_source: 'launcher',
  purpose: 'refund',
  path: [],
  resources: ['payments', 'tickets'],
  created_at: '2026-11-20T11:58:00.000Z',
  created_by: 'client:support-portal',
  expires_at: '2026-11-20T12:28:00.000Z',
  ...change,
})
const ID = 'task_01a1f982-cbdb-70db-aa44-04d93673b18b'

describe('task list', () => {
  it('asks with the filters and prints a table without control characters of the server', async () => {
    fake.answers(json(200, { items: [task('task_1', { subject: { sub: 'corp:\u001b[31mevil' } })], next_cursor: 'abc' }))
    const { out, err } = await fake.cli(['task', 'list', '--state', 'active', '--sub', 'corp:alice', '--limit', '1'])
    expect(fake.seen).toMatchObject([{ path: '/v1/tasks?state=active&sub=corp%3Aalice&limit=1' }])
    expect(out.split('\n')[1]?.split(/ {2,}/)).toEqual(['task_1', 'active', 'corp:?[31mevil', 'client:refund-agent', 'payments tickets', 'in 28m'])
    expect(out).not.toContain('\u001b')
    expect(err).toBe('more: --cursor abc\n')
  })

  it.each([80, 120])('fits %i columns with ids whole', async (width) => {
    fake.answers(json(200, { items: [task(ID, { subject: { sub: `spiffe://example.org/${'x'.repeat(90)}/triage` } })] }))
    const { out } = await fake.cli(['task', 'list'], { tty: width, env: { NO_COLOR: '1' } })
    expect(out).toContain(ID)
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width)
    expect(out).toMatch(/spiffe.*\u2026.*triage/)
  })

  it('prints what control answered with --json, and no colours on any terminal', async () => {
    fake.answers(json(200, { items: [task('task_1')] }))
    const { out } = await fake.cli(['task', 'list', '--json'], { tty: 80 })
    expect(JSON.parse(out)).toEqual({ items: [task('task_1')] })
  })
})

describe('task show', () => {
  it('tells for whom, by whom, tied to what, and until when', async () => {
    fake.answers(json(200, { task: task('task_1') }))
    const { out } = await fake.cli(['task', 'show', 'task_1'])
    expect(out).toMatch(/for +corp:alice \(user\)\nagent +client:refund-agent \(Refund agent\)\nbound to +ticket_id: T-1042\n/)
    expect(out).toMatch(/created +2026-11-20 11:58:00Z \(2m ago\) by client:support-portal\nexpires +2026-11-20 12:28:00Z \(in 28m\)/)
  })

  it('tells who ended it and why', async () => {
    const ended = { state: 'revoked', ended_at: '2026-11-20T11:59:00.000Z', ended_by: 'operator:operator', end_reason: 'wrong ticket' }
    fake.answers(json(200, { task: task('task_1', ended) }))
    expect((await fake.cli(['task', 'show', 'task_1'])).out).toMatch(/ended +2026-11-20 11:59:00Z \(60s ago\) by operator:operator\nbecause +wrong ticket/)
  })
})

describe('task complete', () => {
  it('is done only when it is confirmed', async () => {
    fake.answers(json(200, { task: task('task_1'), status: 'confirmed', durability: 'local' }))
    expect(await fake.cli(['task', 'complete', 'task_1'])).toMatchObject({ code: 0, out: 'completed  task_1  with its children; durability local\n' })
    expect(fake.seen[0]).toMatchObject({ method: 'POST', path: '/v1/tasks/task_1/complete' })
    fake.answers(json(202, { task: task('task_1'), status: 'unconfirmed' }))
    expect(await fake.cli(['task', 'complete', 'task_1'])).toMatchObject({ code: 1, out: '' })
  })

  it('is asked for by the client that made it, with its own proof and nothing of the operator', async () => {
    fake.answers(json(200, { task: task('task_1'), status: 'confirmed', durability: 'local' }))
    expect(await fake.cli(['task', 'complete', 'task_1', '--client', 'support-portal', '--client-key', 'portal.key'])).toMatchObject({ code: 0 })
    expect(fake.seen[0]?.headers.authorization).toBeUndefined()
    expect(JSON.parse(fake.seen[0]?.body ?? '')).toEqual({ client_assertion: expect.any(String), client_assertion_type: expect.stringContaining('jwt-bearer') })
  })

  it('tells an operator who is not let that clients complete', async () => {
    fake.answers(json(403, { reason: 'policy_denied', detail: 'The policy does not allow this call.' }))
    expect(await fake.cli(['task', 'complete', 'task_1'])).toMatchObject({ code: 3, err: expect.stringContaining('--client') })
  })
})

describe('task create', () => {
  beforeEach(() => fake.answers(json(201, { task: task('task_1'), task_token: TASK_TOKEN })))
  const ask = ['task', 'create', '--agent', 'triage-agent', '--resource', 'tickets', '--resource', 'crm']
  const sent = (): Record<string, unknown> => JSON.parse(fake.seen[0]?.body ?? '{}') as Record<string, unknown>

  it('as the operator sends what the task is, and keeps its token in a file nobody else can read', async () => {
    const file = join(fake.folder, 'triage.task')
    const bind = ['--bind', 'queue=in=box', '--bind', 'level:=2', '--bind', 'urgent:=true']
    const { code, out, err } = await fake.cli([...ask, ...bind, '--purpose', 'sort', '--lifetime', '30m', '-o', 'triage.task'])
    expect(code).toBe(0)
    expect(fake.seen[0]?.headers.authorization).toBe(`Bearer ${OPERATOR_TOKEN}`)
    expect(sent()).toEqual({
      agent: 'triage-agent',
      resources: ['tickets', 'crm'],
      binding: { queue: 'in=box', level: 2, urgent: true },
      purpose: 'sort',
      expires_in: 1800,
    })
    expect(readFileSync(file, 'utf8')).toBe(`${TASK_TOKEN}\n`)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(out + err).not.toContain(TASK_TOKEN)
    expect(out).toContain(file)
  })

  it('prints the token alone on stdout when asked', async () => {
    const { out, err } = await fake.cli([...ask, '--print-token'])
    expect(out).toBe(`${TASK_TOKEN}\n`)
    expect(err).toContain('task_1')
  })

  it('has a stable shape with --json, and no token unless asked', async () => {
    const { out } = await fake.cli([...ask, '-o', 'x.task', '--json'])
    expect(JSON.parse(out)).toEqual({ task: task('task_1'), task_token_file: join(fake.folder, 'x.task') })
    expect(JSON.parse((await fake.cli([...ask, '--print-token', '--json'])).out)).toEqual({ task: task('task_1'), task_token: TASK_TOKEN })
  })

  it.each(['portal.key', 'portal.jwks', 'portal.pem'])(
    'as a launcher proves itself with %s, for the user whose token it holds, without the operator token',
    async (key) => {
      await fake.cli([...ask, '--client', 'support-portal', '--client-key', key, '--subject-token-file', 'alice.jwt', '-o', 'x.task'])
      const { client_assertion: assertion, ...rest } = sent()
      expect(rest).toMatchObject({ subject_token: USER_TOKEN, subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' })
      expect(fake.seen[0]?.headers.authorization).toBeUndefined()
      const { payload } = await jwtVerify(String(assertion), publicKey, {
        issuer: 'support-portal',
        subject: 'support-portal',
        audience: fake.url,
        currentDate: new Date(fake.clock.nowMs()),
      })
      expect(Number(payload.exp) - Number(payload.iat)).toBe(60)
      expect(payload.jti).toMatch(/^[0-9a-f-]{36}$/)
      expect(decodeProtectedHeader(String(assertion)).typ).toBe('client-authentication+jwt')
    },
  )

  it('reads the user token from stdin', async () => {
    const args = [...ask, '--client', 'support-portal', '--client-key', 'portal.key', '--subject-token-file', '-', '-o', 'x.task']
    await fake.cli(args, { stdin: `  ${USER_TOKEN}\n` })
    expect(sent()['subject_token']).toBe(USER_TOKEN)
  })

  it.each([
    ['nowhere to keep the token', ask, 'where should the task token go?'],
    ['no agent', ['task', 'create', '--resource', 'x', '-o', 'x'], '--agent'],
    ['no resources', ['task', 'create', '--agent', 'x', '-o', 'x'], '--resource'],
    ['a fact without a value', [...ask, '-o', 'x', '--bind', 'ticket_id'], 'key=value'],
    ['a fact given twice', [...ask, '-o', 'x', '--bind', 'a=1', '--bind', 'a=2'], 'twice'],
    ['a fact that is no number', [...ask, '-o', 'x', '--bind', 'a:=T-1'], 'a number, true or false'],
    ['a key without its client', [...ask, '-o', 'x', '--client-key', 'portal.key'], '--client'],
    ['a client without its key', [...ask, '-o', 'x', '--client', 'portal'], '--client-key'],
    ['two proofs', [...ask, '-o', 'x', '--client', 'a', '--client-key', 'portal.key', '--svid-file', 'alice.jwt'], 'not with both'],
    ['a public key', [...ask, '-o', 'x', '--client', 'a', '--client-key', 'public.key'], 'without one private JWK'],
    ['a key that is none', [...ask, '-o', 'x', '--client', 'a', '--client-key', 'alice.jwt'], 'PEM or a private JWK'],
    ['a child without its parents agent', [...ask, '-o', 'x', '--parent', 'task_1'], 'the agent of its parent'],
    ['a type without a token', [...ask, '-o', 'x', '--subject-token-type', 'jwt'], '--subject-token-file'],
    ['a token file that is empty', [...ask, '-o', 'x', '--subject-token-file', '-'], 'is empty'],
  ])('asks nothing with %s', async (_what, args, expected) => {
    const { code, err } = await fake.cli(args)
    expect({ code, seen: fake.seen.length }).toEqual({ code: 2, seen: 0 })
    expect(err).toContain(expected)
  })

  it('takes no key others can read, and says nothing of what is in it', async () => {
    fake.file('open.key', readFileSync(join(fake.folder, 'portal.key'), 'utf8'), 0o640)
    const { code, err } = await fake.cli([...ask, '-o', 'x', '--client', 'a', '--client-key', 'open.key'])
    expect({ code, seen: fake.seen.length }).toEqual({ code: 2, seen: 0 })
    expect(err).toContain('chmod 600')
    expect(err).not.toContain('"d"')
  })

  it('warns of a token others can read', async () => {
    fake.file('open.jwt', USER_TOKEN, 0o644)
    const { err } = await fake.cli([...ask, '--client', 'a', '--client-key', 'portal.key', '--subject-token-file', 'open.jwt', '-o', 'x'])
    expect(err).toContain('can be read by others')
  })
})
