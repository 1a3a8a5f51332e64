// The OpenTelemetry variables of the environment that say whether and where traces go, as settings. The environment is passed in.
// Headers, certificates, time-outs and compression of the export are read from their own standard variables by the exporter itself.

export interface TracingSettings {
  /** The collector's traces URL. */
  readonly url: string
  readonly serviceName: string
  /** Share of walks that are traced, 0 to 1. */
  readonly ratio: number
}

export type TracingSettingsResult =
  /** Undefined settings: tracing is off. */
  { readonly ok: true; readonly settings: TracingSettings | undefined } | { readonly ok: false; readonly problem: string }

type Environment = Readonly<Record<string, string | undefined>>

/** Problems name the variable and what was expected, never its value: an endpoint may carry credentials. */
export function parseTracingSettings(env: Environment): TracingSettingsResult {
  const own = valueOf(env, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT')
  const shared = valueOf(env, 'OTEL_EXPORTER_OTLP_ENDPOINT')
  const name = own === undefined ? 'OTEL_EXPORTER_OTLP_ENDPOINT' : 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'
  const endpoint = own ?? shared
  const isOff = endpoint === undefined || env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true' || valueOf(env, 'OTEL_TRACES_EXPORTER') === 'none'
  if (isOff) return { ok: true, settings: undefined }
  const url = toUrl(endpoint, own === undefined)
  if (url === undefined) return problem(`${name}: expected an http or https URL`)
  const protocol = valueOf(env, 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? valueOf(env, 'OTEL_EXPORTER_OTLP_PROTOCOL')
  // JSON and protobuf share a collector's HTTP receiver; gRPC is another port.
  if (protocol !== undefined && !protocol.startsWith('http/')) return problem('OTEL_EXPORTER_OTLP_PROTOCOL: traces are sent over HTTP; expected http/json')
  const ratio = ratioOf(env)
  if (typeof ratio === 'string') return problem(ratio)
  return { ok: true, settings: { url, serviceName: valueOf(env, 'OTEL_SERVICE_NAME') ?? 'bailiwick', ratio } }
}

/**
 * The samplers of the specification, without their trust: a parent's flag and a parent's trace id are the client's own words, so each walk is drawn by
 * itself and `parentbased_x` is `x`.
 */
function ratioOf(env: Environment): number | string {
  const sampler = (valueOf(env, 'OTEL_TRACES_SAMPLER') ?? 'always_on').replace(/^parentbased_/, '')
  if (sampler === 'always_on') return 1
  if (sampler === 'always_off') return 0
  if (sampler !== 'traceidratio') return 'OTEL_TRACES_SAMPLER: expected always_on, always_off or traceidratio'
  const ratio = Number(valueOf(env, 'OTEL_TRACES_SAMPLER_ARG') ?? '1')
  return ratio >= 0 && ratio <= 1 ? ratio : 'OTEL_TRACES_SAMPLER_ARG: expected a number from 0 to 1'
}

function toUrl(endpoint: string, isBase: boolean): string | undefined {
  const url = URL.parse(isBase ? `${endpoint.replace(/(?<!\/)\/+$/, '')}/v1/traces` : endpoint)
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url.href : undefined
}

/** Empty means not set, as the specification says. */
function valueOf(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim()
  return value === undefined || value === '' ? undefined : value
}

function problem(text: string): TracingSettingsResult {
  return { ok: false, problem: text }
}
