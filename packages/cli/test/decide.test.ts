import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { json, OPERATOR_TOKEN, startFakeBailiwick } from './fake-bailiwick.ts'
import type { FakeBailiwick } from './fake-bailiwick.ts'

let fake: FakeBailiwick
const TOKEN = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl'
const GATEWAY_KEY = 'edge-Zk3v9QmT7xLw2RbN8sYpC5uHdJ4f'
const QUESTION = {
  resource: 'payments',
  mcp: { method: 'tools/call', version: '2025-06-18', params: { name: 'refund_issue', arguments: { amount_cents: 900000 } } },
}

beforeAll(async () => {
  fake = await startFakeBailiwick()
  fake.file('q.json', JSON.stringify(QUESTION))
  fake.file('p.token', TOKEN)
  fake.file('edge.key', GATEWAY_KEY)
})
afterAll(() => fake.close())

const ALLOW = { decision_id: 'dec_1', effect: 'allow', task: { id: 'task_1', revision: [1, 2] } }
const isError = {
  jsonrpc: '2.0',
  id: 1,
  result: { isError: true, content: [{ type: 'text', text: 'over the cap\nRemediation: {"type":"step_up"}\nDecision: dec_1' }] },
}
const DENY = {
  ...ALLOW,
  effect: 'deny',
  reason: 'policy_denied',
  message: 'over the cap',
  remediation: { type: 'step_up' },
  retryable: false,
  reply: { status: 200, headers: [], body: JSON.stringify(isError) },
}
const record = (effect: string) => ({
  decision_id: 'dec_1',
  kind: 'decision',
  seq: 1,
  node: 'n',
  time: '2026-11-20T12:00:00.000Z',
  effect,
  plane: 'gateways',
  door: 'decide',
})

describe('decide', () => {
  it('asks with the token of a file, then explains from the audit with the operator token', async () => {
    fake.answers(json(200, ALLOW), json(200, { items: [record('allow')] }))
    const { code, out, err } = await fake.cli(['decide', 'q.json', '--runtime-token-file', 'p.token', '--gateway-key-file', 'edge.key'])
    expect(code).toBe(0)
    expect(fake.seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /v1/decide', 'GET /v1/decisions/dec_1'])
    expect(JSON.parse(fake.seen[0]?.body ?? '')).toEqual({ ...QUESTION, token: TOKEN })
    // Each plane gets its own credential and not the other's.
    expect(fake.seen[0]?.headers).toMatchObject({ 'x-bailiwick-gateway-key': GATEWAY_KEY })
    expect(fake.seen[0]?.headers.authorization).toBeUndefined()
    expect(fake.seen[1]?.headers).toMatchObject({ authorization: `Bearer ${OPERATOR_TOKEN}` })
    expect(fake.seen[1]?.headers['x-bailiwick-gateway-key']).toBeUndefined()
    expect(out).toMatch(/verdict +allow/)
    expect(out + err).not.toContain(TOKEN)
    expect(out + err).not.toContain(GATEWAY_KEY)
  })

  it('denied exits 3 and shows what the agent sees', async () => {
    fake.answers(json(200, DENY), json(200, { items: [{ ...record('deny'), reason: 'policy_denied', policy_reason: 'over the cap' }] }))
    const { code, out } = await fake.cli(['decide', 'q.json'])
    expect(code).toBe(3)
    expect(out).toMatch(/verdict +deny {2}policy_denied\nwhy +over the cap/)
    expect(out).toMatch(
      /The agent sees {2}HTTP 200, a tool result with isError.*\n {2}over the cap\n {2}Remediation: {"type":"step_up"}\n {2}Decision: dec_1\n$/,
    )
  })

  it('reads an error of JSON-RPC and of a model API as the agent would', async () => {
    const rpc = { jsonrpc: '2.0', id: 1, error: { code: -32001, message: 'no', data: { reason: 'task_revoked', message: 'no' } } }
    fake.answers(json(200, { ...DENY, reply: { status: 200, headers: [], body: JSON.stringify(rpc) } }))
    expect((await fake.cli(['decide', 'q.json', '--no-explain'])).out).toContain(
      'The agent sees  HTTP 200, an error -32001\n  no\n  data  reason: task_revoked\n',
    )
    fake.answers(
      json(200, { ...DENY, reply: { status: 403, headers: [], body: JSON.stringify({ error: { type: 'permission', message: 'not that model' } }) } }),
    )
    expect((await fake.cli(['decide', 'q.json', '--no-explain'])).out).toContain('HTTP 403, an error permission\n  not that model\n')
  })

  it('--no-explain asks nothing of control', async () => {
    fake.answers(json(200, DENY))
    const { code, out } = await fake.cli(['decide', '-', '--no-explain'], { stdin: JSON.stringify(QUESTION) })
    expect(code).toBe(3)
    expect(fake.seen).toHaveLength(1)
    expect(out).toMatch(/reason +policy_denied\nwhy +over the cap\nremediation +type: step_up/)
  })

  it('keeps the verdict when it may not be explained', async () => {
    fake.answers(json(200, ALLOW), json(403, { reason: 'policy_denied', detail: 'No.' }))
    const { code, out, err } = await fake.cli(['decide', 'q.json'])
    expect({ code, err }).toEqual({ code: 0, err: 'not explained: No.\n' })
    expect(out).toMatch(/verdict +allow/)
  })

  it('has a stable shape with --json', async () => {
    fake.answers(json(200, DENY), json(200, { items: [record('deny')] }))
    expect(JSON.parse((await fake.cli(['decide', 'q.json', '--json'])).out)).toEqual({ verdict: DENY, records: [record('deny')] })
    fake.answers(json(200, ALLOW))
    expect(JSON.parse((await fake.cli(['decide', 'q.json', '--json', '--no-explain'])).out)).toEqual({ verdict: ALLOW, records: null })
  })

  it('takes nothing for an allow that does not say so', async () => {
    fake.answers(json(200, { decision_id: 'dec_1' }))
    expect(await fake.cli(['decide', 'q.json', '--no-explain'])).toMatchObject({ code: 3 })
  })

  it('says how a gateway is configured when it is not known as one', async () => {
    fake.answers(json(401, { decision_id: 'dec_1', effect: 'deny', reason: 'gateway_unauthenticated', message: 'The calling gateway is not authenticated.' }))
    expect(await fake.cli(['decide', 'q.json'])).toMatchObject({ code: 3, out: '', err: expect.stringContaining('doors: [v1]') })
  })

  it.each([
    ['no JSON', '{', 'syntax'],
    ['a key twice', '{"resource":"a","resource":"b"}', 'duplicate_key'],
    ['a list', '[]', 'must be an object'],
  ])('refuses %s before it asks', async (_what, stdin, expected) => {
    fake.answers(json(200, ALLOW))
    const { code, err } = await fake.cli(['decide'], { stdin })
    expect({ code, seen: fake.seen.length }).toEqual({ code: 2, seen: 0 })
    expect(err).toContain(expected)
  })

  it('refuses two tokens, and a second reader of stdin', async () => {
    fake.answers(json(200, ALLOW))
    expect(await fake.cli(['decide', '--runtime-token-file', 'p.token'], { stdin: JSON.stringify({ ...QUESTION, token: 'x' }) })).toMatchObject({ code: 2 })
    expect(await fake.cli(['decide', '-', '--runtime-token-file', '-'], { stdin: '{}' })).toMatchObject({ code: 2, err: expect.stringContaining('only one') })
  })
})
