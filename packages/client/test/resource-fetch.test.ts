import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { matchResource, toTarget } from '../src/match-resource.ts'
import {
  DECISION,
  fakeBailiwick,
  invalidToken,
  json,
  jws,
  MODELS,
  oauthError,
  PAYMENTS,
  refused,
  TASK_ID,
  thrownBy,
  TICKETS,
  UNSIGNED,
} from './fake-bailiwick.ts'

describe('the token of a call', () => {
  it.each([
    [PAYMENTS, 'payments-1'],
    [`${PAYMENTS}/`, 'payments-1'],
    [`${PAYMENTS}/sessions?id=1`, 'payments-1'],
    ['https://PAYMENTS.example.com:443/mcp', 'payments-1'],
    ['https://payments.example.com/x/../mcp', 'payments-1'],
    [`${MODELS}/chat/completions`, 'models-3'],
  ])('for %s is its resource own', async (url, name) => {
    const fake = fakeBailiwick()
    const agent = await fake.boot()
    await agent.fetch(url)
    expect(fake.calls).toHaveLength(1)
    expect(fake.calls[0]?.headers.get('authorization')).toBe(`Bearer ${jws(name)}`)
    expect(fake.calls[0]?.redirect).toBe('manual')
  })

  const foreign: readonly [string, string][] = [
    ['another host', 'https://evil.example/mcp'],
    ['a look-alike host', 'https://payments.example.com.evil/mcp'],
    ['the host as a user name', 'https://payments.example.com@evil.example/mcp'],
    ['the host as a user name, with a password', 'https://payments.example.com:443@evil.example/mcp'],
    ['a host ending in ours', 'https://evil-payments.example.com/mcp'],
    ['our host with a dot behind', 'https://payments.example.com./mcp'],
    ['a letter that only looks like ours', 'https://p\u0430yments.example.com/mcp'],
    ['another port', 'https://payments.example.com:8443/mcp'],
    ['plain http', 'http://payments.example.com/mcp'],
    ['another scheme', 'ftp://payments.example.com/mcp'],
    ['a path that only starts alike', 'https://payments.example.com/mcp-admin'],
    ['a path in another case', 'https://payments.example.com/MCP'],
    ['a path spelled otherwise', 'https://payments.example.com/%6dcp'],
    ['a path above', 'https://payments.example.com/'],
    ['a path that leads out', 'https://payments.example.com/mcp/../admin'],
    ['a path that leads out, encoded', 'https://payments.example.com/mcp/%2e%2E/admin'],
    ['a path that leads out by a backslash', 'https://payments.example.com/mcp\\..\\admin'],
    ['a resource that is not of this task', 'https://payroll.example.com/mcp'],
    ['data', 'data:text/plain,x'],
  ]
  it.each(foreign)('is never sent to %s', async (_what, url) => {
    const fake = fakeBailiwick()
    const agent = await fake.boot()
    expect(await thrownBy(agent.fetch(url, { method: 'POST', body: 'secret arguments' }))).toMatchObject({ kind: 'misconfigured' })
    expect(fake.calls).toHaveLength(0)
  })

  it.each([
    `${PAYMENTS}/..%2fadmin`,
    `${PAYMENTS}/..%5Cadmin`,
    `${PAYMENTS}/a%2F..%2F..%2Fadmin`,
    `${PAYMENTS}/..;/admin`,
    `${PAYMENTS}/.;x=1/admin`,
    `${PAYMENTS}/..%3b/admin`,
    `${PAYMENTS}/a%00b`,
  ])('is never sent to %s, which another server may read as lying outside', async (url) => {
    const fake = fakeBailiwick()
    const agent = await fake.boot()
    expect(await thrownBy(agent.fetch(url))).toMatchObject({ kind: 'misconfigured', reason: 'ambiguous_path' })
    expect(fake.calls).toHaveLength(0)
  })

  it.each(['/mcp', '', 'https://user@payments.example.com/mcp', 'https://user:pw@payments.example.com/mcp'])('is not looked for at %j', async (url) => {
    const fake = fakeBailiwick()
    const agent = await fake.boot()
    expect(await thrownBy(agent.fetch(url))).toMatchObject({ kind: 'misconfigured', reason: 'url' })
    expect(fake.calls).toHaveLength(0)
  })

  it('is never sent in the clear, also to a resource the server calls plain http', async () => {
    const plain = 'http://payments.internal/mcp'
    const fake = fakeBailiwick({ resources: { payments: plain } })
    const agent = await fake.boot()
    expect(await thrownBy(agent.fetch(plain))).toMatchObject({ kind: 'misconfigured', reason: 'insecure_resource' })
    expect(fake.calls).toHaveLength(0)
  })

  it('is that of the longest path where resources lie inside each other', async () => {
    const resources = { all: 'https://gw.example.com', api: 'https://gw.example.com/api', deep: 'https://gw.example.com/api/payments' }
    const fake = fakeBailiwick({ resources })
    const agent = await fake.boot()
    for (const path of ['/other', '/api', '/api/payments/x', '/api/payments-x', '/apix']) await agent.fetch(`https://gw.example.com${path}`)
    expect(fake.calls.map(({ headers }) => headers.get('authorization'))).toEqual(
      ['all-1', 'api-2', 'deep-3', 'api-2', 'all-1'].map((name) => `Bearer ${jws(name)}`),
    )
  })

  it('of a refused resource inside an allowed one is not replaced by the outer one', async () => {
    const [outer, inner] = ['https://gw.example.com', 'https://gw.example.com/payroll']
    const fake = fakeBailiwick({ resources: { outer } })
    fake.answer('exchange', async (sent) => {
      const granted: { items: unknown[] } = JSON.parse(await (await fake.grant(sent)).text())
      return json(200, { ...granted, items: [...granted.items, refused(inner, 'policy_denied')] })
    })
    const agent = await fake.boot()
    expect(await thrownBy(agent.fetch(`${inner}/x`))).toMatchObject({ kind: 'denied', reason: 'policy_denied', resource: inner })
    expect(fake.calls).toHaveLength(0)
  })

  it('never leaves its origin and path segments, whatever the URL', () => {
    const targets = [PAYMENTS, TICKETS, MODELS].flatMap((uri) => toTarget(uri) ?? [])
    const piece = fc.constantFrom(
      'payments.example.com',
      '/mcp',
      '/',
      '..',
      '%2e',
      '@',
      ':',
      '\\',
      '.evil',
      'https://',
      '//',
      '?',
      '#',
      ';',
      '\t',
      'mcp',
      '%2f',
      'x',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const url = URL.parse(`https://payments.example.com${pieces.join('')}`)
        const match = url === null ? undefined : matchResource(targets, url)
        if (url === null || match === undefined || match === 'ambiguous') return
        expect(url.origin).toBe(new URL(match.uri).origin)
        expect(`${decodeURI(url.pathname)}/`.startsWith(`${new URL(match.uri).pathname}/`)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('carries the scope asked for', async () => {
    const fake = fakeBailiwick()
    const agent = await fake.boot()
    await agent.fetch(PAYMENTS, {}, { scope: 'refund:write' })
    expect(fake.exchanges[1]?.body['items']).toEqual([{ resource: PAYMENTS, scope: 'refund:write' }])
    expect(fake.calls[0]?.headers.get('authorization')).toBe(`Bearer ${jws('payments-4')}`)
  })
})

describe('what is sent', () => {
  it('is what the caller gave, but for the authorization a client library put there', async () => {
    const fake = fakeBailiwick()
    const agent = await fake.boot()
    await agent.fetch(PAYMENTS, {
      method: 'POST',
      body: '{"a":1}',
      headers: { Authorization: 'Bearer placeholder', 'mcp-session-id': 's-1' },
      redirect: 'follow',
    })
    const [call] = fake.calls
    expect(call).toMatchObject({ method: 'POST', raw: '{"a":1}', redirect: 'manual' })
    expect([...(call?.headers ?? [])]).toEqual([
      ['authorization', `Bearer ${jws('payments-1')}`],
      ['mcp-session-id', 's-1'],
    ])
  })

  it('is taken from a Request as from a URL', async () => {
    const fake = fakeBailiwick()
    const agent = await fake.boot()
    await agent.fetch(new Request(PAYMENTS, { method: 'PUT', body: 'text', headers: { 'x-a': 'b' } }))
    const [call] = fake.calls
    expect(call).toMatchObject({ url: PAYMENTS, method: 'PUT' })
    expect(call?.headers.get('x-a')).toBe('b')
    expect(call?.raw instanceof ArrayBuffer && Buffer.from(call.raw).toString()).toBe('text')
  })

  it('stops when the caller aborts, with the caller own reason', async () => {
    const fake = fakeBailiwick()
    const agent = await fake.boot()
    const reason = new Error('no longer needed')
    expect(await thrownBy(agent.fetch(PAYMENTS, { signal: AbortSignal.abort(reason) }))).toBe(reason)
  })
})

describe('an answer', () => {
  it.each([301, 302, 303, 307, 308])('that is a %d is refused and not followed', async (status) => {
    const fake = fakeBailiwick()
    const agent = await fake.boot()
    fake.answer('resource', () => new Response(null, { status, headers: { location: 'https://evil.example/' } }))
    expect(await thrownBy(agent.fetch(PAYMENTS))).toMatchObject({ kind: 'protocol', reason: 'redirect_refused' })
    expect(fake.calls).toHaveLength(1)
  })

  it('that says invalid_token is answered with one other token', async () => {
    const fake = fakeBailiwick()
    const agent = await fake.boot()
    fake.answer('resource', ({ headers }) => (headers.get('authorization') === `Bearer ${jws('payments-1')}` ? invalidToken() : json(200, { fine: true })))
    const response = await agent.fetch(PAYMENTS, { method: 'POST', body: '{"id":7}' })
    expect(response.status).toBe(200)
    expect(fake.calls.map(({ raw, headers }) => [raw, headers.get('authorization')])).toEqual([
      ['{"id":7}', `Bearer ${jws('payments-1')}`],
      ['{"id":7}', `Bearer ${jws('payments-4')}`],
    ])
    expect(fake.exchanges).toHaveLength(2)
  })

  it('that says invalid_token late is answered with the token another call has fetched meanwhile', async () => {
    const fake = fakeBailiwick({ client: UNSIGNED })
    const agent = await fake.boot()
    let release: (() => void) | undefined
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    fake.answer('resource', async ({ url, headers }) => {
      if (headers.get('authorization') !== `Bearer ${jws('payments-1')}`) return json(200, { fine: true })
      if (url.endsWith('/slow')) await gate
      return invalidToken()
    })
    const slow = agent.fetch(`${PAYMENTS}/slow`)
    expect((await agent.fetch(PAYMENTS)).status).toBe(200)
    release?.()
    expect((await slow).status).toBe(200)
    expect(fake.exchanges).toHaveLength(2)
  })

  it('that says invalid_token for every token comes back to the caller, and a hundred of them cost one exchange', async () => {
    const fake = fakeBailiwick({ client: UNSIGNED })
    const agent = await fake.boot()
    fake.answer('resource', invalidToken)
    const answers = await Promise.all(Array.from({ length: 100 }, () => agent.fetch(PAYMENTS)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]))
    expect(fake.exchanges).toHaveLength(2)
    expect((await agent.fetch(PAYMENTS)).status).toBe(401)
    expect(fake.exchanges).toHaveLength(2)
    fake.clock.advance(10_000)
    await agent.fetch(PAYMENTS)
    expect(fake.exchanges).toHaveLength(3)
  })

  it('that says invalid_token while Bailiwick is away comes back as it is', async () => {
    const fake = fakeBailiwick()
    const agent = await fake.boot()
    fake.answer('resource', invalidToken)
    fake.answer('exchange', () => oauthError('state_unavailable', 503))
    const response = await agent.fetch(PAYMENTS)
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ decision_id: DECISION })
  })

  it('that says invalid_token because the task was revoked ends the agent with that reason', async () => {
    const fake = fakeBailiwick()
    const agent = await fake.boot()
    fake.answer('resource', invalidToken)
    fake.answer('exchange', () => oauthError('task_revoked'))
    expect(await thrownBy(agent.fetch(PAYMENTS))).toMatchObject({ kind: 'denied', reason: 'task_revoked' })
    expect(agent.ended?.reason).toBe('task_revoked')
  })

  it('to a stream is not asked for again: the stream is gone', async () => {
    const fake = fakeBailiwick()
    const agent = await fake.boot()
    fake.answer('resource', invalidToken)
    const body = new ReadableStream({
      start: (controller) => {
        controller.close()
      },
    })
    const init = { method: 'POST', body, duplex: 'half' as const }
    expect((await agent.fetch(PAYMENTS, init)).status).toBe(401)
    expect(fake.calls).toHaveLength(1)
  })

  it.each([
    ['a 401 without invalid_token', () => json(401, {}, { 'www-authenticate': 'Bearer' })],
    ['a 403', () => json(403, { reason: 'policy_denied', decision_id: DECISION })],
    ['a 503 of the upstream', () => json(503, {})],
    ['a 304', () => new Response(null, { status: 304 })],
  ])('that is %s is the caller own business', async (_what, answer) => {
    const fake = fakeBailiwick()
    const agent = await fake.boot()
    fake.answer('resource', answer)
    expect((await agent.fetch(PAYMENTS)).status).toBe(answer().status)
    expect([fake.calls.length, fake.exchanges.length]).toEqual([1, 1])
    expect(agent.ended).toBeUndefined()
  })
})

describe('on a real connection', () => {
  const closing: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })

  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    })
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return `http://127.0.0.1:${address.port}`
  }

  it('follows no redirect: the place it points to hears nothing', async () => {
    const heard: IncomingMessage[] = []
    const thief = await serve((request, response) => {
      heard.push(request)
      response.end('{}')
    })
    const gateway = await serve((_request, response) => {
      response.writeHead(307, { location: thief })
      response.end('elsewhere')
    })
    const fake = fakeBailiwick({ resources: { payments: `${gateway}/mcp` } })
    const agent = await fake.boot({ fetch: (url, init) => (url.startsWith(gateway) ? fetch(url, init) : fake.fetch(url, init)) })
    expect(await thrownBy(agent.fetch(`${gateway}/mcp`, { method: 'POST', body: 'x' }))).toMatchObject({ reason: 'redirect_refused' })
    expect(heard).toHaveLength(0)
  })

  it('gives up on a gateway that says nothing, and names a dead one without its token', async () => {
    const gateway = await serve(() => undefined)
    const dead = 'http://127.0.0.1:1/mcp'
    const fake = fakeBailiwick({ resources: { silent: `${gateway}/mcp`, dead } })
    const agent = await fake.boot({
      resourceTimeoutMs: 40,
      fetch: (url, init) => (url.startsWith('http://127.0.0.1') ? fetch(url, init) : fake.fetch(url, init)),
    })
    expect(await thrownBy(agent.fetch(`${gateway}/mcp`))).toMatchObject({ kind: 'unavailable', reason: 'timeout' })
    const thrown = await thrownBy(agent.fetch(dead))
    expect(thrown).toMatchObject({ kind: 'unavailable' })
    expect(thrown).not.toHaveProperty('cause')
  })

  it('leaves a body that takes longer than the headers may to its reader', async () => {
    const gateway = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' })
      response.write('first ')
      setTimeout(() => response.end('second'), 600)
    })
    const fake = fakeBailiwick({ resources: { slow: `${gateway}/mcp` } })
    const agent = await fake.boot({ resourceTimeoutMs: 500, fetch: (url, init) => (url.startsWith(gateway) ? fetch(url, init) : fake.fetch(url, init)) })
    const slow = await agent.fetch(`${gateway}/mcp`)
    expect(await slow.text()).toBe('first second')
  })
})

it('refuses a task whose resources cannot be told from each other', async () => {
  const fake = fakeBailiwick()
  fake.answer('exchange', () => json(200, { task_id: TASK_ID, items: [refused(PAYMENTS, 'held'), refused(PAYMENTS, 'held')] }))
  expect(await thrownBy(fake.boot())).toMatchObject({ kind: 'protocol' })
})
