// The served document against the service: every operation is there, its answers are what it says, and it names the members that are taken.
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DENIALS } from '@bailiwick/core'
import { testGatewaySecret } from '@bailiwick/kit/test-config'
import { OPERATIONS, openApiDocument } from '../../src/doors/openapi/document.ts'
import { SCHEMAS } from '../../src/doors/openapi/schemas.ts'
import { startService } from './running.ts'
import type { Running, V1Answer } from './running.ts'

let running: Running
let token: string
let ticketsToken: string
const KEY = { 'x-bailiwick-gateway-key': testGatewaySecret('edge') }
const GUARD = { 'x-api-key': testGatewaySecret('guard') }

beforeAll(async () => {
  const guard = {
    name: 'guard',
    doors: ['litellm'],
    resources: ['models'],
    resource_from: 'fixed',
    resource: 'models',
    authentication: 'shared_secret',
    secret_files: ['./guard.key'],
  }
  running = await startService({
    gateways: [{ name: 'edge', doors: ['v1', 'authzen', 'cerbos'], resource_from: 'request', enrich: true }, guard],
    resources: [
      { name: 'tickets', enrich_attributes: ['profile.tier'] },
      { name: 'crm', mode: 'shadow' },
    ],
  })
  const task = await running.makeTask({ resources: running.config.gateways[0]?.resources ?? [] })
  token = await running.tokenFor(task)
  ticketsToken = await running.tokenFor(task, { aud: 'https://tickets.example.com/mcp' })
  running.decider.scriptPlan({
    kind: 'conditional',
    callId: 'p',
    condition: { operator: 'in', operands: [{ variable: 'request.resource.id' }, { value: ['a'] }, { operator: 'not', operands: [] }] },
  })
})
afterAll(() => running.close())

const ajv = new Ajv2020({ strict: false, validateFormats: false })
ajv.addSchema({ $id: 'doc', components: { schemas: SCHEMAS } })

function problemsOf(schema: string, body: unknown): unknown {
  const validate = ajv.getSchema(`doc#/components/schemas/${schema}`)
  if (validate === undefined) throw new Error(`no schema ${schema}`)
  return validate(body) === true ? [] : validate.errors
}

const REFUND = { name: 'refund_issue', arguments: { ticket_id: 'T-1042', amount_cents: 4000 } }
const mcp = { method: 'tools/call', version: '2025-06-18', params: REFUND }
const evaluation = (change: object = {}): object => ({
  subject: { type: 'identity', id: 'x' },
  resource: { type: 'tool', id: 'refund_issue', properties: { arguments: REFUND.arguments } },
  action: { name: 'tools/call' },
  context: { bailiwick: { resource: 'payments', token } },
  ...change,
})
const check = (actions: readonly string[]): object => ({
  requestId: 'r',
  principal: { id: 'x', roles: ['y'] },
  resources: [{ actions, resource: { kind: 'mcp:payments', id: 'refund_issue', attr: { arguments: REFUND.arguments } } }],
  auxData: { jwt: { token } },
})
const planned = (change: object = {}): object => ({
  requestId: 'r',
  principal: { id: 'x', roles: ['y'] },
  resource: { kind: 'mcp:tickets', attr: {} },
  actions: ['resources/read'],
  auxData: { jwt: { token: ticketsToken } },
  ...change,
})
const guardrail = (change: object = {}): object => ({ input_type: 'request', model: 'gpt-4o', tools: null, request_headers: {}, ...change })

/** What is sent where, and how the policy answers: allowed, denied, malformed and unauthenticated for each operation. */
const ASKED: Readonly<Record<string, readonly (() => readonly [document: unknown, headers: Record<string, string>, policy?: 'deny', query?: string])[]>> = {
  '/v1/decide': [
    () => [{ resource: 'payments', token, mcp }, KEY],
    () => [{ resource: 'payments', token, mcp }, KEY, 'deny'],
    () => [{ resource: 'payments', token, mcp: { method: 'tools/list', version: '2025-06-18', listed: ['refund_issue', 'a'] } }, KEY],
    () => [{ resource: 'payments', token, mcp: { ...mcp, params: { ...REFUND, arguments: {} } } }, KEY],
    () => [{ resource: 'nowhere' }, KEY],
    () => [{ resource: 'payments', token, mcp }, {}],
    () => [{ resource: 'payments', token, http: { method: 'POST', path: '/mcp', headers: [['a', 'b']], body_base64: '' }, can_drop_tools: true }, KEY],
  ],
  '/v1/enrich': [
    () => [{ resource: 'payments', token, mcp }, KEY],
    () => [{ resource: 'payments', token, mcp: { method: 'ping', version: '2025-06-18' } }, KEY],
    () => [{}, KEY],
  ],
  '/access/v1/evaluation': [
    () => [evaluation(), KEY],
    () => [evaluation(), KEY, 'deny'],
    () => [evaluation(), KEY, 'deny', '?enforce=status'],
    () => [{}, KEY],
    () => [evaluation(), {}],
  ],
  '/access/v1/evaluations': [
    () => [evaluation({ evaluations: [{}, { action: { name: 'x' } }], options: { evaluations_semantic: 'execute_all' } }), KEY],
    () => [evaluation(), KEY],
    () => [evaluation({ evaluations: 7 }), KEY],
    () => [evaluation(), {}],
  ],
  '/api/check/resources': [() => [check(['tools/call/refund_issue', 'other']), KEY], () => [check([]), KEY], () => [check(['a']), {}]],
  '/api/plan/resources': [() => [planned(), KEY], () => [planned({ actions: ['nothing'] }), KEY], () => [planned({ actions: [] }), KEY], () => [planned(), {}]],
  '/beta/litellm_basic_guardrail_api': [() => [guardrail(), GUARD], () => [guardrail(), {}], () => ['{', GUARD]],
}

