// Plans for Cerbos's own clients, gRPC and HTTP: what a service that queries by them today would see.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { GRPC } from '@cerbos/grpc'
import { HTTP } from '@cerbos/http'
import { Fault } from '../../../packages/core/src/index.ts'
import type { PolicyPlan } from '../../../packages/policy/src/index.ts'
import { EDGE_KEY, startService } from '../../../services/enrichment/test/service/running.ts'
import type { Running } from '../../../services/enrichment/test/service/running.ts'

const LLM = { aud: 'https://llm.example.com/v1' }
const KEY = { 'x-bailiwick-gateway-key': EDGE_KEY }
const CONDITION: PolicyPlan = {
  kind: 'conditional',
  callId: 'p',
  condition: {
    operator: 'and',
    operands: [
      { operator: 'in', operands: [{ variable: 'request.resource.id' }, { value: ['gpt-4o-mini', { a: [1, null, true] }] }] },
      { operator: 'eq', operands: [{ variable: 'request.resource.attr.stream' }, { value: false }] },
    ],
  },
}

let running: Running
let token: string

beforeAll(async () => {
  running = await startService({ gateways: [{ name: 'edge', doors: ['cerbos'], resource_from: 'request' }], resources: [{ name: 'crm', mode: 'shadow' }] })
  token = await running.tokenFor(await running.makeTask(), LLM)
})
afterEach(() => running.decider.scriptPlan(CONDITION))
afterAll(() => running.close())

const CLIENTS = {
  grpc: (headers: Record<string, string>): GRPC => new GRPC(running.address, { tls: false, headers }),
  http: (headers: Record<string, string>): HTTP => new HTTP(`http://${running.address}`, { headers }),
}

it('is not for a loopback gateway: a condition tells what the directory says of the subject', async () => {
  const local = await startService({ gateways: [{ name: 'local', doors: ['cerbos'] }] })
  const jwt = await local.tokenFor(await local.makeTask(), LLM)
  local.decider.scriptPlan({ kind: 'always_allowed', callId: 'p' })
  const request = { principal: { id: 'x', roles: ['y'] }, resource: { kind: 'llm:models' }, actions: ['completion'], auxData: { jwt: { token: jwt } } }
  expect(await new GRPC(local.address, { tls: false }).planResources(request)).toMatchObject({ kind: 'KIND_ALWAYS_DENIED' })
  expect(local.journal.records.at(-1)).toMatchObject({ effect: 'deny', reason: 'gateway_unauthenticated' })
  expect(local.decider.planQuestions).toEqual([])
  await local.close()
})

