import { metrics as globals } from '@opentelemetry/api'
import { afterEach, expect, it } from 'vitest'
import { DENIALS, REVOCATION_KINDS, systemClock } from '@bailiwick/core'
import type { DenialReason } from '@bailiwick/core'
import { testClock } from '@bailiwick/kit/clock'
import { openMetrics, reasonClassOf } from '../../src/index.ts'
import type { Metrics, ProcessMetrics } from '../../src/index.ts'

const opened: ProcessMetrics[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

async function open(): Promise<ProcessMetrics> {
  const made = await openMetrics({ clock: testClock(), version: '1.2.3' })
  opened.push(made)
  return made
}

const REASONS = Object.keys(DENIALS).filter((key): key is DenialReason => Object.hasOwn(DENIALS, key))
const allowed = { plane: 'gateways', effect: 'allow', reason: undefined, ms: 1.7 } as const

function seriesOf(text: string, name: string): readonly string[] {
  return text.split('\n').filter((line) => line.startsWith(name))
}

it('puts every reason of the vocabulary into one of a few classes', () => {
  const classes = new Set(REASONS.map(reasonClassOf))
  expect([...classes].toSorted()).toEqual(['caller', 'policy', 'profile', 'request', 'task', 'token', 'unavailable'])
  expect(reasonClassOf(undefined)).toBe('none')
})

it('calls every reason that somebody failed to establish unavailable, and no other', () => {
  const found = REASONS.filter((reason) => reasonClassOf(reason) === 'unavailable')
  expect(found.toSorted()).toEqual(REASONS.filter((reason) => reason.endsWith('_unavailable') || reason === 'deadline_exceeded').toSorted())
})

it('has a finite number of series whatever the services say', async () => {
  const metrics = await open()
  for (const plane of ['agents', 'gateways', 'operators'] as const)
    for (const effect of ['allow', 'deny', 'shadow_allow'] as const)
      for (const reason of [undefined, ...REASONS]) metrics.decided({ plane, effect, reason, ms: 1 })
  for (const kind of [...REVOCATION_KINDS, 'token'] as const)
    for (const status of ['confirmed', 'unconfirmed', 'unknown'] as const) metrics.revoked(kind, status)
  const text = await metrics.render()
  expect(seriesOf(text, 'bailiwick_decisions_total{')).toHaveLength(3 * 3 * 8)
  expect(seriesOf(text, 'bailiwick_decision_duration_seconds_count')).toHaveLength(3)
  expect(seriesOf(text, 'bailiwick_revocations_total{')).toHaveLength(10 * 3)
})

it.each<[string, string, (metrics: Metrics, text: string) => void]>([
  ['a fault code of the store', 'bailiwick_store_errors_total{', (metrics, text) => metrics.storeFailed(text)],
  ['a fault code of the journal', 'bailiwick_audit_refused_total{', (metrics, text) => metrics.auditRefused(text)],
  ['the name of a source', 'bailiwick_enrichment_duration_seconds_count{', (metrics, text) => metrics.enriched({ source: text, outcome: 'fresh', ms: 1 })],
])('takes %s for a label only where it is a word, and no more than 64 of them', async (_what, series, say) => {
  const metrics = await open()
  for (const text of ['eyJhbGciOiJFUzI1NiJ9.e30.c2ln', 'corp:alice', 'task_01932c1e-1111-7111-8111-111111111111"} 1\nevil 1', '', 'x'.repeat(49)])
    say(metrics, text)
  expect(seriesOf(await metrics.render(), series).map((line) => line.replace(/^.*(?:code|source)="([^"]*)".* (\d+)$/, '$1 $2'))).toEqual(['other 5'])
  for (let i = 0; i < 200; i++) say(metrics, `code_${i}`)
  expect(seriesOf(await metrics.render(), series)).toHaveLength(65)
})

it('measures decisions finely from half a millisecond to beyond the longest deadline', async () => {
  const metrics = await open()
  metrics.decided(allowed)
  const buckets = seriesOf(await metrics.render(), 'bailiwick_decision_duration_seconds_bucket').map((line) => /le="([^"]+)"/.exec(line)?.[1])
  expect(buckets).toEqual([
    '0.0005',
    '0.001',
    '0.0015',
    '0.002',
    '0.003',
    '0.005',
    '0.01',
    '0.015',
    '0.025',
    '0.05',
    '0.1',
    '0.15',
    '0.25',
    '0.5',
    '1',
    '2.5',
    '+Inf',
  ])
  expect(await metrics.render()).toContain('bailiwick_decision_duration_seconds_bucket{plane="gateways",le="0.0015"} 0\n')
  expect(await metrics.render()).toContain('bailiwick_decision_duration_seconds_bucket{plane="gateways",le="0.002"} 1\n')
})

it('starts the series that alerts are about at zero', async () => {
  const text = await (await open()).render()
  expect(text).toContain('\nbailiwick_policy_mismatch_errors_total 0\n')
  for (const [name, count] of [
    ['token_exchanges', 4],
    ['revocations', 30],
    ['decisions', 3],
  ] as const) {
    expect(seriesOf(text, `bailiwick_${name}_total{`).map((line) => line.split(' ').at(-1))).toEqual(Array.from({ length: count }, () => '0'))
  }
  expect(seriesOf(text, 'bailiwick_decisions_total{').every((line) => line.includes('reason_class="unavailable"'))).toBe(true)
  expect(text).toContain(`bailiwick_build_info{version="1.2.3",node="${process.versions.node}"} 1\n`)
})

it('asks for the depth of the audit queue when it is read', async () => {
  const metrics = await open()
  let depth = 0
  metrics.watchAuditQueue(() => depth)
  depth = 7
  expect(await metrics.render()).toContain('\nbailiwick_audit_queue_depth 7\n')
})

it('notices an event loop that is late', async () => {
  const metrics = await openMetrics({ clock: systemClock, version: '1' })
  opened.push(metrics)
  const until = performance.now() + 90
  while (performance.now() < until);
  await new Promise((resolve) => setTimeout(resolve, 60))
  const onTime = /le="0\.025"\} (\d+)/.exec(seriesOf(await metrics.render(), 'bailiwick_event_loop_lag_seconds_bucket{le="0.025"}')[0] ?? '')?.[1]
  const all = /_count (\d+)/.exec(seriesOf(await metrics.render(), 'bailiwick_event_loop_lag_seconds_count')[0] ?? '')?.[1]
  expect(Number(all)).toBeGreaterThan(Number(onTime))
})

it('keeps two processes in one apart, and leaves the global of the API alone', async () => {
  const [one, other] = [await open(), await open()]
  one.decided(allowed)
  expect(await one.render()).toContain('effect="allow"')
  expect(await other.render()).not.toContain('effect="allow"')
  const elsewhere = globals.getMeter('elsewhere').createCounter('bailiwick_elsewhere_total')
  elsewhere.add(1)
  expect((await one.render()) + (await other.render())).not.toContain('elsewhere')
})
