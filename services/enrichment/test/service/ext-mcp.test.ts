import { create } from '@bufbuild/protobuf'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Task } from '@bailiwick/core'
import { AuthorizationError_Code as Code, McpRequestSchema, McpResponseSchema, extMcpService } from '@bailiwick/wire'
import type { McpRequestResult, McpResponseResult } from '@bailiwick/wire'
import { askUnary } from './ask-unary.ts'
import { EDGE_KEY, startService } from './running.ts'
import type { Running } from './running.ts'

let running: Running
let task: Task
let token: string

beforeAll(async () => {
  running = await startService({
    gateways: [
      {
        name: 'edge',
        doors: ['ext_mcp'],
        resource_from: 'service_name',
        service_names: { 'payments-server': 'payments', 'payments-eu': 'payments', 'tickets-server': 'tickets', 'open-server': 'crm' },
      },
    ],
    resources: [{ name: 'crm', mode: 'shadow' }],
  })
  task = await running.makeTask({ resources: running.config.gateways[0]?.resources ?? [] })
  token = await running.tokenFor(task)
})
afterEach(() => running.decider.script('allow'))
afterAll(() => running.close())

type RequestInit = Exclude<MessageInitShape<typeof McpRequestSchema>, { $typeName: string }>
type ResponseInit = Exclude<MessageInitShape<typeof McpResponseSchema>, { $typeName: string }>

const REFUND = { name: 'refund_issue', arguments: { ticket_id: 'T-1042', amount_cents: 4000 } }

function checkRequest(change: RequestInit = {}, key = EDGE_KEY): Promise<McpRequestResult> {
  const request = create(McpRequestSchema, {
    serviceNames: ['payments-server'],
    method: 'tools/call',
    mcpRequest: Buffer.from(JSON.stringify(REFUND)),
    headers: headers({ authorization: `Bearer ${token}`, 'mcp-protocol-version': '2025-06-18' }),
    ...change,
  })
  return askUnary(running.address, extMcpService.checkRequest, request, key)
}

function checkResponse(result: unknown, change: ResponseInit = {}, key = EDGE_KEY): Promise<McpResponseResult> {
  const request = create(McpResponseSchema, {
    serviceNames: ['payments-server'],
    method: 'tools/list',
    metadataContext: { bailiwick: { token } },
    mcpResponse: Buffer.from(JSON.stringify(result)),
    ...change,
  })
  return askUnary(running.address, extMcpService.checkResponse, request, key)
}

function headers(pairs: Record<string, string>): { key: string; value: Buffer }[] {
  return Object.entries(pairs).map(([key, value]) => ({ key, value: Buffer.from(value, 'latin1') }))
}

interface Refused {
  readonly code: Code
  readonly reason: string
  readonly data: unknown
}

function refused({ result }: McpRequestResult | McpResponseResult): Refused {
  if (result.case !== 'error') throw new Error(`not refused: ${result.case}`)
  const { code, reason, mcpError } = result.value
  return { code, reason, data: mcpError === undefined ? undefined : JSON.parse(Buffer.from(mcpError).toString()) }
}

function mutated({ result }: McpResponseResult): unknown {
  if (result.case !== 'mutated') throw new Error(`not mutated: ${result.case}`)
  return JSON.parse(Buffer.from(result.value).toString())
}

