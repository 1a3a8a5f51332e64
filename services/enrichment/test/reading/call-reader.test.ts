import { afterAll, describe, expect, it } from 'vitest'
import type { HttpForm, Resource } from '@bailiwick/core'
import { deadlineIn } from '@bailiwick/core'
import { testClock } from '@bailiwick/kit/clock'
import { createCallReader, LARGE_BYTES } from '../../src/reading/call-reader.ts'
import type { CallReader } from '../../src/reading/call-reader.ts'
import { readCall } from '../../src/read/read-call.ts'
import { CHANNEL, MODELS, PAYMENTS } from '../fixtures.ts'
import { threadOf } from './gate.ts'

const clock = testClock()
const reader = createCallReader({ clock, warm: true })
afterAll(() => reader.close())

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
    const own = createCallReader({ clock, warm: false, spawn: threadOf(code, { resourceLimits: { maxOldGenerationSizeMb: 32 } }) })
    try {
      const read = Promise.resolve(own.read(LARGE_MODELS, post('/v1/chat/completions', CHAT), deadline()))
      if (denial === undefined) await expect(read).rejects.toThrow('a reading thread')
      else expect(await read).toEqual({ ok: false, denial, unread: { kind: 'unread', resourceKind: 'llm', dialect: 'openai_chat' } })
    } finally {
      await own.close()
    }
  })
})

describe('a large document of /v1', () => {
  const document = (call: object): Uint8Array => Buffer.from(JSON.stringify({ resource: 'payments', token: 't', ...call }))

  it('is decoded in a thread, and its body comes back as bytes', async () => {
    const decoded = await reader.decode(
      document({ http: { method: 'POST', path: '/mcp', headers: [], body: JSON.stringify(CALL) } }),
      1 << 24,
      CHANNEL,
      deadline(),
    )
    expect(decoded).toMatchObject({
      ok: true,
      question: { resourceHint: { from: 'request', value: 'payments' }, credential: { token: 't' }, channel: CHANNEL },
    })
    const { call } = 'ok' in decoded && decoded.ok ? decoded.question : { call: undefined }
    expect(call?.form === 'http' && Buffer.from(call.body as Uint8Array).toString()).toBe(JSON.stringify(CALL))
  })

  it('in the mcp form has params on which no name means anything yet', async () => {
    const decoded = await reader.decode(document({ mcp: { method: 'tools/call', version: '2025-06-18', params: CALL.params } }), 1 << 24, CHANNEL, deadline())
    const { call } = 'ok' in decoded && decoded.ok ? decoded.question : { call: undefined }
    const params = call?.form === 'mcp' ? call.params : undefined
    expect(params).toMatchObject({ name: 'refund_issue' })
    expect(Object.getPrototypeOf(params)).toBeNull()
  })

  it('that is malformed says what is wrong', async () => {
    expect(await reader.decode(Buffer.from(`{"a":"${NOTE}"}`), 1 << 24, CHANNEL, deadline())).toEqual({ ok: false, problem: 'unknown member' })
  })
})
