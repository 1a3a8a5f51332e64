// The numbers of one process, held by the OpenTelemetry SDK and read as Prometheus text. Opens no port and registers nothing globally.
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { REVOCATION_KINDS } from '@bailiwick/core'
import { createBoundedLabel } from './bounded-label.ts'
import { watchEventLoopLag } from './event-loop-lag.ts'
import type { Canaried, Decided, ExchangeOutcome, Plane, Reported, RevocationStatus } from './metrics.ts'
import type { MetricsOptions, ProcessMetrics } from './open-metrics.ts'
import { reasonClassOf } from './reason-class.ts'
import type { ReasonClass } from './reason-class.ts'
import { createTally } from './tally.ts'

/** From half a millisecond to past the longest deadline; finest around the budgets of a decision (2, 15 and 25 ms). */
const DURATIONS = [0.0005, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5]
/** A check takes tens of microseconds; beyond a second something is broken. */
const PROPAGATIONS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]
const LAGS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

export function createOtelMetrics({ clock, version }: MetricsOptions): ProcessMetrics {
  const reader = new PrometheusExporter({ preventServerStart: true })
  const provider = new MeterProvider({ readers: [reader] })
  // No `target_info`, no scope labels: what runs here is in `bailiwick_build_info`.
  const serializer = new PrometheusSerializer(undefined, false, undefined, true, true)
  const meter = provider.getMeter('bailiwick')
  const counter = (name: string, description: string): ReturnType<typeof meter.createCounter> => meter.createCounter(name, { description })
  const histogram = (name: string, description: string, boundaries: number[]): ReturnType<typeof meter.createHistogram> =>
    meter.createHistogram(name, { description, advice: { explicitBucketBoundaries: boundaries } })

  const decisions = createTally(meter, 'bailiwick_decisions_total', 'Decisions: calls at the gateways, exchanges at the agents plane, acts at control.')
  const decided = (plane: Plane, effect: Decided['effect'], reasonClass: ReasonClass, by: number): void =>
    decisions(`${plane} ${effect} ${reasonClass}`, by, () => ({ effect, plane, reason_class: reasonClass }))
  const durations = histogram('bailiwick_decision_duration_seconds', 'From the question to the answer, durable record included.', DURATIONS)
  const exchanges = counter('bailiwick_token_exchanges_total', 'Token exchanges by outcome; a batch is one.')
  const enrichments = histogram('bailiwick_enrichment_duration_seconds', 'How long one profile source took, the memory of it included.', DURATIONS)
  const revocations = counter('bailiwick_revocations_total', 'Revocations by what they end and by what their caller was told.')
  const storeErrors = counter('bailiwick_store_errors_total', 'Faults of the task store.')
  const refused = counter('bailiwick_audit_refused_total', 'Audit records the journal did not take; what they were for was not allowed.')
  const propagation = histogram(
    'bailiwick_revocation_propagation_seconds',
    'From the confirmation of an ended canary token to the end of the first check on this node that denies it.',
    PROPAGATIONS,
  )
  const canaries = counter('bailiwick_revocation_canary_total', 'Rounds of the revocation canary of this node.')
  const reports = counter('bailiwick_reports_total', 'Reports of this node to each control by what came of them.')
  const shipped = counter('bailiwick_shipped_records_total', 'Audit records of this node that control took; one that was sent twice counts twice.')
  const mismatches = counter('bailiwick_policy_mismatch_errors_total', 'Questions the policies could not be applied to.')
  const comparisons = counter('bailiwick_tools_compared_total', 'How often a server was asked whether it still lists its tools as they were pinned.')
  const changed = meter.createGauge('bailiwick_tools_changed', { description: 'Tools of a resource that are not listed as they were pinned.' })
  const lag = histogram('bailiwick_event_loop_lag_seconds', 'How late the event loop was, 20 times a second.', LAGS)
  const queue = meter.createObservableGauge('bailiwick_audit_queue_depth', { description: 'Audit records waiting to be written.' })
  const build = meter.createObservableGauge('bailiwick_build_info', { description: 'Always 1: which version runs, on which Node.js.' })
  build.addCallback((result) => result.observe(1, { version, node: process.versions.node }))

  // What alerts wait for is 0 before it happens, not missing: an increase is only seen from a value to the next.
  mismatches.add(0)
  for (const outcome of ['denied', 'allowed_after', 'unconfirmed', 'not_run'] satisfies Canaried['outcome'][]) canaries.add(0, { outcome })
  for (const plane of ['agents', 'gateways', 'operators'] satisfies Plane[]) decided(plane, 'deny', 'unavailable', 0)
  for (const outcome of ['issued', 'partial', 'refused', 'unavailable'] satisfies ExchangeOutcome[]) exchanges.add(0, { outcome })
  for (const kind of [...REVOCATION_KINDS, 'token'])
    for (const status of ['confirmed', 'unconfirmed', 'unknown'] satisfies RevocationStatus[]) revocations.add(0, { kind, status })

  const stopWatching = watchEventLoopLag(clock, (ms) => lag.record(ms / 1000))
  const sourceLabel = createBoundedLabel()
  const storeLabel = createBoundedLabel()
  const auditLabel = createBoundedLabel()
  const resourceLabel = createBoundedLabel()

  return {
    decided: ({ plane, effect, reason, ms }) => {
      decided(plane, effect, reasonClassOf(reason), 1)
      durations.record(ms / 1000, { plane })
    },
    exchanged: (outcome) => exchanges.add(1, { outcome }),
    enriched: ({ source, outcome, ms }) => enrichments.record(ms / 1000, { source: sourceLabel(source), outcome }),
    revoked: (kind, status) => revocations.add(1, { kind, status }),
    storeFailed: (code) => storeErrors.add(1, { code: storeLabel(code) }),
    auditRefused: (code) => refused.add(1, { code: auditLabel(code) }),
    canaried: ({ outcome, ms }) => {
      canaries.add(1, { outcome })
      if (ms !== undefined) propagation.record(ms / 1000)
    },
    reporting: (control) => {
      for (const outcome of ['taken', 'gap', 'diverged', 'not_sent'] satisfies Reported['outcome'][]) reports.add(0, { control, outcome })
    },
    reported: ({ control, outcome, sent }) => {
      reports.add(1, { control, outcome })
      if (outcome === 'taken') shipped.add(sent, { control })
    },
    policyMismatched: () => mismatches.add(1),
    toolsCompared: ({ resource, outcome, changed: many }) => {
      comparisons.add(1, { resource: resourceLabel(resource), outcome })
      changed.record(many, { resource: resourceLabel(resource) })
    },
    watchNodes: (seen) => {
      const gauge = meter.createObservableGauge('bailiwick_node_last_seen_seconds', { description: 'How long ago a configured node last reported here.' })
      gauge.addCallback((result) => {
        for (const [node, seconds] of seen()) result.observe(seconds, { node })
      })
    },
    watchAwaited: (awaited) => {
      const gauge = meter.createObservableGauge('bailiwick_revocations_awaiting_node', {
        description: 'Of the newest 100 revocations, those a configured node has not been seen to have read.',
      })
      gauge.addCallback(async (result) => {
        for (const [node, many] of await awaited()) result.observe(many, { node })
      })
    },
    watchAuditQueue: (depth) => queue.addCallback((result) => result.observe(depth())),
    render: async () => serializer.serialize((await reader.collect()).resourceMetrics),
    close: async () => {
      stopWatching()
      await provider.shutdown()
    },
  }
}
