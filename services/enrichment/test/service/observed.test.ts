// What the walk tells about itself: counted once per question, traced for gateways only, and never in the way of a decision.
import { afterEach, expect, it } from 'vitest'
import type { Decided, Metrics, Tracing, WalkEnd } from '@bailiwick/runtime'
import { noMetrics } from '@bailiwick/runtime'
import { startService } from './running.ts'
import type { Running } from './running.ts'

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const OWN = '00-4bf92f3577b34da6a3ce929d0e0e4736-1111111111111111-01'

interface Watched {
  readonly metrics: Metrics
  readonly tracing: Tracing
  readonly decided: Decided[]
  readonly begun: (string | undefined)[]
  readonly ended: WalkEnd[]
}

function watch(drawn: boolean): Watched {
  const decided: Decided[] = []
  const begun: (string | undefined)[] = []
  const ended: WalkEnd[] = []
  return {
    decided,
    begun,
    ended,
    metrics: { ...noMetrics, decided: (one) => decided.push(one) },
    tracing: {
      begin: (_walk, _id, parent) => {
        begun.push(parent)
        return drawn ? { traceparent: OWN, end: (end) => ended.push(structuredClone(end)) } : undefined
      },
      close: () => Promise.resolve(),
    },
  }
}

let running: Running | undefined
afterEach(async () => {
  await running?.close()
  running = undefined
})

it('counts one decision per question, with its reason, and a stranger too', async () => {
  const watched = watch(false)
  running = await startService({}, watched)
  const token = await running.tokenFor(await running.makeTask())
  await running.check({ token })
  await running.check({ token, resource: 'crm' })
  await running.check({ token, key: 'wrong' })
  await running.post('/v1/decide', { resource: 'payments', mcp: { method: 'ping', version: '2025-06-18' } })
  expect(watched.decided.map(({ plane, effect, reason }) => [plane, effect, reason])).toEqual([
    ['gateways', 'allow', undefined],
    ['gateways', 'deny', 'wrong_resource'],
    ['gateways', 'deny', 'gateway_unauthenticated'],
    ['gateways', 'deny', 'token_missing'],
  ])
})

it('counts a decision the deadline ended once', async () => {
  const watched = watch(true)
  running = await startService({}, watched)
  const token = await running.tokenFor(await running.makeTask())
  const release = running.profiles.hold()
  const asked = running.check({ token })
  await expect.poll(() => running?.profiles.asked.length).toBe(1)
  running.clock.advance(1_000)
  await asked
  release()
  await expect.poll(() => watched.decided.length).toBe(1)
  expect(watched.decided).toMatchObject([{ effect: 'deny', reason: 'deadline_exceeded' }])
  expect(watched.ended).toHaveLength(1)
})

it("passes the gateway's traceparent on to the policy where the walk is not traced", async () => {
  const watched = watch(false)
  running = await startService({}, watched)
  const token = await running.tokenFor(await running.makeTask())
  await running.check({ token, headers: { traceparent: TRACEPARENT } })
  await running.check({ token, headers: { traceparent: 'anything' } })
  await running.check({ token })
  expect(watched.begun).toEqual([TRACEPARENT, undefined, undefined])
  expect(running.decider.questions.map(({ traceparent }) => traceparent)).toEqual([TRACEPARENT, undefined, undefined])
})

it('asks the policy below its own span where the walk is traced, and ends the span with the stages in order', async () => {
  const watched = watch(true)
  running = await startService({}, watched)
  const token = await running.tokenFor(await running.makeTask())
  await running.check({ token, headers: { traceparent: TRACEPARENT } })
  expect(running.decider.questions.map(({ traceparent }) => traceparent)).toEqual([OWN])
  expect(watched.ended).toMatchObject([{ effect: 'allow', reason: undefined }])
  expect(Object.keys(watched.ended[0]?.stages ?? {})).toEqual(['token', 'read', 'state', 'profile', 'policy', 'audit'])
})

it('ends no span for a stranger: its walks would fill the collector', async () => {
  const watched = watch(true)
  running = await startService({}, watched)
  const token = await running.tokenFor(await running.makeTask())
  await running.check({ token, key: 'wrong', headers: { traceparent: TRACEPARENT } })
  expect(watched.decided).toHaveLength(1)
  expect(watched.ended).toEqual([])
})

it('decides the same for a traced call as for another', async () => {
  running = await startService({}, watch(true))
  const token = await running.tokenFor(await running.makeTask())
  const plain = await running.check({ token })
  const traced = await running.check({ token, headers: { traceparent: TRACEPARENT } })
  const { 'x-bailiwick-decision': _one, ...rest } = plain.headers
  const { 'x-bailiwick-decision': _other, ...same } = traced.headers
  expect(same).toEqual(rest)
  expect(traced.kind).toBe('ok')
})
