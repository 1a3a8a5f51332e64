// Cerbos's own clients, gRPC and HTTP, against the door that speaks Cerbos's API: what a service that asks Cerbos today would see.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { GRPC } from '@cerbos/grpc'
import { HTTP } from '@cerbos/http'
import type { Task } from '../../../packages/core/src/index.ts'
import { EDGE_KEY, startService } from '../../../services/enrichment/test/service/running.ts'
import type { Running } from '../../../services/enrichment/test/service/running.ts'

let running: Running
let task: Task
let token: string
const KEY = { 'x-bailiwick-gateway-key': EDGE_KEY }

beforeAll(async () => {
  running = await startService({ gateways: [{ name: 'edge', doors: ['cerbos'], resource_from: 'request' }] })
  task = await running.makeTask()
  token = await running.tokenFor(task)
})
afterEach(() => running.decider.script('allow'))
afterAll(() => running.close())

const CLIENTS = {
  grpc: (headers: Record<string, string>): GRPC => new GRPC(running.address, { tls: false, headers }),
  http: (headers: Record<string, string>): HTTP => new HTTP(`http://${running.address}`, { headers }),
}
const PRINCIPAL = { id: 'corp:bob', roles: ['admin'], attr: { profile: { refund_limit_cents: 99 }, task: { state: 'active' } } }
const REFUND = { kind: 'mcp:payments', id: 'refund_issue', attr: { tool: 'refund_void', arguments: { ticket_id: 'T-1042', amount_cents: 4000 } } }

