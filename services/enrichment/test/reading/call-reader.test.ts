import { fromJson, toBinary } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { HttpForm, Resource } from '@bailiwick/core'
import { deadlineIn, LARGE_BYTES } from '@bailiwick/core'
import { testClock } from '@bailiwick/kit/clock'
import { CheckResourcesRequestSchema, PlanResourcesRequestSchema } from '@bailiwick/wire'
import { createDeadlineWatch } from '../../src/decide/deadline-watch.ts'
import { createCallReader } from '../../src/reading/call-reader.ts'
import type { CallReader } from '../../src/reading/call-reader.ts'
import { DECODERS } from '../../src/reading/documents.ts'
import type { DocumentKind } from '../../src/reading/documents.ts'
import { readCall } from '../../src/read/read-call.ts'
import { MODELS, PAYMENTS } from '../fixtures.ts'
import { threadOf } from './gate.ts'

const clock = testClock()
const deadlines = createDeadlineWatch(clock)
const reader = createCallReader({ clock, deadlines })
beforeAll(() => vi.waitUntil(() => reader.isWarm(), { timeout: 60_000 }), 60_000)
afterAll(async () => {
  deadlines.close()
  await reader.close()
})

const NOTE = 'x'.repeat(LARGE_BYTES)
const deadline = () => deadlineIn(clock, 1_000)

function post(path: string, body: unknown): HttpForm {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return {
    form: 'http',
    method: 'POST',
    path,
    headers: [
      ['content-type', 'application/json'],
      ['mcp-protocol-version', '2025-06-18'],
    ],
    body: bytes,
  }
}

const CALL = {
  jsonrpc: '2.0',
  id: 7,
  method: 'tools/call',
  params: { name: 'refund_issue', arguments: { ticket_id: 'T-1042', note: NOTE, lines: [{ sku: 'A' }] } },
}
const CHAT = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: NOTE }] }
const LARGE_MODELS: Resource = { ...MODELS, maxBodyBytes: 16 * 1024 * 1024 }

async function readBoth(resource: Resource, form: () => HttpForm, by: CallReader = reader): Promise<readonly [unknown, unknown]> {
  return [await by.read(resource, form(), deadline()), readCall(resource, form())]
}

