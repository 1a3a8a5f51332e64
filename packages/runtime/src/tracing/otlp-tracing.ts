// Walks as spans, sent in batches to an OpenTelemetry collector over HTTP. Bounded: when the collector does not keep up, spans are dropped and
// decisions are not. Only imported where tracing is on.
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api'
import type { HrTime, Span } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { SpanExporter } from '@opentelemetry/sdk-trace'
import type { TracingDeps } from './open-tracing.ts'
import { parseTraceparent } from './traceparent.ts'
import type { Tracing, WalkEnd } from './tracing.ts'
import type { TracingSettings } from './tracing-settings.ts'

/** Shutting down must not wait for a collector that is gone. */
const CLOSE_WITHIN_MS = 2_000
const EXPORT_TIMEOUT_MS = 5_000
const WARN_EVERY_MS = 60_000

export function openOtlpTracing(settings: TracingSettings, { clock, log, version }: TracingDeps): Tracing {
  const provider = new TracerProvider({
    // Which walks are traced is drawn in `begin`, before anything is made for them.
    sampler: new AlwaysOnSampler(),
    resource: resourceFromAttributes({ 'service.name': settings.serviceName, 'service.version': version }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: telling(new OTLPTraceExporter({ url: settings.url, timeoutMillis: EXPORT_TIMEOUT_MS }), () => warn()),
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  })
  const tracer = provider.getTracer('bailiwick', version)
  let warnedAtMs: number | undefined
  const warn = (): void => {
    const now = clock.monotonicMs()
    if (warnedAtMs !== undefined && now - warnedAtMs < WARN_EVERY_MS) return
    warnedAtMs = now
    // Not the error: it may quote the collector's answer or its URL.
    log.warn({ dependency: 'traces' }, 'traces could not be sent')
  }

  return {
    begin(walk, walkId, parent) {
      if (settings.ratio < 1 && Math.random() >= settings.ratio) return undefined
      const startMs = clock.nowMs()
      const remote = parseTraceparent(parent)
      const context = remote === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...remote, traceFlags: TraceFlags.SAMPLED, isRemote: true })
      const span = tracer.startSpan(walk, { kind: SpanKind.SERVER, startTime: toHrTime(startMs, 0), attributes: { 'bailiwick.decision.id': walkId } }, context)
      const { traceId, spanId } = span.spanContext()
      return { traceparent: `00-${traceId}-${spanId}-01`, end: (end) => endWalk(span, startMs, end) }
    },
    close: async () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, CLOSE_WITHIN_MS)
      await Promise.race([provider.shutdown().catch(warn), promise])
      clearTimeout(timer)
    },
  }

  function endWalk(span: Span, startMs: number, { effect, reason, stages }: WalkEnd): void {
    const context = trace.setSpan(ROOT_CONTEXT, span)
    let at = 0
    for (const [stage, us] of Object.entries(stages)) {
      const startTime = toHrTime(startMs, at)
      at += us
      tracer.startSpan(stage, { kind: SpanKind.INTERNAL, startTime }, context).end(toHrTime(startMs, at))
    }
    span.setAttribute('bailiwick.decision.effect', effect)
    if (reason !== undefined) span.setAttribute('bailiwick.decision.reason', reason)
    // A refusal is a good answer; only what we failed to establish is an error.
    if (reason?.endsWith('_unavailable') === true || reason === 'deadline_exceeded') span.setStatus({ code: SpanStatusCode.ERROR })
    span.end(toHrTime(startMs, Math.max(at, (clock.nowMs() - startMs) * 1000)))
  }
}

/** The SDK reports failures to a global of its own. */
function telling(exporter: SpanExporter, onFailure: () => void): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined) onFailure()
        done(result)
      }),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  }
}

/** As a pair: a bare number that is small would be taken for time since the process began. */
function toHrTime(ms: number, us: number): HrTime {
  const micros = Math.round(ms * 1000 + us)
  return [Math.floor(micros / 1_000_000), (micros % 1_000_000) * 1000]
}
