import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Task } from '@bailiwick/core'
import { testGatewaySecret } from '@bailiwick/kit/test-config'
import { REFUND, startService } from './running.ts'
import type { Running } from './running.ts'
import { sendRaw } from './send-raw.ts'
import type { RawReply, RawRequest } from './send-raw.ts'

let running: Running
let task: Task
let token: string

const SIDECAR = {
  name: 'sidecar',
  doors: ['forward_auth'],
  resources: ['payments', 'models'],
  resource_from: 'path_segment',
  authentication: 'shared_secret',
  secret_files: ['./sidecar.key'],
}

beforeAll(async () => {
  running = await startService({ gateways: [SIDECAR], resources: [{ name: 'tickets', validates_mcp_headers: true }] })
  task = await running.makeTask()
  token = await running.tokenFor(task)
})
afterAll(() => running.close())

const KEY = ['x-bailiwick-gateway-key', testGatewaySecret('sidecar')] as const
type Headers = RawRequest['headers']

/** What the Lua file of nginx sends for a refund. */
function ask(change: Partial<RawRequest> = {}, more: Headers = []): Promise<RawReply> {
  return sendRaw(running.address, {
    method: 'POST',
    path: '/forward-auth/nginx/payments',
    headers: [
      KEY,
      ['authorization', `Bearer ${token}`],
      ['content-type', 'application/json'],
      ['x-original-method', 'POST'],
      ['x-original-uri', '/mcp'],
      ...more,
    ],
    body: REFUND,
    ...change,
  })
}

function reasonOf(reply: RawReply): string | undefined {
  return reply.headers.find(([name]) => name === 'x-bailiwick-reason')?.[1]
}

function detailOf(): string | undefined {
  return running.journal.records.at(-1)?.detail
}

it('allows with 200, no body, and who it is for', async () => {
  const reply = await ask()
  expect(reply).toMatchObject({ status: 200, body: '' })
  expect(Object.fromEntries(reply.headers)).toMatchObject({
    'cache-control': 'no-store',
    'x-bailiwick-subject': 'corp:alice',
    'x-bailiwick-task': task.id,
    'x-bailiwick-remove': 'authorization',
  })
  expect(running.journal.records.at(-1)).toMatchObject({ effect: 'allow', door: 'forward_auth', gateway: { name: 'sidecar', peer: '127.0.0.1' } })
})

