// Traces of the real product, as a collector on loopback receives them.
import { expect, it } from 'vitest'
import { startTraceCollector } from '@bailiwick/kit/trace-collector'
import { openTriageHouse } from './triage-house.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`

it('sends exchanges and decisions with their stages, under their decision ids, and nothing of tokens, tasks or calls', async () => {
  const collector = await startTraceCollector()
  const house = await openTriageHouse({ tracing: { url: collector.url, serviceName: 'bailiwick', ratio: 1 } })
  const { taskId, tokens } = await house.boot()
  const token = tokens.get('tickets') ?? ''
  const allowed = await house.decide('tickets', token, 'ticket_get', { traceparent: TRACEPARENT })
  const denied = await house.decide('tickets', token, 'ticket_comment')
  await house.close()
  await collector.close()

  expect([allowed.body['effect'], denied.body['effect']]).toEqual(['allow', 'deny'])
  const walks = collector.spans.filter(({ name }) => name === 'decision' || name === 'exchange')
  const told = walks.map(({ name, attributes }) => [name, ...attributes.map(({ value }) => value.stringValue)])
  expect(told).toEqual([
    ['exchange', expect.stringMatching(/^dec_/), 'allow'],
    ['decision', allowed.body['decision_id'], 'allow'],
    ['decision', denied.body['decision_id'], 'deny', 'policy_denied'],
  ])
  const childrenOf = (spanId: string | undefined): readonly string[] => collector.spans.filter((span) => span.parentSpanId === spanId).map(({ name }) => name)
  expect(childrenOf(walks[0]?.spanId)).toEqual(['client', 'subject', 'actor', 'state', 'profile', 'policy', 'sign', 'audit'])
  expect(childrenOf(walks[1]?.spanId)).toEqual(['token', 'read', 'state', 'profile', 'policy', 'audit'])
  expect(walks[1]).toMatchObject({ traceId: TRACE, parentSpanId: '00f067aa0ba902b7' })
  expect(walks[2]?.traceId).not.toBe(TRACE)

  const sent = collector.bodies.join('\n')
  for (const secret of [taskId, ...tokens.values(), 'eyJ', 'T-1042', 'ticket_get', 'spiffe', 'triage', 'task_']) expect(sent).not.toContain(secret)
}, 30_000)

it('sends nothing anywhere unless it is told where', async () => {
  const collector = await startTraceCollector()
  const house = await openTriageHouse()
  const { tokens } = await house.boot()
  const answer = await house.decide('tickets', tokens.get('tickets'), 'ticket_get', { traceparent: TRACEPARENT })
  await house.close()
  await collector.close()
  expect(answer.body['effect']).toBe('allow')
  expect(collector.bodies).toEqual([])
}, 30_000)
