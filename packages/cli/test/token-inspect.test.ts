import { join } from 'node:path'
import { existsSync } from 'node:fs'
import { newTaskId, nowSeconds, parseClientId } from '@bailiwick/core'
import type { ClientId, TaskId } from '@bailiwick/core'
import { openKeyRing } from '@bailiwick/tokens'
import type { KeyRing } from '@bailiwick/tokens'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startFakeBailiwick } from './fake-bailiwick.ts'
import type { FakeBailiwick } from './fake-bailiwick.ts'

let fake: FakeBailiwick
let ring: KeyRing
let taskId: TaskId
let runtime: string
let task: string
const ISSUER = 'http://127.0.0.1:8420'
const policies = new URL('../../../policies', import.meta.url).pathname
const b64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function clientId(): ClientId {
  const id = parseClientId('refund-agent')
  if (id === undefined) throw new TypeError('not a client id')
  return id
}

beforeAll(async () => {
  fake = await startFakeBailiwick()
  const config = (data: string) => `issuer: ${ISSUER}\ndevelopment: true\ndata: ${data}\npolicy: { engine: supervised, directory: ${policies} }\n`
  fake.file('ours.yaml', config('./data'))
  fake.file('others.yaml', config('./others'))
  fake.file('empty.yaml', config('./nothing'))
  const { clock } = fake
  ring = await openKeyRing({ directory: join(fake.folder, 'data/keys'), issuer: ISSUER, algorithm: 'ES256', clock })
  await (await openKeyRing({ directory: join(fake.folder, 'others/keys'), issuer: ISSUER, algorithm: 'ES256', clock })).close()
  const now = nowSeconds(clock)
  taskId = newTaskId(clock.nowMs())
  const common = {
    iss: ISSUER,
    sub: 'corp:alice',
    subId: { format: 'iss_sub', iss: 'https://idp.example.com', sub: 'alice' },
    clientId: clientId(),
    jti: 'jti-1',
    iat: now,
    exp: now + 600,
    taskId,
    kep: { epoch: 1, revision: 42 },
  } as const
  runtime = await ring.mintRuntimeToken({
    ...common,
    aud: 'https://pay.example.com/mcp',
    scope: ['refunds:read'],
    act: { sub: 'client:refund-agent', act: { sub: 'client:planner' } },
  })
  task = await ring.mintTaskToken(common)
  fake.file('runtime.token', runtime)
  fake.file('task.token', task)
})
afterAll(async () => {
  await ring.close()
  await fake.close()
})

const inspect = (args: readonly string[], stdin?: string) => fake.cli(['token', 'inspect', ...args], stdin === undefined ? {} : { stdin })