describe('what was asked', () => {
  it.each([
    ['without the method', [['x-original-uri', '/mcp']], 'original_method'],
    ['without the path', [['x-original-method', 'POST']], 'original_uri'],
    [
      'with the method twice',
      [
        ['x-original-method', 'POST'],
        ['x-original-method', 'GET'],
        ['x-original-uri', '/mcp'],
      ],
      'original_method',
    ],
    [
      'with the path twice',
      [
        ['x-original-method', 'POST'],
        ['x-original-uri', '/mcp'],
        ['x-original-uri', '/mcp'],
      ],
      'original_uri',
    ],
    [
      'with an empty path',
      [
        ['x-original-method', 'POST'],
        ['x-original-uri', ''],
      ],
      'original_uri',
    ],
    [
      'with another gateway’s method',
      [
        ['x-original-method', 'POST'],
        ['x-original-uri', '/mcp'],
        ['x-forwarded-method', 'GET'],
      ],
      'header_of_another_gateway',
    ],
    [
      'with another gateway’s path',
      [
        ['x-original-method', 'POST'],
        ['x-original-uri', '/mcp'],
        ['X-Forwarded-Uri', '/mcp'],
      ],
      'header_of_another_gateway',
    ],
    [
      'with a path of a third kind',
      [
        ['x-original-method', 'POST'],
        ['x-original-uri', '/mcp'],
        ['X-Original-URL', '/mcp'],
      ],
      'header_of_another_gateway',
    ],
  ] satisfies [string, Headers, string][])('%s is refused', async (_what, original, detail) => {
    const reply = await ask({ headers: [KEY, ['authorization', `Bearer ${token}`], ['content-type', 'application/json'], ...original] })
    expect(reply.status).toBe(400)
    expect(reasonOf(reply)).toBe('body_unreadable')
    expect(detailOf()).toBe(`not_a_request: ${detail}`)
  })

  it('is refused where a second path follows the resource', async () => {
    expect(reasonOf(await ask({ path: '/forward-auth/nginx/payments/mcp' }))).toBe('body_unreadable')
    expect(detailOf()).toBe('not_a_request: path_after_resource')
    expect((await ask({ path: '/forward-auth/nginx/payments/' })).status).toBe(200)
  })

  it('is the sub-request’s own for Envoy, and only a whole body counts', async () => {
    const own = (partial: Headers): Promise<RawReply> =>
      ask({ path: '/forward-auth/envoy/payments/mcp', headers: [KEY, ['authorization', `Bearer ${token}`], ['content-type', 'application/json'], ...partial] })
    expect((await own([['x-envoy-auth-partial-body', 'false']])).status).toBe(200)
    for (const partial of [
      [],
      [['x-envoy-auth-partial-body', 'true']],
      [
        ['x-envoy-auth-partial-body', 'false'],
        ['x-envoy-auth-partial-body', 'false'],
      ],
    ] satisfies Headers[]) {
      expect(await own(partial)).toMatchObject({ status: 413 })
      expect(detailOf()).toBe('partial: body_partial')
    }
  })

  it('is no part of the path for a dialect nobody speaks, nor for no resource', async () => {
    for (const path of ['/forward-auth/other/payments', '/forward-auth/nginx', '/forward-auth/nginx/', '/forward-auth/nginx/Payments', '/forward-auth/']) {
      const reply = await ask({ path })
      expect(reply.status, path).toBe(403)
      expect(reasonOf(reply), path).toBe('resource_unknown')
    }
  })

  it('of a body that is too large is refused', async () => {
    expect(await ask({ body: 'x'.repeat(17 * 1024 * 1024) })).toMatchObject({ status: 413 })
    expect(running.journal.records.at(-1)).toMatchObject({ reason: 'body_unreadable', detail: 'partial: body_partial' })
  })
})

describe('a body that the gateway keeps', () => {
  const header = (more: Headers): Promise<RawReply> =>
    sendRaw(running.address, {
      method: 'GET',
      path: '/forward-auth/nginx/payments',
      headers: [KEY, ['authorization', `Bearer ${token}`], ['x-original-uri', '/mcp'], ...more],
    })

  it('is missed where the client announced one', async () => {
    expect(
      await header([
        ['x-original-method', 'POST'],
        ['content-type', 'application/json'],
        ['x-original-content-length', '120'],
      ]),
    ).toMatchObject({ status: 403 })
    expect(detailOf()).toBe('partial: body_not_forwarded')
  })

  it('is not taken for none where a GET has one', async () => {
    expect(
      await header([
        ['x-original-method', 'GET'],
        ['x-original-content-length', '5'],
      ]),
    ).toMatchObject({ status: 403 })
    expect(
      await header([
        ['x-original-method', 'GET'],
        ['x-original-transfer-encoding', 'chunked'],
      ]),
    ).toMatchObject({ status: 403 })
    expect(
      await header([
        ['x-original-method', 'GET'],
        ['x-original-content-length', ''],
        ['x-original-transfer-encoding', ''],
      ]),
    ).toMatchObject({ status: 200 })
  })

  it('need not be seen where the server itself compares it with its headers', async () => {
    const own = await startService({ gateways: [SIDECAR], resources: [{ name: 'payments', validates_mcp_headers: true, bind: null, unbound: null }] })
    try {
      const other = await own.tokenFor(await own.makeTask())
      const asked = (mcp: Headers): Promise<RawReply> =>
        sendRaw(own.address, {
          method: 'GET',
          path: '/forward-auth/nginx/payments',
          headers: [KEY, ['authorization', `Bearer ${other}`], ['x-original-uri', '/mcp'], ['x-original-method', 'POST'], ...mcp],
        })
      const named: Headers = [
        ['mcp-protocol-version', '2026-07-28'],
        ['mcp-method', 'tools/call'],
        ['mcp-name', 'refund_status'],
      ]
      expect((await asked(named)).status).toBe(200)
      expect(own.decider.questions.at(-1)?.items[0]?.resource).toEqual({ kind: 'mcp:payments', id: 'refund_status', attr: { tool: 'refund_status' } })
      expect(
        (
          await asked([
            ['mcp-protocol-version', '2025-11-25'],
            ['mcp-method', 'tools/call'],
            ['mcp-name', 'refund_status'],
          ])
        ).status,
      ).toBe(403)
      expect(own.journal.records.at(-1)).toMatchObject({ reason: 'body_unreadable' })
    } finally {
      await own.close()
    }
  })
})