describe('the request phase', () => {
  it('passes what is allowed, says who it is for and takes the token off', async () => {
    const { result, headerMutation } = await checkRequest({
      headers: headers({
        authorization: `Bearer ${token}`,
        'mcp-protocol-version': '2025-06-18',
        'x-bailiwick-subject': 'corp:bob',
        x_bailiwick_task: 'task_spoofed',
        ':authority': 'x',
      }),
    })
    expect(result.case).toBe('pass')
    const set = Object.fromEntries((headerMutation?.set ?? []).map(({ key, value }) => [key, Buffer.from(value).toString('latin1')]))
    expect(set).toEqual({
      'x-bailiwick-subject': 'corp:alice',
      'x-bailiwick-actor': 'client:refund-agent',
      'x-bailiwick-task': task.id,
      'x-bailiwick-resource': 'payments',
      'x-bailiwick-decision': running.journal.records.at(-1)?.decision_id,
    })
    expect(headerMutation?.remove).toEqual(['x_bailiwick_task', 'authorization'])
    expect(running.journal.records.at(-1)).toMatchObject({
      effect: 'allow',
      door: 'ext_mcp',
      gateway: { name: 'edge' },
      action: { method: 'tools/call', name: 'refund_issue' },
    })
  })

  it('refuses with the reason, what may help and the decision', async () => {
    running.decider.script(() => ({ effect: 'deny', outcome: 'limit_exceeded', reason: 'over the cap', remediation: { type: 'step_up' } }))
    expect(refused(await checkRequest())).toEqual({
      code: Code.PERMISSION_DENIED,
      reason: 'over the cap',
      data: {
        type: 'authorization_denied',
        effect: 'deny',
        decision_id: running.journal.records.at(-1)?.decision_id,
        reason: 'limit_exceeded',
        message: 'over the cap',
        remediation: { type: 'step_up' },
        retryable: false,
      },
    })
  })

  it.each([
    ['another ticket', { mcpRequest: params({ ...REFUND, arguments: { ticket_id: 'T-1', amount_cents: 1 } }) }, Code.PERMISSION_DENIED, 'binding_mismatch'],
    ['no token', { headers: [] }, Code.INVALID, 'token_missing'],
    ['a token twice', { headers: [...headers({ authorization: 'Bearer a' }), ...headers({ authorization: 'Bearer b' })] }, Code.INVALID, 'token_invalid'],
    ['a token in the metadata and another in the headers', { metadataContext: { bailiwick: { token: 'another' } } }, Code.INVALID, 'token_invalid'],
    [
      'claims in place of a token',
      { headers: [], metadataContext: { jwt: { sub: 'corp:alice' }, bailiwick: { sub: 'corp:alice' } } },
      Code.INVALID,
      'token_missing',
    ],
    ['a namespace that is no object', { metadataContext: { bailiwick: 'x' } }, Code.INVALID, 'token_missing'],
    ['a token for another resource', { serviceNames: ['tickets-server'] }, Code.INVALID, 'wrong_resource'],
    ['a server that is not mapped', { serviceNames: ['unmapped'] }, Code.PERMISSION_DENIED, 'resource_unknown'],
    ['a server named like what every object has', { serviceNames: ['constructor'] }, Code.PERMISSION_DENIED, 'resource_unknown'],
    ['servers of two resources', { serviceNames: ['payments-server', 'tickets-server'] }, Code.PERMISSION_DENIED, 'resource_unknown'],
    ['no server', { serviceNames: [] }, Code.PERMISSION_DENIED, 'resource_unknown'],
    ['params that are no JSON', { mcpRequest: Buffer.from('{"name":') }, Code.INVALID, 'body_unreadable'],
    ['params with a repeated member', { mcpRequest: Buffer.from('{"name":"refund_status","name":"refund_issue"}') }, Code.INVALID, 'body_unreadable'],
    ['params that are no object', { mcpRequest: Buffer.from('[]') }, Code.INVALID, 'body_unreadable'],
    ['empty params', { mcpRequest: Buffer.alloc(0) }, Code.INVALID, 'body_unreadable'],
    ['no params', { mcpRequest: undefined }, Code.INVALID, 'body_unreadable'],
    ['params over the limit', { mcpRequest: params({ ...REFUND, pad: 'x'.repeat(1024 * 1024) }) }, Code.INVALID, 'body_unreadable'],
    ['a method nobody knows', { method: 'tools/delete' }, Code.PERMISSION_DENIED, 'method_unknown'],
    ['no method', { method: '' }, Code.PERMISSION_DENIED, 'method_unknown'],
  ] satisfies [string, RequestInit, Code, string][])('refuses %s', async (_what, change, code, reason) => {
    expect(refused(await checkRequest(change))).toMatchObject({ code, data: { type: 'authorization_denied', reason } })
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'deny', reason, door: 'ext_mcp' })
  })

  it.each([
    ['that nobody knows', { 'mcp-protocol-version': '1' }, undefined, Code.INVALID, 'body_unreadable'],
    ['other than its params say', { 'mcp-protocol-version': '2025-06-18' }, '2026-07-28', Code.INVALID, 'header_mismatch'],
    ['in its params alone, when nobody knows it', {}, '1', Code.INVALID, 'body_unreadable'],
  ])('refuses a version %s', async (_what, sent, declared, code, reason) => {
    const meta = declared === undefined ? {} : { _meta: { 'io.modelcontextprotocol/protocolVersion': declared } }
    const change = { headers: headers({ authorization: `Bearer ${token}`, ...sent }), mcpRequest: params({ ...REFUND, ...meta }) }
    expect(refused(await checkRequest(change))).toMatchObject({ code, data: { reason } })
  })

  it('refuses two versions', async () => {
    const twice = [...headers({ authorization: `Bearer ${token}`, 'mcp-protocol-version': '2025-06-18' }), ...headers({ 'mcp-protocol-version': '2025-06-18' })]
    expect(refused(await checkRequest({ headers: twice }))).toMatchObject({ data: { reason: 'body_unreadable' } })
  })

  it('takes the token from the gateway’s metadata where it strips it, and the secret too', async () => {
    const kept = { headers: [], metadataContext: { bailiwick: { token, key: EDGE_KEY } } }
    expect((await checkRequest(kept)).result.case).toBe('pass')
    expect((await checkRequest(kept, '')).result.case).toBe('pass')
    expect(refused(await checkRequest({ ...kept, metadataContext: { bailiwick: { token, key: 'wrong' } } }, ''))).toMatchObject({
      data: { reason: 'gateway_unauthenticated' },
    })
    expect(refused(await checkRequest({ ...kept, metadataContext: { bailiwick: { token, key: 7 } } }))).toMatchObject({
      data: { reason: 'gateway_unauthenticated' },
    })
  })

  it.each([
    ['no secret', ''],
    ['a wrong secret', 'wrong'],
  ])('knows no gateway with %s, whatever the checked request carries', async (_what, key) => {
    const spoofed = headers({ authorization: `Bearer ${token}`, 'x-bailiwick-gateway-key': EDGE_KEY })
    expect(refused(await checkRequest({ headers: spoofed }, key))).toMatchObject({ code: Code.PERMISSION_DENIED, data: { reason: 'gateway_unauthenticated' } })
  })

  it('refuses a message it cannot read, and does not fail', async () => {
    expect(refused(await askUnary(running.address, extMcpService.checkRequest, Buffer.from([0xff, 0xff, 0xff]), EDGE_KEY))).toMatchObject({
      data: { reason: 'resource_unknown' },
    })
  })

  it.each([
    ['initialize', 'initialize'],
    ['server/discover', 'initialize'],
    ['tools/list', 'tools/list'],
    ['logging/setLevel', 'logging/setLevel'],
  ])('asks about %s without params, whatever version knows it', async (method, action) => {
    const asked = running.decider.questions.length
    expect((await checkRequest({ method, mcpRequest: undefined, headers: headers({ authorization: `Bearer ${token}` }) })).result.case).toBe('pass')
    expect(running.decider.questions.slice(asked)[0]?.items[0]?.actions).toEqual([action])
  })

  it('lets a ping through without policy, and not without a live task', async () => {
    const ended = await running.makeTask({ resources: task.resources })
    const endedToken = await running.tokenFor(ended)
    const ping = { method: 'ping', mcpRequest: undefined, headers: headers({ authorization: `Bearer ${endedToken}` }) }
    expect((await checkRequest(ping)).result.case).toBe('pass')
    await running.revoke(ended)
    expect(refused(await checkRequest(ping))).toMatchObject({ code: Code.PERMISSION_DENIED, data: { reason: 'task_revoked' } })
  })
})