describe.each(['grpc', 'http'] as const)('the %s client', (name) => {
  interface Asking {
    readonly kind?: string
    readonly attr?: object
    readonly actions?: readonly string[]
    readonly jwt?: string
    readonly headers?: Record<string, string>
  }
  const plan = async ({ kind = 'llm:models', attr = {}, actions = ['completion'], jwt = token, headers = KEY }: Asking = {}): Promise<{
    kind: string
    condition?: unknown
    cerbosCallId: string
  }> => {
    const principal = { id: 'corp:bob', roles: ['admin'], attr: { task: { state: 'active' } } }
    const request = JSON.parse(JSON.stringify({ principal, resource: { kind, attr }, actions, ...(jwt === '' ? {} : { auxData: { jwt: { token: jwt } } }) }))
    const client = CLIENTS[name](headers)
    return JSON.parse(JSON.stringify(await client.planResources(request)))
  }

  it('gets the condition as the engine gave it, for the token’s subject and not the request’s', async () => {
    running.decider.scriptPlan(CONDITION)
    const response = await plan({ attr: { tools: ['refund_issue'], owner: 'corp:bob' } })
    expect(response.kind).toBe('KIND_CONDITIONAL')
    expect(response.condition).toEqual({
      operator: 'and',
      operands: [
        { operator: 'in', operands: [{ name: 'request.resource.id' }, { value: ['gpt-4o-mini', { a: [1, null, true] }] }] },
        { operator: 'eq', operands: [{ name: 'request.resource.attr.stream' }, { value: false }] },
      ],
    })
    expect(running.decider.planQuestions.at(-1)).toMatchObject({
      principal: { id: 'corp:alice', roles: ['user', 'tier-1-support'] },
      kind: 'llm:models',
      attr: { dialect: 'openai_chat', tools: ['refund_issue'] },
      actions: ['completion'],
    })
    expect(running.decider.planQuestions.at(-1)?.attr).not.toHaveProperty('owner')
    expect(running.journal.records.at(-1)).toMatchObject({
      kind: 'enrichment',
      door: 'cerbos',
      effect: 'allow',
      decision_id: response.cerbosCallId,
      policy: { kind: 'llm:models', id: '*', actions: ['completion'] },
    })
  })

  it('is told that all are allowed, or none', async () => {
    running.decider.scriptPlan({ kind: 'always_allowed', callId: 'p' })
    expect((await plan()).kind).toBe('KIND_ALWAYS_ALLOWED')
    running.decider.scriptPlan({ kind: 'always_denied', callId: 'p' })
    expect((await plan()).kind).toBe('KIND_ALWAYS_DENIED')
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'deny', reason: 'policy_denied' })
  })

  it.each<[string, () => Asking | Promise<Asking>, string]>([
    ['no token', () => ({ jwt: '' }), 'token_missing'],
    ['a token that is none', () => ({ jwt: 'a.b.c' }), 'token_invalid'],
    ['a token for another resource', async () => ({ jwt: await running.tokenFor(await running.makeTask()) }), 'wrong_resource'],
    [
      'a token bound to a key, whose proof is not seen here',
      async () => ({ jwt: await running.tokenFor(await running.makeTask(), { ...LLM, cnf: { jkt: 'a'.repeat(43) } }) }),
      'proof_unverifiable',
    ],
    ['a resource nobody configured', () => ({ kind: 'llm:nowhere' }), 'resource_unknown'],
    ['a kind that only folds onto ours', () => ({ kind: 'llm_models' }), 'resource_unknown'],
    ['a kind of another protocol', () => ({ kind: 'mcp:models' }), 'resource_unknown'],
    ['an action that is not ours', () => ({ actions: ['completion', 'delete'] }), 'method_unknown'],
    ['tools that are no names', () => ({ attr: { tools: [7] } }), 'body_unreadable'],
    [
      'a resource with bindings',
      async () => ({ kind: 'mcp:payments', actions: ['tools/call/refund_issue'], jwt: await running.tokenFor(await running.makeTask()) }),
      'binding_mismatch',
    ],
    [
      'two tools at once',
      async () => ({ kind: 'mcp:payments', actions: ['tools/call/a', 'tools/call/b'], jwt: await running.tokenFor(await running.makeTask()) }),
      'method_unknown',
    ],
    [
      'a revoked task',
      async () => {
        const ended = await running.makeTask()
        const jwt = await running.tokenFor(ended, LLM)
        await running.revoke(ended)
        return { jwt }
      },
      'task_revoked',
    ],
  ])('is denied always with %s, and the audit says why', async (_what, asking, reason) => {
    running.decider.scriptPlan({ kind: 'always_allowed', callId: 'p' })
    const response = await plan(await asking())
    expect(response.kind).toBe('KIND_ALWAYS_DENIED')
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'deny', reason, decision_id: response.cerbosCallId })
  })

  it('is denied always where the engine fails, the directory fails, or the task ends while the engine thinks', async () => {
    running.decider.scriptPlan(() => {
      throw new Fault('policy', 'pdp_unreachable', 'gone')
    })
    expect((await plan()).kind).toBe('KIND_ALWAYS_DENIED')
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'deny', reason: 'policy_unavailable' })
    running.decider.scriptPlan({ kind: 'always_allowed', callId: 'p' })
    const ended = await running.makeTask()
    const jwt = await running.tokenFor(ended, LLM)
    const held = running.journal.hold()
    const answer = plan({ jwt })
    await held.waiting()
    await running.revoke(ended)
    held.release()
    expect((await answer).kind).toBe('KIND_ALWAYS_DENIED')
    expect(running.journal.records.slice(-2)).toMatchObject([{ effect: 'allow' }, { effect: 'deny', reason: 'task_revoked', supersedes: expect.any(String) }])
  })

  it('is denied always for a resource in shadow mode that the policy denies: a condition cannot be let pass', async () => {
    running.decider.scriptPlan({ kind: 'always_denied', callId: 'p' })
    const jwt = await running.tokenFor(await running.makeTask({ resources: running.config.gateways[0]?.resources ?? [] }), {
      aud: 'https://crm.example.com/mcp',
    })
    expect((await plan({ kind: 'mcp:crm', actions: ['resources/read'], jwt })).kind).toBe('KIND_ALWAYS_DENIED')
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'deny', reason: 'policy_denied' })
  })

  it('asks of a tool’s call whether the tool may be known, too', async () => {
    const jwt = await running.tokenFor(await running.makeTask({ resources: running.config.gateways[0]?.resources ?? [] }), {
      aud: 'https://crm.example.com/mcp',
    })
    await plan({ kind: 'mcp:crm', actions: ['tools/call/customer_get'], attr: { arguments: { id: 1 }, tool: 'other' }, jwt })
    expect(running.decider.planQuestions.at(-1)).toMatchObject({
      attr: { tool: 'customer_get', arguments: { id: 1 } },
      actions: ['tools/list/customer_get', 'tools/call/customer_get'],
    })
  })

  it.each<[string, Asking, number]>([
    ['without a key', { headers: {} }, 16],
    ['with a wrong key', { headers: { 'x-bailiwick-gateway-key': 'wrong' } }, 16],
    ['without actions', { actions: [] }, 3],
    ['with an action twice', { actions: ['completion', 'completion'] }, 3],
    ['with more than Cerbos takes', { actions: Array.from({ length: 21 }, (_, n) => `a${n}`) }, 3],
    ['without a kind', { kind: '' }, 3],
  ])('gets an error %s', async (_what, asking, code) => {
    await expect(plan(asking)).rejects.toMatchObject({ code })
  })
})
