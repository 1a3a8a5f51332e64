import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { trace } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testClock } from '@bailiwick/kit/clock'
import { silentLog } from '@bailiwick/kit/silent-log'
import { startTraceCollector } from '@bailiwick/kit/trace-collector'
import type { CollectedSpan, TraceCollector } from '@bailiwick/kit/trace-collector'
import { noTracing, openTracing, traceparentIn } from '../../src/index.ts'
import type { Tracing } from '../../src/index.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`
const clock = testClock()

let collector: TraceCollector
let logged: ReturnType<typeof silentLog>
beforeEach(async () => {
  collector = await startTraceCollector()
  logged = silentLog()
})
afterEach(() => collector.close())

function openAt(url: string, ratio = 1): Promise<Tracing> {
  return openTracing({ url, serviceName: 'bailiwick', ratio }, { clock, log: logged.log, version: '1' })
}

const named = (name: string): CollectedSpan | undefined => collector.spans.find((span) => span.name === name)
const nanos = (ms: number, us: number): string => String(BigInt(Math.round(ms * 1000) + us) * 1000n)

describe('off', () => {
  it('is what tracing is without settings, or with none of the walks drawn: the same do-nothing', async () => {
    const deps = { clock, log: logged.log, version: '1' }
    expect(await openTracing(undefined, deps)).toBe(noTracing)
    expect(await openAt(collector.url, 0)).toBe(noTracing)
    expect(noTracing.begin('decision', 'dec_1', PARENT)).toBeUndefined()
  })

  it('loads nothing of the SDK, whatever the environment of the process says', () => {
    const code = `
      import { registerHooks } from 'node:module'
      const loaded = []
      registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context) } })
      const { openTracing, noTracing } = await import('./src/index.ts')
      const tracing = await openTracing(undefined, {})
      console.log(tracing === noTracing, loaded.length > 0, loaded.filter((url) => url.includes('opentelemetry')).length)`
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' },
      encoding: 'utf8',
    })
    expect(run.stdout.trim(), run.stderr).toBe('true true 0')
  })
})

describe('on', () => {
  it('sends a walk with its stages, one after the other, below what the gateway sent', async () => {
    const tracing = await openAt(collector.url)
    const span = tracing.begin('decision', 'dec_1', PARENT)
    const startMs = clock.nowMs()
    expect(span?.traceparent).toMatch(new RegExp(`^00-${TRACE}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`))
    clock.advance(2)
    span?.end({ effect: 'deny', reason: 'policy_denied', stages: { token: 100, state: 50, policy: 700 } })
    await tracing.close()

    const walk = named('decision')
    expect(walk).toMatchObject({
      traceId: TRACE,
      parentSpanId: '00f067aa0ba902b7',
      startTimeUnixNano: nanos(startMs, 0),
      endTimeUnixNano: nanos(startMs, 2000),
    })
    expect(walk?.attributes).toEqual([
      { key: 'bailiwick.decision.id', value: { stringValue: 'dec_1' } },
      { key: 'bailiwick.decision.effect', value: { stringValue: 'deny' } },
      { key: 'bailiwick.decision.reason', value: { stringValue: 'policy_denied' } },
    ])
    // A refusal is no error.
    expect(walk?.status?.code ?? 0).toBe(0)
    expect(collector.spans.map(({ name }) => name).toSorted()).toEqual(['decision', 'policy', 'state', 'token'])
    for (const stage of ['token', 'state', 'policy']) expect(named(stage)).toMatchObject({ traceId: TRACE, parentSpanId: walk?.spanId, attributes: [] })
    expect(named('state')).toMatchObject({ startTimeUnixNano: nanos(startMs, 100), endTimeUnixNano: nanos(startMs, 150) })
    expect(named('policy')).toMatchObject({ startTimeUnixNano: nanos(startMs, 150), endTimeUnixNano: nanos(startMs, 850) })
  })

  it.each([
    ['nothing', undefined],
    ['words', 'anything'],
    ['zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['a version that cannot be', `ff-${TRACE}-00f067aa0ba902b7-01`],
    ['capitals', PARENT.toUpperCase()],
    ['a second line', `${PARENT}\r\nx: y`],
  ])('begins a trace of its own where %s was sent for a parent', async (_what, parent) => {
    const tracing = await openAt(collector.url)
    tracing.begin('exchange', 'dec_1', parent)?.end({ effect: 'allow', reason: undefined, stages: {} })
    await tracing.close()
    expect(named('exchange')?.traceId).not.toBe(TRACE)
    expect(named('exchange')?.parentSpanId ?? '').toBe('')
  })

  it('does not let the caller say that it is not to be traced', async () => {
    const tracing = await openAt(collector.url)
    tracing.begin('decision', 'dec_1', `00-${TRACE}-00f067aa0ba902b7-00`)?.end({ effect: 'allow', reason: undefined, stages: {} })
    await tracing.close()
    expect(named('decision')?.traceId).toBe(TRACE)
  })

  it('draws each walk by itself, whatever trace it is part of', async () => {
    const tracing = await openAt(collector.url, 0.5)
    const drawn = Array.from({ length: 400 }, () => tracing.begin('decision', 'dec_1', PARENT)).filter((span) => span !== undefined).length
    await tracing.close()
    expect(drawn).toBeGreaterThan(100)
    expect(drawn).toBeLessThan(300)
  })

  it('marks what could not be established as an error', async () => {
    const tracing = await openAt(collector.url)
    tracing.begin('decision', 'dec_1', undefined)?.end({ effect: 'deny', reason: 'state_unavailable', stages: {} })
    await tracing.close()
    expect(named('decision')?.status?.code).toBe(2)
  })

  it('says once that the collector does not take them, and goes on', async () => {
    collector.fail(400)
    const tracing = await openAt(collector.url)
    for (let i = 0; i < 600; i++) tracing.begin('decision', `dec_${i}`, undefined)?.end({ effect: 'allow', reason: undefined, stages: {} })
    await tracing.close()
    expect(collector.bodies.length).toBeGreaterThan(1)
    expect(logged.lines.filter((line) => line.includes('traces could not be sent'))).toHaveLength(1)
    expect(logged.lines.join('')).not.toContain('127.0.0.1')
  })

  it('leaves the global of the API alone', async () => {
    const tracing = await openAt(collector.url)
    const elsewhere = trace.getTracer('elsewhere').startSpan('elsewhere')
    elsewhere.end()
    await tracing.close()
    expect(elsewhere.isRecording()).toBe(false)
    expect(named('elsewhere')).toBeUndefined()
  })
})

describe('the traceparent of a request', () => {
  it.each<[string, readonly (readonly [string, string])[], string | undefined]>([
    ['is taken as it is', [['traceparent', PARENT]], PARENT],
    ['is nothing where there is none', [['x-request-id', '1']], undefined],
    [
      'is nothing where there are two',
      [
        ['traceparent', PARENT],
        ['traceparent', PARENT],
      ],
      undefined,
    ],
    ['is nothing where it has another form', [['traceparent', `${PARENT}-more`]], undefined],
  ])('%s', (_what, headers, expected) => {
    expect(traceparentIn(headers)).toBe(expected)
  })
})