describe('a large body', () => {
  it.each([
    ['an MCP call', PAYMENTS, '/mcp', CALL],
    ['a model call', LARGE_MODELS, '/v1/chat/completions', CHAT],
    ['not strict JSON', PAYMENTS, '/mcp', `${JSON.stringify(CALL)}x`],
    ['a batch', PAYMENTS, '/mcp', [CALL]],
    ['a model call that names no model', LARGE_MODELS, '/v1/chat/completions', { ...CHAT, model: 1 }],
    ['a path nobody reads', LARGE_MODELS, '/v1/nothing', CHAT],
  ])('%s is read in a thread as it would be here', async (_what, resource, path, body) => {
    const [there, here] = await readBoth(resource, () => post(path, body))
    expect(there).toEqual(here)
  })

  it('that a gateway made text of is known there to have lost bytes', async () => {
    const lossy = { ...post('/mcp', JSON.stringify(CALL).replace('xx', 'x\uFFFDx')), isText: true } as const
    expect(await reader.read(PAYMENTS, lossy, deadline())).toMatchObject({ ok: false, denial: { reason: 'body_unreadable', problem: 'encoding' } })
  })

  it('gives arguments on which no name means anything yet', async () => {
    const read = await reader.read(PAYMENTS, post('/mcp', CALL), deadline())
    const given = read.ok && read.call.kind === 'mcp' && read.call.arguments !== 'unseen' ? read.call.arguments : undefined
    expect(given).toBeDefined()
    expect(Object.getPrototypeOf(given)).toBeNull()
    expect(JSON.stringify(given?.['lines'])).toBe('[{"sku":"A"}]')
    expect([given?.['lines']].flat(2).map((line): unknown => Object.getPrototypeOf(line))).toEqual([null])
  })

  it('is handed over, and a part of a larger buffer is left with its owner', async () => {
    const own = post('/mcp', CALL)
    await reader.read(PAYMENTS, own, deadline())
    expect(own.body.length).toBe(0)
    const shared = new Uint8Array(4 * LARGE_BYTES)
    const whole = Buffer.from(JSON.stringify(CALL))
    shared.set(whole)
    const part = { ...own, body: shared.subarray(0, whole.length) }
    expect(await reader.read(PAYMENTS, part, deadline())).toMatchObject({ ok: true })
    expect(shared.length).toBe(4 * LARGE_BYTES)
  })

  it('over the limit of its resource is refused by its length, without a thread', () => {
    expect(reader.read({ ...PAYMENTS, maxBodyBytes: LARGE_BYTES }, post('/mcp', CALL), deadline())).toMatchObject({
      ok: false,
      denial: { reason: 'body_unreadable', problem: 'too_large' },
    })
  })

  it.each([
    ['ends is a fault of ours', `parentPort.on('message', () => process.exit(1))`, undefined],
    ['answers something else is one too', `parentPort.on('message', () => parentPort.postMessage({ kind: 'document', decoded: {} }))`, undefined],
    [
      'needs more memory than it may is too large',
      `parentPort.on('message', () => { const all = []; for (;;) all.push(new Array(100000).fill({ n: all.length })) })`,
      { reason: 'body_unreadable', problem: 'too_large', detail: 'reader_out_of_memory' },
    ],
  ])('whose thread %s', async (_what, code, denial) => {
    const own = createCallReader({ clock, deadlines, spawn: threadOf(code, { resourceLimits: { maxOldGenerationSizeMb: 32 } }) })
    try {
      const read = Promise.resolve(own.read(LARGE_MODELS, post('/v1/chat/completions', CHAT), deadline()))
      if (denial === undefined) await expect(read).rejects.toThrow('a reading thread')
      else expect(await read).toEqual({ ok: false, denial, unread: { kind: 'unread', resourceKind: 'llm', dialect: 'openai_chat' } })
    } finally {
      await own.close()
    }
  })
})

const LARGE = 1 << 24
const encoded = (document: object): Uint8Array => Buffer.from(JSON.stringify(document))
const V1 = { resource: 'payments', token: 't' }
const CHECK = {
  requestId: 'r-1',
  resources: [
    {
      actions: ['tools/call/refund_issue'],
      resource: { kind: 'mcp:payments', id: 'refund_issue', attr: { arguments: { note: NOTE, lines: [{ sku: 'A' }] } } },
    },
  ],
  auxData: { jwt: { token: 't' } },
}
const PLAN = {
  requestId: 'r-1',
  actions: ['tools/call/refund_issue'],
  resource: { kind: 'mcp:payments', attr: { arguments: { note: NOTE, lines: [{ sku: 'A' }] } } },
  auxData: { jwt: { token: 't' } },
}
const EVALUATION = {
  subject: { type: 'user', id: 'alice' },
  resource: { type: 'tool', id: 'refund_issue', properties: { arguments: { note: NOTE, lines: [{ sku: 'A' }] } } },
  action: { name: 'tools/call' },
}
const DOCUMENTS: readonly [DocumentKind, Uint8Array][] = [
  ['v1', encoded({ ...V1, http: { method: 'POST', path: '/mcp', headers: [], body: JSON.stringify(CALL) } })],
  ['v1', encoded({ ...V1, mcp: { method: 'tools/call', version: '2025-06-18', params: CALL.params } })],
  ['v1', encoded({ a: NOTE })],
  ['guardrail', encoded({ input_type: 'request', model: 'm', tools: [{ type: 'function', function: { name: 'f' } }], texts: [NOTE] })],
  ['evaluation', encoded(EVALUATION)],
  ['evaluations', encoded({ ...EVALUATION, evaluations: [{}, { action: { name: 'tools/list' } }] })],
  ['evaluation', encoded({ note: NOTE })],
  ['check', encoded(CHECK)],
  ['check', encoded({ note: NOTE })],
  ['check_message', toBinary(CheckResourcesRequestSchema, fromJson(CheckResourcesRequestSchema, CHECK))],
  ['check_message', new Uint8Array(LARGE_BYTES + 1).fill(0xff)],
  ['plan', encoded(PLAN)],
  ['plan', encoded({ note: NOTE })],
  ['plan_message', toBinary(PlanResourcesRequestSchema, fromJson(PlanResourcesRequestSchema, PLAN))],
  ['plan_message', new Uint8Array(LARGE_BYTES + 1).fill(0xff)],
  ['params', encoded(CALL.params)],
  ['params', Buffer.from(`{"a":"${NOTE}","a":1}`)],
]

