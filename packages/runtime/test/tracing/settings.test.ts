import { describe, expect, it } from 'vitest'
import { parseTracingSettings } from '../../src/index.ts'

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }

describe('tracing is off', () => {
  it.each<[string, Record<string, string>]>([
    ['where no endpoint is set', {}],
    ['where the endpoint is empty', { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }],
    [
      'where only other variables of OpenTelemetry are set',
      { OTEL_SERVICE_NAME: 'x', OTEL_TRACES_SAMPLER: 'always_on', OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://127.0.0.1:1' },
    ],
    ['where the SDK is disabled', { ...ENDPOINT, OTEL_SDK_DISABLED: 'true' }],
    ['where the exporter is none', { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }],
  ])('%s', (_when, env) => {
    expect(parseTracingSettings(env)).toEqual({ ok: true, settings: undefined })
  })
})

describe('tracing goes', () => {
  it.each<[string, Record<string, string>, object]>([
    ['to the traces path of the endpoint', ENDPOINT, { url: 'http://127.0.0.1:4318/v1/traces', serviceName: 'bailiwick', ratio: 1 }],
    ['below a path of the endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel.example/otlp/' }, { url: 'https://otel.example/otlp/v1/traces' }],
    ['to the traces endpoint as it is', { ...ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:9/t' }, { url: 'http://127.0.0.1:9/t' }],
    ['under the name of the service', { ...ENDPOINT, OTEL_SERVICE_NAME: 'edge' }, { serviceName: 'edge' }],
    ['for a share of the walks', { ...ENDPOINT, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' }, { ratio: 0.25 }],
    [
      'for that share whatever the parent says',
      { ...ENDPOINT, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' },
      { ratio: 0.25 },
    ],
    ['nowhere when sampled away', { ...ENDPOINT, OTEL_TRACES_SAMPLER: 'always_off' }, { ratio: 0 }],
    ['over HTTP', { ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, { ratio: 1 }],
  ])('%s', (_where, env, settings) => {
    expect(parseTracingSettings(env)).toMatchObject({ ok: true, settings })
  })
})

describe('a setting that cannot be kept stops the start, without its value', () => {
  it.each<[string, Record<string, string>, string]>([
    ['an endpoint that is no URL', { OTEL_EXPORTER_OTLP_ENDPOINT: 'user:hunter2' }, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    ['an endpoint of another scheme', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'grpc://hunter2:4317' }, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'],
    ['gRPC', { ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'OTEL_EXPORTER_OTLP_PROTOCOL'],
    ['a sampler nobody knows', { ...ENDPOINT, OTEL_TRACES_SAMPLER: 'hunter2' }, 'OTEL_TRACES_SAMPLER'],
    ['a share above 1', { ...ENDPOINT, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '25' }, 'OTEL_TRACES_SAMPLER_ARG'],
    ['a share that is no number', { ...ENDPOINT, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: 'hunter2' }, 'OTEL_TRACES_SAMPLER_ARG'],
  ])('%s', (_what, env, name) => {
    const parsed = parseTracingSettings(env)
    expect(parsed).toMatchObject({ ok: false, problem: expect.stringContaining(`${name}:`) })
    expect(JSON.stringify(parsed)).not.toContain('hunter2')
  })
})
