import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Task } from '@bailiwick/core'
import { EDGE_KEY, REFUND, mcpBody, startService } from './running.ts'
import type { Running } from './running.ts'

let running: Running
let task: Task
let token: string
const KEY = { 'x-bailiwick-gateway-key': EDGE_KEY }

beforeAll(async () => {
  running = await startService({
    gateways: [{ name: 'edge', enrich: true }],
    resources: [{ name: 'tickets', enrich_attributes: ['profile.tier', 'task.binding'] }],
  })
  task = await running.makeTask()
  token = await running.tokenFor(task)
})
afterAll(() => running.close())

function http(body: string): object {
  return {
    method: 'POST',
    path: '/mcp',
    headers: [
      ['content-type', 'application/json'],
      ['mcp-protocol-version', '2025-06-18'],
    ],
    body,
  }
}

function question(change: object = {}): object {
  return { resource: 'payments', token, http: http(REFUND), ...change }
}

describe('POST /v1/decide', () => {
  it('allows, with the decision, the task and its revision', async () => {
    const { status, body, headers } = await running.post('/v1/decide', question(), KEY)
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body).toEqual({
      decision_id: running.journal.records.at(-1)?.decision_id,
      effect: 'allow',
      task: { id: task.id, revision: [1, expect.any(Number)] },
    })
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'allow', door: 'decide', gateway: { name: 'edge' } })
  })

  it('reads the mcp form too', async () => {
    const mcp = { method: 'tools/call', params: { name: 'refund_issue', arguments: { ticket_id: 'T-1043' } }, version: '2025-06-18' }
    const { body } = await running.post('/v1/decide', { resource: 'payments', token, mcp }, KEY)
    expect(body).toMatchObject({ effect: 'deny', reason: 'binding_mismatch', retryable: false })
    mcp.params.arguments.ticket_id = 'T-1042'
    expect((await running.post('/v1/decide', { resource: 'payments', token, mcp }, KEY)).body).toMatchObject({ effect: 'allow' })
  })

  it('denies with the reason, what may help, and the reply to relay', async () => {
    running.decider.script(() => ({ effect: 'deny', outcome: 'limit_exceeded', reason: 'over the cap', remediation: { type: 'step_up' } }))
    const { status, body } = await running.post('/v1/decide', question(), KEY)
    running.decider.script('allow')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      effect: 'deny',
      reason: 'limit_exceeded',
      message: 'over the cap',
      remediation: { type: 'step_up' },
      retryable: false,
      task: { id: task.id },
      reply: { status: 200, headers: expect.arrayContaining([['content-type', 'application/json']]), body: expect.stringContaining('over the cap') },
    })
  })

  it.each([
    ['no token', { token: undefined }, 'token_missing'],
    ['a token in the headers of the call alone', { token: undefined, http: { ...http(REFUND), headers: [['authorization', 'Bearer x']] } }, 'token_missing'],
    ['a token in the query of the call', { token: undefined, http: { ...http(REFUND), path: '/mcp?access_token=x' } }, 'token_missing'],
    ['a resource outside the gateways list', { resource: 'unlisted' }, 'resource_unknown'],
    ['no resource', { resource: undefined }, 'resource_unknown'],
    ['a token for another resource', { resource: 'tickets' }, 'wrong_resource'],
    ['a batch', { http: http(`[${REFUND}]`) }, 'body_unreadable'],
  ])('denies %s', async (_what, change, reason) => {
    const { status, body } = await running.post('/v1/decide', question(change), KEY)
    expect(status).toBe(200)
    expect(body).toMatchObject({ effect: 'deny', reason })
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'deny', reason, decision_id: body['decision_id'] })
  })

  it('answers a gateway with a wrong key with 401 and does not read its question', async () => {
    const before = running.journal.records.length
    const { status, body } = await running.post('/v1/decide', '{"not json', { 'x-bailiwick-gateway-key': 'wrong' })
    expect(status).toBe(401)
    expect(body).toMatchObject({ effect: 'deny', reason: 'gateway_unauthenticated' })
    expect(running.journal.records).toHaveLength(before)
    expect(running.journal.refusals.at(-1)).toMatchObject({ reason: 'gateway_unauthenticated', door: 'decide' })
  })

  it('answers the question of a stranger with a huge body before the body has come', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const [host, port] = running.address.split(':')
    const socket = connect(Number(port), host ?? '', () => {
      socket.write(
        `POST /v1/decide HTTP/1.1\r\nHost: ${running.address}\r\nContent-Type: application/json\r\nContent-Length: 30000000\r\nX-Bailiwick-Gateway-Key: wrong\r\n\r\n{`,
      )
    })
    socket.once('data', (chunk) => resolve(chunk.toString('latin1')))
    expect(await promise).toMatch(/^HTTP\/1\.1 401 [^]*connection: close/i)
    socket.destroy()
  })

  it.each([
    ['a question that is not JSON', '{', 400],
    ['an unknown member', { ...question(), principal: { id: 'corp:bob' } }, 400],
  ])('answers %s of a known gateway with %s', async (_what, document, status) => {
    expect(await running.post('/v1/decide', document, KEY)).toMatchObject({ status, body: { reason: 'request_malformed' } })
  })

  it('takes no other media type, so that no page in a browser can ask without a preflight', async () => {
    expect((await running.post('/v1/decide', question(), { ...KEY, 'content-type': 'text/plain' })).status).toBe(415)
  })

  it('answers other methods with 405 and leaves other paths alone', async () => {
    expect((await fetch(`http://${running.address}/v1/decide`)).status).toBe(405)
    expect((await fetch(`http://${running.address}/v1/decided`)).status).toBe(404)
  })
})