describe('a large document of a door', () => {
  it.each(DOCUMENTS)('is decoded in a thread to what it would be here: %s', async (document, bytes) => {
    const here = { ok: true, value: DECODERS[document](Uint8Array.from(bytes), LARGE) }
    const there = await reader.decode(document, Uint8Array.from(bytes), LARGE, deadline())
    expect(JSON.stringify(there, plainly) === JSON.stringify(here, plainly)).toBe(true)
    // On what a caller wrote no name may mean anything yet.
    expect(bareIn(there)).toEqual(expect.arrayContaining([...bareIn(here)]))
  })

  it('that is not large is decoded at once', () => {
    expect(reader.decode('params', encoded({ a: 1 }), LARGE, deadline())).toEqual({ ok: true, value: { a: 1 } })
  })

  it('over its limit is refused by its length, without a thread', () => {
    expect(reader.decode('params', encoded({ note: NOTE }), 1000, deadline())).toEqual({ ok: true, value: 'unreadable' })
  })

  it('is waited for no longer than its deadline, whatever its thread does', async () => {
    const own = createCallReader({ clock, deadlines, spawn: threadOf(`parentPort.on('message', () => {})`) })
    const late = own.decode('params', encoded({ note: NOTE }), LARGE, deadline())
    clock.advance(1_000)
    expect(await late).toEqual({ ok: false, denial: { reason: 'deadline_exceeded', detail: 'reader_late' } })
    await own.close()
  })

  it('finds the line full', async () => {
    const own = createCallReader({ clock, deadlines, spawn: threadOf(`parentPort.on('message', () => {})`) })
    const ask = () => Promise.resolve(own.decode('guardrail', encoded({ texts: [NOTE] }), LARGE, deadline()))
    const running = Promise.allSettled(Array.from({ length: 16 }, ask))
    expect(await ask()).toEqual({ ok: false, denial: { reason: 'deadline_exceeded', detail: 'reader_busy' } })
    await own.close()
    const ended = { status: 'fulfilled', value: { ok: false, denial: { reason: 'state_unavailable', detail: 'reader_ended' } } }
    expect(await running).toEqual(Array.from({ length: (await running).length }, () => ended))
  })

  it('that a thread answered with another one is a fault of ours', async () => {
    const own = createCallReader({
      clock,
      deadlines,
      spawn: threadOf(`parentPort.on('message', () => parentPort.postMessage({ kind: 'document', document: 'v1', decoded: { ok: false, problem: '' } }))`),
    })
    expect(await own.decode('params', encoded({ note: NOTE }), LARGE, deadline())).toMatchObject({ ok: false, denial: { reason: 'state_unavailable' } })
    await own.close()
  })
})

/** One form for bytes, whatever they are seen through, and for members in any order. */
function plainly(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  if ('type' in value && value.type === 'Buffer' && 'data' in value && Array.isArray(value.data)) return Buffer.from(value.data).toString('latin1')
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** Where the objects without a prototype are. */
function bareIn(value: unknown, path = ''): readonly string[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return []
  const own = Object.getPrototypeOf(value) === null ? [path] : []
  return [...own, ...Object.entries(value).flatMap(([key, member]) => bareIn(member, `${path}/${key}`))]
}
