// While one body of megabytes is read, other decisions go on: the thread that reads it is held for as long as the test likes.
import { afterEach, describe, expect, it } from 'vitest'
import { noMetrics, noTracing } from '@bailiwick/runtime'
import { closedGate, threadOf } from '../reading/gate.ts'
import { EDGE_KEY, startService } from './running.ts'
import type { Answer, Running } from './running.ts'

const CHAT = Buffer.from(JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'x'.repeat(1024 * 1024) }] }))

let running: Running
afterEach(() => running.close())

async function askModel(): Promise<Answer> {
  const task = await running.makeTask()
  const token = await running.tokenFor(task, { aud: 'https://llm.example.com/v1' })
  return await running.check({ resource: 'models', token, http: { path: '/v1/chat/completions', rawBody: CHAT, size: BigInt(CHAT.length) } })
}

async function askTool(): Promise<Answer> {
  return await running.check({ token: await running.tokenFor(await running.makeTask()) })
}

describe('while a large body is read', () => {
  it('other decisions are made, and it is decided when it was read', async () => {
    const gate = closedGate()
    running = await startService({}, { metrics: noMetrics, tracing: noTracing, spawnReader: gate.spawn })
    const large = askModel()
    let isDecided = false
    void large.then(() => {
      isDecided = true
    })
    for (let at = 0; at < 20; at++) expect(await askTool()).toMatchObject({ kind: 'ok' })
    expect(gate.spawned()).toBe(1)
    expect(isDecided).toBe(false)
    gate.open()
    expect(await large).toMatchObject({ kind: 'ok' })
    expect(running.decider.questions.at(-1)).toMatchObject({ items: [{ resource: { id: 'gpt-4o-mini' } }] })
  })

  it('a revocation in the meantime denies it', async () => {
    const gate = closedGate()
    running = await startService({}, { metrics: noMetrics, tracing: noTracing, spawnReader: gate.spawn })
    const task = await running.makeTask()
    const token = await running.tokenFor(task, { aud: 'https://llm.example.com/v1' })
    const large = running.check({ resource: 'models', token, http: { path: '/v1/chat/completions', rawBody: CHAT, size: BigInt(CHAT.length) } })
    await askTool()
    await running.revoke(task)
    gate.open()
    expect(await large).toMatchObject({ kind: 'denied', metadata: { reason: 'task_revoked' } })
  })

  it('its deadline answers for it', async () => {
    const gate = closedGate()
    running = await startService({}, { metrics: noMetrics, tracing: noTracing, spawnReader: gate.spawn })
    const large = askModel()
    await expect.poll(gate.spawned).toBe(1)
    running.clock.advance(1_000)
    expect(await large).toMatchObject({ kind: 'denied', metadata: { reason: 'deadline_exceeded' } })
    expect(running.journal.records.at(-1)).toMatchObject({ reason: 'deadline_exceeded', detail: 'while_reading' })
    gate.open()
  })

  it('has the time its size takes beside the time of a decision', async () => {
    const gate = closedGate()
    running = await startService({}, { metrics: noMetrics, tracing: noTracing, spawnReader: gate.spawn })
    let isDecided = false
    const large = askModel().finally(() => {
      isDecided = true
    })
    await expect.poll(gate.spawned).toBe(1)
    // A megabyte: 150 ms and 19 of reading.
    running.clock.advance(160)
    for (let at = 0; at < 5; at++) await askTool()
    expect(isDecided).toBe(false)
    gate.open()
    expect(await large).toMatchObject({ kind: 'ok' })
  })

  it('a thread that ends denies, in the words of the provider, and the next one is read', async () => {
    let first = true
    const gate = closedGate()
    gate.open()
    running = await startService(
      {},
      {
        metrics: noMetrics,
        tracing: noTracing,
        spawnReader: () => {
          if (!first) return gate.spawn()
          first = false
          return threadOf(`parentPort.on('message', () => process.exit(1))`)()
        },
      },
    )
    expect(await askModel()).toMatchObject({ kind: 'denied', status: 403, metadata: { reason: 'state_unavailable' } })
    expect(await askModel()).toMatchObject({ kind: 'ok' })
  })

  it('a document of /v1 is decoded there too', async () => {
    const gate = closedGate()
    running = await startService({}, { metrics: noMetrics, tracing: noTracing, spawnReader: gate.spawn })
    const token = await running.tokenFor(await running.makeTask(), { aud: 'https://llm.example.com/v1' })
    const document = {
      resource: 'models',
      token,
      http: { method: 'POST', path: '/v1/chat/completions', headers: [['content-type', 'application/json']], body: CHAT.toString() },
    }
    const large = running.post('/v1/decide', document, { 'x-bailiwick-gateway-key': EDGE_KEY })
    expect(await askTool()).toMatchObject({ kind: 'ok' })
    gate.open()
    expect((await large).body).toMatchObject({ effect: 'allow' })
  })
})