describe('the response phase', () => {
  const TOOLS = { tools: [{ name: 'refund_issue', inputSchema: {} }, { name: 'refund_status' }, { name: 'refund_void' }], nextCursor: 'n' }

  it('leaves the tools in that this task may know, and asks about each', async () => {
    running.decider.script(({ actions }) => (actions.includes('tools/list/refund_status') ? 'deny' : 'allow'))
    expect(mutated(await checkResponse(TOOLS))).toEqual({ tools: [{ name: 'refund_issue', inputSchema: {} }], nextCursor: 'n' })
    // refund_void is in neither list of the resource: no call could reach it, so nobody is asked.
    expect(running.decider.questions.at(-1)?.items.map(({ resource, actions }) => [resource.id, ...actions])).toEqual([
      ['payments', 'tools/list'],
      ['refund_issue', 'tools/list/refund_issue'],
      ['refund_status', 'tools/list/refund_status'],
    ])
    expect(running.journal.records.at(-1)).toMatchObject({
      effect: 'allow',
      action: { method: 'tools/list', listed: 3, dropped: ['refund_status', 'refund_void'] },
    })
  })

  it('passes a list that may be shown whole', async () => {
    expect((await checkResponse({ tools: TOOLS.tools.slice(0, 2) })).result.case).toBe('pass')
  })

  it('hides a bound tool from a task that lacks what it is bound by', async () => {
    const unbound = await running.makeTask({ resources: task.resources, binding: {} })
    const metadataContext = { bailiwick: { token: await running.tokenFor(unbound) } }
    expect(mutated(await checkResponse(TOOLS, { metadataContext }))).toMatchObject({ tools: [{ name: 'refund_status' }] })
  })

  it('cuts the joined lists of two servers of one resource', async () => {
    running.decider.script(({ actions }) => (actions.includes('tools/list/refund_issue') ? 'deny' : 'allow'))
    const joined = { tools: [{ name: 'payments-server_refund_issue' }, { name: 'payments-eu_refund_status' }, { name: 'refund_status' }] }
    expect(mutated(await checkResponse(joined, { serviceNames: ['payments-server', 'payments-eu'] }))).toEqual({
      tools: [{ name: 'payments-eu_refund_status' }],
    })
  })

  it.each([
    ['prompts/list', { prompts: [{ name: 'a' }, { name: 'b' }] }, 'prompts/get'],
    ['resources/list', { resources: [{ uri: 'file:///a' }, { uri: 'file:///b' }] }, 'resources/read'],
    ['resources/templates/list', { resourceTemplates: [{ uriTemplate: 'file:///a/{x}' }, { uriTemplate: 'file:///b/{x}' }] }, 'resources/read'],
  ])('shows of %s what may be got', async (method, result, action) => {
    running.decider.script(({ actions, resource }) => (actions.includes(action) && /a/.test(resource.id.replace('file', '')) ? 'deny' : 'allow'))
    const metadataContext = { bailiwick: { token: await running.tokenFor(task, { aud: 'https://tickets.example.com/mcp' }) } }
    const [[member, entries] = ['', []]] = Object.entries(result)
    expect(mutated(await checkResponse(result, { method, metadataContext, serviceNames: ['tickets-server'] }))).toEqual({ [member]: [entries[1]] })
  })

  it('refuses the whole list where the list itself is not allowed', async () => {
    running.decider.script(({ actions }) => (actions.includes('tools/list') ? 'deny' : 'allow'))
    expect(refused(await checkResponse(TOOLS))).toMatchObject({ code: Code.PERMISSION_DENIED, data: { reason: 'policy_denied' } })
  })

  it.each([
    ['no JSON', '{"tools":['],
    ['two lists', '{"tools":[],"tools":[{"name":"refund_issue"}]}'],
    ['no list', '{"contents":[]}'],
  ])('refuses what it cannot read: %s', async (_what, text) => {
    expect(refused(await checkResponse(null, { mcpResponse: Buffer.from(text) }))).toMatchObject({
      code: Code.INVALID,
      data: { reason: 'body_unreadable' },
    })
  })

  it('refuses a list longer than is asked about in one decision', async () => {
    const tools = Array.from({ length: 901 }, (_, index) => ({ name: `tool_${index}` }))
    expect(refused(await checkResponse({ tools }))).toMatchObject({ data: { reason: 'body_unreadable' } })
  })

  it('takes no token from anywhere but the gateway’s metadata', async () => {
    expect(refused(await checkResponse(TOOLS, { metadataContext: {} }))).toMatchObject({ code: Code.INVALID, data: { reason: 'token_missing' } })
  })

  it('keeps the result of a call from a task that ended meanwhile', async () => {
    const ended = await running.makeTask({ resources: task.resources })
    const metadataContext = { bailiwick: { token: await running.tokenFor(ended) } }
    const asked = running.decider.questions.length
    const call = { method: 'tools/call', metadataContext }
    expect((await checkResponse({ content: [] }, call)).result.case).toBe('pass')
    expect(running.decider.questions.length).toBe(asked)
    await running.revoke(ended)
    expect(refused(await checkResponse({ content: [] }, call))).toMatchObject({ code: Code.PERMISSION_DENIED, data: { reason: 'task_revoked' } })
    expect(refused(await checkResponse(TOOLS, { metadataContext }))).toMatchObject({ data: { reason: 'task_revoked' } })
  })

  it('hides nothing in shadow mode and records what it would have hidden', async () => {
    running.decider.script(({ actions }) => (actions.includes('tools/list/crm_export') ? 'deny' : 'allow'))
    const metadataContext = { bailiwick: { token: await running.tokenFor(task, { aud: 'https://crm.example.com/mcp' }) } }
    const tools = { tools: [{ name: 'crm_get' }, { name: 'crm_export' }] }
    expect((await checkResponse(tools, { metadataContext, serviceNames: ['open-server'] })).result.case).toBe('pass')
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'shadow_allow', reason: 'not_visible', action: { listed: 2, dropped: ['crm_export'] } })
  })

  it('says that the policy could not be asked, and shows nothing', async () => {
    running.decider.script(() => Promise.reject(new Error('down')))
    expect(refused(await checkResponse(TOOLS))).toMatchObject({ code: Code.UNKNOWN, data: { retryable: true } })
  })
})

function params(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}