describe.each(['grpc', 'http'] as const)('the %s client', (name) => {
  const check = async (
    resources: { resource: { kind: string; id: string; attr?: object }; actions: string[] }[],
    jwt: string | undefined = token,
    headers: Record<string, string> = KEY,
  ): ReturnType<GRPC['checkResources']> => {
    const request = JSON.parse(JSON.stringify({ principal: PRINCIPAL, resources, ...(jwt === '' ? {} : { auxData: { jwt: { token: jwt } } }) }))
    const client = CLIENTS[name](headers)
    return await client.checkResources(request)
  }

  it('is told what is allowed, for the token’s subject and not the request’s', async () => {
    const response = await check([{ resource: REFUND, actions: ['tools/list/refund_issue', 'tools/call/refund_issue'] }])
    const found = response.findResult({ kind: 'mcp:payments', id: 'refund_issue' })
    expect(found?.isAllowed('tools/call/refund_issue')).toBe(true)
    expect(found?.isAllowed('tools/list/refund_issue')).toBe(true)
    const { principal, items } = running.decider.questions.at(-1) ?? {}
    expect(principal).toMatchObject({ id: 'corp:alice', roles: ['user', 'tier-1-support'] })
    expect(principal?.attr['profile']).toEqual({ tier: 1, secret_note: 'x' })
    const call = running.decider.questions.flatMap((question) => question.items).find(({ actions }) => actions.includes('tools/call/refund_issue'))
    expect(call?.resource.attr).toEqual({ tool: 'refund_issue', arguments: { ticket_id: 'T-1042', amount_cents: 4000 } })
    expect(items).toBeDefined()
    expect(running.journal.records.at(-1)).toMatchObject({ door: 'cerbos', effect: 'allow' })
  })

  it('is told why not, in an output', async () => {
    running.decider.script(() => ({ effect: 'deny', outcome: 'limit_exceeded', reason: 'over the cap', remediation: { type: 'step_up' } }))
    const response = await check([{ resource: REFUND, actions: ['tools/call/refund_issue'] }])
    const found = response.findResult({ kind: 'mcp:payments', id: 'refund_issue' })
    expect(found?.isAllowed('tools/call/refund_issue')).toBe(false)
    expect(found?.outputs).toMatchObject([
      {
        source: 'bailiwick',
        action: 'tools/call/refund_issue',
        value: { reason: 'limit_exceeded', message: 'over the cap', remediation: { type: 'step_up' } },
      },
    ])
  })

  it('is told of each resource and action by itself', async () => {
    const models = { kind: 'llm:models', id: 'gpt-4o' }
    const response = await check([
      { resource: REFUND, actions: ['tools/call/refund_issue', 'tools/call/refund_void', 'anything'] },
      { resource: { ...REFUND, id: 'refund_status', attr: { arguments: {} } }, actions: ['tools/call/refund_status'] },
      { resource: models, actions: ['completion'] },
    ])
    const effects = response.results.map(({ resource, actions }) => [resource.id, actions])
    expect(effects).toEqual([
      ['refund_issue', { 'tools/call/refund_issue': 'EFFECT_ALLOW', 'tools/call/refund_void': 'EFFECT_DENY', anything: 'EFFECT_DENY' }],
      ['refund_status', { 'tools/call/refund_status': 'EFFECT_ALLOW' }],
      // The token is for payments alone.
      ['gpt-4o', { completion: 'EFFECT_DENY' }],
    ])
  })

  it.each([
    ['no token', REFUND, '', 'token_missing'],
    ['a token that is none', REFUND, 'a.b.c', 'token_invalid'],
    ['a kind that only folds onto ours', { ...REFUND, kind: 'mcp_payments' }, undefined, 'resource_unknown'],
    ['a kind in other case', { ...REFUND, kind: 'MCP:payments' }, undefined, 'resource_unknown'],
    ['a kind of another protocol', { ...REFUND, kind: 'llm:payments' }, undefined, 'resource_unknown'],
    ['a resource nobody configured', { ...REFUND, kind: 'mcp:nowhere' }, undefined, 'resource_unknown'],
    ['arguments of another ticket', { ...REFUND, attr: { arguments: { ticket_id: 'T-1' } } }, undefined, 'binding_mismatch'],
    ['no arguments', { ...REFUND, attr: {} }, undefined, 'binding_mismatch'],
  ])('is denied with %s', async (_what, resource, jwt, reason) => {
    const response = await check([{ resource, actions: ['tools/call/refund_issue'] }], jwt)
    expect(response.results[0]?.isAllowed('tools/call/refund_issue')).toBe(false)
    expect(response.results[0]?.outputs[0]?.value).toMatchObject({ reason })
  })

  it('is denied once the task is revoked', async () => {
    const ended = await running.makeTask()
    const jwt = await running.tokenFor(ended)
    const asked = [{ resource: REFUND, actions: ['tools/call/refund_issue'] }]
    expect((await check(asked, jwt)).results[0]?.isAllowed('tools/call/refund_issue')).toBe(true)
    await running.revoke(ended)
    expect((await check(asked, jwt)).results[0]?.isAllowed('tools/call/refund_issue')).toBe(false)
  })

  it.each([
    ['without a key', {}],
    ['with a wrong key', { 'x-bailiwick-gateway-key': 'wrong' }],
  ])('gets an error %s', async (_what, headers) => {
    await expect(check([{ resource: REFUND, actions: ['tools/call/refund_issue'] }], token, headers)).rejects.toMatchObject({ code: 16 })
  })

  it('gets an error for what is no request', async () => {
    await expect(check([])).rejects.toMatchObject({ code: 3 })
    const actions = Array.from({ length: 51 }, (_, index) => `tools/call/t${index}`)
    await expect(check([{ resource: REFUND, actions }])).rejects.toMatchObject({ code: 3 })
  })
})

it('refuses a body that two readers could read differently, and one that is no JSON', async () => {
  const send = async (body: string): Promise<number> =>
    (await fetch(`http://${running.address}/api/check/resources`, { method: 'POST', headers: { ...KEY, 'content-type': 'application/json' }, body })).status
  expect(await send('{"resources":[],"resources":[]}')).toBe(400)
  expect(await send('{')).toBe(400)
})