describe('a caller who is no gateway', () => {
  it.each([
    ['without a key', []],
    ['with a wrong key', [['x-bailiwick-gateway-key', 'wrong']]],
    ['with another gateway’s key', [['x-bailiwick-gateway-key', testGatewaySecret('edge')]]],
    ['with two keys', [KEY, ['x-bailiwick-gateway-key', 'other']]],
  ] satisfies [string, Headers][])('%s is refused and counted', async (_what, keys) => {
    const before = running.journal.records.length
    const counted = running.journal.refusals.length
    const reply = await ask({ headers: [...keys, ['authorization', `Bearer ${token}`], ['x-original-method', 'POST'], ['x-original-uri', '/mcp']] })
    expect(reply.status).toBe(403)
    expect(reasonOf(reply)).toBe('gateway_unauthenticated')
    expect(running.journal.records).toHaveLength(before)
    expect(running.journal.refusals.slice(counted)).toMatchObject([{ reason: 'gateway_unauthenticated', door: 'forward_auth' }])
  })

  it('is answered before its body is sent', async () => {
    const [host = '', port] = running.address.split(':')
    const socket = connect(Number(port), host)
    const answer = new Promise<string>((resolve, reject) => {
      let text = ''
      socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
      socket.on('close', () => resolve(text))
      socket.on('error', reject)
    })
    socket.write(`POST /forward-auth/nginx/payments HTTP/1.1\r\nhost: ${running.address}\r\ncontent-length: 1000000\r\n\r\n{`)
    expect(await answer).toMatch(/^HTTP\/1\.1 403 /)
  })
})

describe('the name in Host', () => {
  const under = (host: string, keys: Headers): Promise<RawReply> =>
    sendRaw(running.address, {
      method: 'GET',
      path: '/forward-auth/envoy/payments/mcp',
      headers: [['host', host], ['authorization', `Bearer ${token}`], ...keys],
    })

  it('is the client’s where a gateway hands it on, and counts for nothing beside a secret', async () => {
    expect((await under('gateway.example.com:8443', [KEY])).status).toBe(200)
    expect(reasonOf(await under('gateway.example.com', [['x-bailiwick-gateway-key', 'wrong']]))).toBe('gateway_unauthenticated')
    expect(reasonOf(await under('gateway.example.com', [['x-bailiwick-gateway-key', '']]))).toBe('gateway_unauthenticated')
  })

  it('keeps out whoever shows nothing', async () => {
    expect((await under('rebound.example.com', [])).status).toBe(421)
  })
})

it('keeps its own key and hop out of the call, and logs no token', async () => {
  await ask()
  const record = JSON.stringify(running.journal.records.at(-1))
  expect(record).not.toContain(testGatewaySecret('sidecar'))
  expect(running.lines.join('')).not.toContain(token)
})

it('takes two Authorization headers for none', async () => {
  expect(reasonOf(await ask({}, [['Authorization', `Bearer ${token}`]]))).toBe('token_invalid')
})

it('answers a HEAD as it answers a GET, without a body', async () => {
  const reply = await sendRaw(running.address, {
    method: 'HEAD',
    path: '/forward-auth/caddy/payments',
    headers: [KEY, ['x-forwarded-method', 'GET'], ['x-forwarded-uri', '/mcp']],
  })
  expect(reply).toMatchObject({ status: 401, body: '' })
})
