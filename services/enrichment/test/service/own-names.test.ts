// agentgateway in front of an `mcp` backend of two servers: its ext_authz asks with its names of tools, its ExtMcp later with the servers'.
import { create } from '@bufbuild/protobuf'
import { testGatewaySecret } from '@bailiwick/kit/test-config'
import type { ConfigPatch } from '@bailiwick/kit/test-config'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { McpRequestSchema, extMcpService } from '@bailiwick/wire'
import { askUnary } from './ask-unary.ts'
import { mcpBody, startService } from './running.ts'
import type { Answer, Running } from './running.ts'

const SERVERS = { pay: 'payments', eu: 'payments', desk: 'tickets', north: 'crm', south: 'crm' }
const REFUND = { ticket_id: 'T-1042', amount_cents: 4000 }

function entry(name: string, more: ConfigPatch): ConfigPatch {
  return { name, resources: ['payments', 'tickets', 'crm'], authentication: 'shared_secret', secret_files: [`./${name}.key`], ...more }
}

let running: Running
const tokens = new Map<string, string>()

beforeAll(async () => {
  running = await startService({
    gateways: [
      entry('mesh', { doors: ['ext_authz'], dialect: 'agentgateway', resource_from: 'context_extension', service_names: SERVERS }),
      entry('mesh-mcp', { doors: ['ext_mcp'], resource_from: 'service_name', service_names: SERVERS }),
      entry('plain', { doors: ['ext_authz'], dialect: 'envoy', resource_from: 'context_extension' }),
    ],
    resources: [
      { name: 'payments', bind: { refund_issue: { ticket_id: '/ticket_id' } }, unbound: ['file:///policy.txt'] },
      { name: 'crm', mode: 'shadow' },
    ],
  })
  const task = await running.makeTask({ resources: running.config.gateways[0]?.resources ?? [] })
  for (const resource of ['payments', 'tickets', 'crm']) tokens.set(resource, await running.tokenFor(task, { aud: `https://${resource}.example.com/mcp` }))
})
afterAll(() => running.close())

function ask(method: string, params: unknown, { gateway = 'mesh', resource = 'payments' } = {}): Promise<Answer> {
  const body = Buffer.from(mcpBody(method, params))
  return running.check({
    resource,
    token: tokens.get(resource),
    key: testGatewaySecret(gateway),
    http: {
      method: 'POST',
      path: '/mcp',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2025-06-18',
        authorization: `Bearer ${tokens.get(resource)}`,
        ...(gateway === 'plain' ? { 'x-envoy-auth-partial-body': 'false' } : {}),
      },
      rawBody: body,
      size: BigInt(body.length),
    },
  })
}

const asked = (): unknown => running.decider.questions.at(-1)?.items.map(({ resource, actions }) => ({ id: resource.id, actions }))
const record = (): unknown => running.journal.records.at(-1)

describe('a call that names its server first', () => {
  it('is judged, bound and recorded by the name its server knows', async () => {
    expect(await ask('tools/call', { name: 'pay_refund_issue', arguments: REFUND })).toMatchObject({ kind: 'ok' })
    expect(asked()).toEqual([{ id: 'refund_issue', actions: ['tools/list/refund_issue', 'tools/call/refund_issue'] }])
    expect(record()).toMatchObject({ effect: 'allow', action: { name: 'refund_issue' } })
  })

  it('is asked about as ExtMcp asks about it', async () => {
    await ask('tools/call', { name: 'eu_refund_issue', arguments: REFUND })
    const first = asked()
    const request = create(McpRequestSchema, {
      serviceNames: ['eu'],
      method: 'tools/call',
      mcpRequest: Buffer.from(JSON.stringify({ name: 'refund_issue', arguments: REFUND })),
      headers: [{ key: 'authorization', value: Buffer.from(`Bearer ${tokens.get('payments')}`) }],
    })
    const { result } = await askUnary(running.address, extMcpService.checkRequest, request, testGatewaySecret('mesh-mcp'))
    expect(result.case).toBe('pass')
    expect(asked()).toEqual(first)
  })

  it('is held to the binding of that name', async () => {
    const answer = await ask('tools/call', { name: 'pay_refund_issue', arguments: { ...REFUND, ticket_id: 'T-1' } })
    expect(answer).toMatchObject({ kind: 'denied', metadata: { reason: 'binding_mismatch' } })
  })

  it('may name a URI', async () => {
    expect(await ask('resources/read', { uri: 'pay+file:///policy.txt' })).toMatchObject({ kind: 'ok' })
    expect(asked()).toEqual([{ id: 'file:///policy.txt', actions: ['resources/read'] }])
  })
})

it.each([
  ['tools/call', { name: 'refund_issue', arguments: REFUND }],
  ['tools/call', { name: 'desk_refund_issue', arguments: REFUND }],
  ['tools/call', { name: 'payroll_refund_issue', arguments: REFUND }],
  ['tools/call', { name: 'pay_', arguments: REFUND }],
  ['prompts/get', { name: 'summary' }],
  ['resources/read', { uri: 'file:///policy.txt' }],
  ['resources/read', { uri: 'desk+file:///policy.txt' }],
  ['resources/read', { uri: 'pay+-x:y' }],
  ['resources/read', { uri: 'ui://pay+view' }],
])('asks no policy about %s of %j, which is none of this resource’s servers’', async (method, params) => {
  const before = running.decider.questions.length
  const answer = await ask(method, params)
  expect(answer).toMatchObject({ kind: 'denied', status: 200, metadata: { reason: 'tool_unknown' } })
  expect(running.decider.questions.length).toBe(before)
})

it('leaves a list, which names nothing, as it is', async () => {
  expect(await ask('tools/list', {})).toMatchObject({ kind: 'ok' })
})

it('leaves names alone where the gateway joins nothing: one server of a resource, or a gateway that says of none', async () => {
  expect(await ask('tools/call', { name: 'desk_ticket_get', arguments: {} }, { resource: 'tickets' })).toMatchObject({ kind: 'ok' })
  expect(asked()).toMatchObject([{ id: 'desk_ticket_get' }])
  const plain = await ask('tools/call', { name: 'pay_refund_issue', arguments: REFUND }, { gateway: 'plain' })
  expect(plain).toMatchObject({ kind: 'denied', metadata: { reason: 'binding_mismatch' } })
})

it('lets such a name pass where the resource is on trial, and records what enforcing would have answered', async () => {
  expect(await ask('tools/call', { name: 'customer_get', arguments: {} }, { resource: 'crm' })).toMatchObject({ kind: 'ok' })
  expect(record()).toMatchObject({ effect: 'shadow_allow', reason: 'tool_unknown', action: { name: 'customer_get' } })
  expect(await ask('tools/call', { name: 'north_customer_get', arguments: {} }, { resource: 'crm' })).toMatchObject({ kind: 'ok' })
  expect(record()).toMatchObject({ effect: 'allow', action: { name: 'customer_get' } })
})