it('is served', async () => {
  const response = await fetch(`http://${running.address}/openapi.json`)
  expect([response.status, await response.json()]).toEqual([200, openApiDocument()])
})

it('names every reason there is', () => {
  expect(SCHEMAS['Reason']).toMatchObject({ enum: Object.keys(DENIALS) })
})

it('has an example here for each operation, and no other', () => {
  expect(Object.keys(ASKED)).toEqual(OPERATIONS.map(({ path }) => path))
})

describe.each(OPERATIONS)('POST $path', ({ path, answer, others, request }) => {
  const send = async (place: number): Promise<V1Answer & { document: unknown }> => {
    const [document, headers, policy, query = ''] = ASKED[path]?.[place]?.() ?? [undefined, {}]
    running.decider.script(policy ?? 'allow')
    return { ...(await running.post(`${path}${query}`, document, headers)), document }
  }

  it.each((ASKED[path] ?? []).map((_, place) => place))('answers as it says (%i)', async (place) => {
    const { status, body, document } = await send(place)
    const schema = status === 200 ? answer : others[status]
    if (schema === undefined) throw new Error(`${status} is not in the document`)
    // A denied enrichment is a decision in its place.
    const said = problemsOf(schema, body)
    if (path !== '/v1/enrich' || body['effect'] !== 'deny') expect(said).toEqual([])
    else expect(problemsOf('Decision', body)).toEqual([])
    // What was understood is what the document lets be sent.
    if (status === 200 && typeof document === 'object') expect(problemsOf(request, document)).toEqual([])
  })

  it('is there for POST alone', async () => {
    const response = await fetch(`http://${running.address}${path}`, { headers: { ...KEY, ...GUARD } })
    await response.body?.cancel()
    expect(response.status === 405 || path === '/beta/litellm_basic_guardrail_api').toBe(true)
  })
})

it.each(['Question', 'http', 'mcp'])('closes %s where the code does, and names each member it takes', async (part) => {
  const { properties } = ajvSchema(part)
  const sample: Record<string, unknown> = {
    resource: 'payments',
    token,
    proof: { dpop: 'x', x5t_s256: 'A'.repeat(43) },
    can_drop_tools: false,
    headers: [],
    method: 'ping',
    path: '/mcp',
    body: '',
    body_base64: '',
    version: '2025-06-18',
    params: {},
    listed: [],
  }
  for (const name of [...Object.keys(properties), 'unknown_member']) {
    if (name === 'http' || name === 'mcp') continue
    const member = { [name]: sample[name] ?? 'x' }
    const base = part === 'http' ? { method: 'POST', path: '/mcp' } : { method: 'ping', version: '2025-06-18' }
    const inside = { ...base, ...(part === 'Question' ? {} : member) }
    const document = { resource: 'payments', token, [part === 'http' ? 'http' : 'mcp']: inside, ...(part === 'Question' ? member : {}) }
    const { status } = await running.post('/v1/decide', document, KEY)
    expect([name, status]).toEqual([name, name === 'unknown_member' ? 400 : 200])
    expect([name, problemsOf('Question', document)]).toEqual([name, name === 'unknown_member' ? expect.arrayContaining([expect.anything()]) : []])
  }
})

function ajvSchema(part: string): { readonly properties: Record<string, { readonly properties?: Record<string, unknown> }> } {
  const question: { properties: Record<string, { properties: Record<string, object> }> } = JSON.parse(JSON.stringify(SCHEMAS['Question']))
  const inner = question.properties[part]
  return part === 'Question' || inner === undefined ? question : { properties: inner.properties }
}