describe('a loopback gateway in development', () => {
  it('gets verdicts, recorded as development', async () => {
    const { body } = await running.post('/v1/decide', question())
    expect(body).toMatchObject({ effect: 'allow' })
    expect(running.journal.records.at(-1)).toMatchObject({ gateway: { name: 'local', development: true } })
  })

  it.each(['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host'])('is nobody behind a proxy that says so with %s', async (name) => {
    expect((await running.post('/v1/decide', question(), { [name]: '1.1 x' })).status).toBe(401)
  })

  it('gets no profile data', async () => {
    expect((await running.post('/v1/enrich', question({ resource: 'tickets' }))).status).toBe(401)
  })
})

describe('POST /v1/enrich', () => {
  const call = http(mcpBody('tools/call', { name: 'ticket_get', arguments: { ticket_id: 'T-1042' } }))

  it('returns what Cerbos would be asked, with the listed attributes alone, and records it', async () => {
    const ticketsToken = await running.tokenFor(task, { aud: 'https://tickets.example.com/mcp' })
    const asked = running.decider.questions.length
    const { status, body } = await running.post('/v1/enrich', { resource: 'tickets', token: ticketsToken, http: call }, KEY)
    expect(status).toBe(200)
    expect(body).toEqual({
      decision_id: expect.stringMatching(/^dec_/),
      request: {
        principal: { id: 'corp:alice', roles: ['user', 'tier-1-support'], attr: { profile: { tier: 1 }, task: { binding: { ticket_id: 'T-1042' } } } },
        resource: { kind: 'mcp:tickets', id: 'ticket_get', attr: { tool: 'ticket_get', arguments: { ticket_id: 'T-1042' } } },
        actions: ['tools/list/ticket_get', 'tools/call/ticket_get'],
      },
      checked_at: '2026-11-20T12:00:00.000Z',
    })
    expect(running.decider.questions).toHaveLength(asked)
    expect(running.journal.records.at(-1)).toMatchObject({ kind: 'enrichment', effect: 'allow', door: 'enrich', task: { id: task.id } })
  })

  it('is refused for a resource with bindings', async () => {
    const { body } = await running.post('/v1/enrich', question(), KEY)
    expect(body).toMatchObject({ effect: 'deny', reason: 'binding_mismatch' })
    expect(body).not.toHaveProperty('request')
  })

  it('returns the denial in place of the request', async () => {
    const dead = await running.makeTask()
    const deadToken = await running.tokenFor(dead, { aud: 'https://tickets.example.com/mcp' })
    await running.revoke(dead)
    const { body } = await running.post('/v1/enrich', { resource: 'tickets', token: deadToken, http: call }, KEY)
    expect(body).toMatchObject({ effect: 'deny', reason: 'task_revoked', task: { id: dead.id } })
    expect(body).not.toHaveProperty('request')
  })

  it('has nothing to ask about a ping', async () => {
    const ticketsToken = await running.tokenFor(task, { aud: 'https://tickets.example.com/mcp' })
    const { body } = await running.post('/v1/enrich', { resource: 'tickets', token: ticketsToken, http: http(mcpBody('ping')) }, KEY)
    expect(body).toMatchObject({ request: null })
  })
})
