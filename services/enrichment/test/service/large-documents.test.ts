// While one large document of a door is decoded, other decisions go on: the thread that decodes it is held for as long as the test likes.
import { fromJson } from '@bufbuild/protobuf'
import { afterEach, describe, expect, it } from 'vitest'
import { create } from '@bufbuild/protobuf'
import { noMetrics, noTracing } from '@bailiwick/runtime'
import { CheckResourcesRequestSchema, Effect, McpRequestSchema, cerbosService, extMcpService } from '@bailiwick/wire'
import { closedGate, threadOf } from '../reading/gate.ts'
import { askUnary } from './ask-unary.ts'
import { EDGE_KEY, startService } from './running.ts'
import type { Running } from './running.ts'

interface Door {
  readonly door: string
  readonly gateway: object
  readonly aud?: string
  /** Whether it was allowed. */
  readonly ask: (running: Running, token: string, note: string) => Promise<boolean>
}

const LARGE = 'x'.repeat(300 * 1024)
const KEY = { 'x-bailiwick-gateway-key': EDGE_KEY }
const refund = (note: string): object => ({ ticket_id: 'T-1042', amount_cents: 4000, note })
const checkOf = (token: string, note: string): object => ({
  requestId: 'r-1',
  principal: { id: 'x', roles: ['x'] },
  resources: [{ actions: ['tools/call/refund_issue'], resource: { kind: 'mcp:payments', id: 'refund_issue', attr: { arguments: refund(note) } } }],
  auxData: { jwt: { token } },
})
const PAYMENTS = { resources: ['payments'], resource_from: 'fixed', resource: 'payments' }

const DOORS: readonly Door[] = [
  {
    door: 'litellm',
    gateway: { doors: ['litellm'], resources: ['models'], resource_from: 'fixed', resource: 'models' },
    aud: 'https://llm.example.com/v1',
    ask: async (running, token, note) => {
      const document = { input_type: 'request', model: 'gpt-4o-mini', texts: [note], request_headers: { 'x-bailiwick-token': token } }
      return (await running.post('/beta/litellm_basic_guardrail_api', document, { 'x-api-key': EDGE_KEY })).body['action'] === 'NONE'
    },
  },
  {
    door: 'authzen',
    gateway: { doors: ['authzen'], ...PAYMENTS },
    ask: async (running, token, note) => {
      const document = {
        subject: { type: 'user', id: 'x' },
        resource: { type: 'tool', id: 'refund_issue', properties: { arguments: refund(note) } },
        action: { name: 'tools/call' },
        context: { bailiwick: { token } },
      }
      return (await running.post('/access/v1/evaluation', document, KEY)).body['decision'] === true
    },
  },
  {
    door: 'cerbos',
    gateway: { doors: ['cerbos'], ...PAYMENTS },
    ask: async (running, token, note) =>
      JSON.stringify((await running.post('/api/check/resources', checkOf(token, note), KEY)).body).includes('"EFFECT_ALLOW"'),
  },
  {
    door: 'cerbos over gRPC',
    gateway: { doors: ['cerbos'], ...PAYMENTS },
    ask: async (running, token, note) => {
      const request = fromJson(CheckResourcesRequestSchema, JSON.parse(JSON.stringify(checkOf(token, note))), { ignoreUnknownFields: true })
      const answer = await askUnary(running.address, cerbosService.checkResources, request, EDGE_KEY).catch(() => undefined)
      return answer?.results[0]?.actions['tools/call/refund_issue'] === Effect.ALLOW
    },
  },
  {
    door: 'ext_mcp',
    gateway: { doors: ['ext_mcp'], ...PAYMENTS },
    ask: async (running, token, note) => {
      const request = create(McpRequestSchema, {
        serviceNames: ['payments-server'],
        method: 'tools/call',
        mcpRequest: Buffer.from(JSON.stringify({ name: 'refund_issue', arguments: refund(note) })),
        headers: [{ key: 'authorization', value: Buffer.from(`Bearer ${token}`) }],
      })
      return (await askUnary(running.address, extMcpService.checkRequest, request, EDGE_KEY)).result.case === 'pass'
    },
  },
]

let running: Running
afterEach(() => running.close())

async function start({ gateway, aud }: Door, spawnReader: () => ReturnType<ReturnType<typeof threadOf>>): Promise<string> {
  running = await startService({ gateways: [{ name: 'edge', ...gateway }] }, { metrics: noMetrics, tracing: noTracing, spawnReader })
  return await running.tokenFor(await running.makeTask(), aud === undefined ? {} : { aud })
}

describe.each(DOORS)('a large document of $door', (door) => {
  it('is decoded in a thread: other decisions are made meanwhile, and its own when it was', async () => {
    const gate = closedGate()
    const token = await start(door, gate.spawn)
    let isDecided = false
    const large = door.ask(running, token, LARGE).finally(() => {
      isDecided = true
    })
    for (let turn = 0; turn < 5; turn++) expect(await door.ask(running, token, 'small')).toBe(true)
    await expect.poll(gate.spawned).toBe(1)
    expect(isDecided).toBe(false)
    gate.open()
    expect(await large).toBe(true)
  })

  it('that there was no memory for is denied, and there is a record of it', async () => {
    const grow = `parentPort.on('message', () => { const all = []; for (;;) all.push(new Array(100000).fill({ n: all.length })) })`
    const token = await start(door, threadOf(grow, { resourceLimits: { maxOldGenerationSizeMb: 32 } }))
    expect(await door.ask(running, token, LARGE)).toBe(false)
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'deny', reason: 'body_unreadable', detail: 'too_large: reader_out_of_memory' })
  })

  it('whose thread ends is denied', async () => {
    const token = await start(door, threadOf(`parentPort.on('message', () => process.exit(1))`))
    expect(await door.ask(running, token, LARGE)).toBe(false)
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'deny', reason: 'state_unavailable', detail: 'reader_ended' })
  })

  it('is denied by its deadline while its thread does not come back, and there is a record of it', async () => {
    const gate = closedGate()
    const token = await start(door, gate.spawn)
    const large = door.ask(running, token, LARGE)
    await expect.poll(gate.spawned).toBe(1)
    running.clock.advance(1_000)
    expect(await large).toBe(false)
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'deny', reason: 'deadline_exceeded', detail: 'reader_late' })
    gate.open()
  })
})