describe('token inspect', () => {
  it('explains a runtime token, claim by claim, and says that it was not verified', async () => {
    const { code, out } = await inspect(['runtime.token'])
    expect(code).toBe(0)
    expect(out).toContain('kind      runtime token')
    expect(out).toContain('NOT VERIFIED')
    expect(out).toContain('expires in 10m, 10m in all')
    expect(out).toContain('calls to https://pay.example.com/mcp')
    expect(out).toMatch(/act +client:refund-agent < client:planner\n/)
    expect(out).toMatch(/exp +2026-11-20 12:10:00Z \(in 10m\)\n +expires/)
    expect(out).toContain(taskId)
    expect(out).not.toContain(runtime)
  })

  it('reads stdin when no file is named', async () => {
    expect((await inspect([], `${task}\n`)).out).toContain('kind      task token')
  })

  it('has a stable shape with --json', async () => {
    const { out } = await inspect(['task.token', '--json'])
    expect(JSON.parse(out)).toEqual({
      kind: 'task_token',
      verified: null,
      header: { alg: 'ES256', typ: 'task+jwt', kid: expect.any(String) },
      claims: expect.objectContaining({ sub: 'corp:alice', aud: ISSUER, kep: [1, 42], task_id: taskId }),
      lifetime: { state: 'valid', expires_in_s: 600, lifetime_s: 600 },
      good_for: [expect.stringContaining('token endpoints'), expect.stringContaining('nothing else')],
      problems: [],
    })
  })

  it('says when a token is over', async () => {
    fake.clock.advance(601_000)
    const { out } = await inspect(['runtime.token', '--json'])
    fake.clock.advance(-601_000)
    expect(JSON.parse(out)).toMatchObject({ lifetime: { state: 'expired', expires_in_s: -1 } })
  })

  it.each([
    ['an operator token', 'bwop_Zk3v9QmT7xLw2RbN8sYpC5uHdJ4fGa1e', 'operator'],
    ['an encrypted token', 'eyJhbGciOiJkaXIifQ..a.b.c', 'encrypted'],
    ['half a token', 'eyJhbGciOiJFUzI1NiJ9', 'opaque'],
    ['an id_token', `${b64({ alg: 'RS256' })}.${b64({ sub: 'alice', aud: 'x', nonce: 'n', exp: 1 })}.c2ln`, 'id_token'],
    ['an SVID', `${b64({ alg: 'ES256' })}.${b64({ sub: 'spiffe://example.org/a', aud: [ISSUER], exp: 1 })}.c2ln`, 'jwt_svid'],
    ['a client assertion', `${b64({ alg: 'ES256' })}.${b64({ iss: 'a', sub: 'a', jti: 'j', aud: ISSUER, exp: 1 })}.c2ln`, 'client_assertion'],
  ])('tells %s', async (_what, token, kind) => {
    const { code, out } = await inspect(['--json'], token)
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ kind, verified: null })
    expect(out).not.toContain(token)
  })

  it('shows what every service would refuse, and does not let it play with the terminal', async () => {
    const doubled = `${b64({ alg: 'none', jku: 'https://evil', 'k\u001b[2J': 1 })}.${Buffer.from('{"sub":"a\\u001b[2J","sub":"b"}').toString('base64url')}.`
    const { out } = await inspect([], doubled)
    expect(out).toContain('the signature is missing')
    expect(out).toContain('duplicate_key')
    expect(out).toContain('"jku"')
    expect(out).not.toContain('\u001b')
  })
})

describe('token inspect --config', () => {
  it.each(['runtime.token', 'task.token'])('verifies %s with our keys, and says what it did not ask', async (file) => {
    const { code, out } = await inspect([file, '--config', 'ours.yaml'])
    expect(code).toBe(0)
    expect(out).toMatch(/verified +yes: our key/)
    expect(out).toContain('whether')
    expect(JSON.parse((await inspect([file, '--config', 'ours.yaml', '--json'])).out)).toMatchObject({ verified: { ok: true } })
  })

  it('denies a token of other keys', async () => {
    const { code, out } = await inspect(['runtime.token', '--config', 'others.yaml', '--json'])
    expect({ code, verified: (JSON.parse(out) as { verified: unknown }).verified }).toEqual({
      code: 3,
      verified: { ok: false, problem: 'token_invalid (unknown key)' },
    })
  })

  it('denies a token whose claims were changed', async () => {
    const [header, , signature] = runtime.split('.')
    const { code, out } = await inspect(['--config', 'ours.yaml'], `${header}.${b64({ sub: 'corp:bob', task_id: taskId, kep: [1, 1], exp: 4e9 })}.${signature}`)
    expect(code).toBe(3)
    expect(out).toContain('bad signature')
  })

  it('makes no keys where there are none', async () => {
    expect(await inspect(['runtime.token', '--config', 'empty.yaml'])).toMatchObject({ code: 3, out: expect.stringContaining('no keys') })
    expect(existsSync(join(fake.folder, 'nothing'))).toBe(false)
  })

  it('verifies nothing of somebody elses', async () => {
    const { code, out } = await inspect(['--config', 'ours.yaml'], `${b64({ alg: 'RS256' })}.${b64({ sub: 'alice', nonce: 'n', exp: 1 })}.c2ln`)
    expect(code).toBe(0)
    expect(out).toContain('NOT VERIFIED')
  })
})
