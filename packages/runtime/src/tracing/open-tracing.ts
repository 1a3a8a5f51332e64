// Tracing as configured. The SDK is loaded only where there is somewhere to send to.
import type { Clock } from '@bailiwick/core'
import type { Logger } from 'pino'
import { noTracing } from './tracing.ts'
import type { Tracing } from './tracing.ts'
import type { TracingSettings } from './tracing-settings.ts'

export interface TracingDeps {
  readonly clock: Clock
  readonly log: Pick<Logger, 'warn'>
  readonly version: string
}

export async function openTracing(settings: TracingSettings | undefined, deps: TracingDeps): Promise<Tracing> {
  if (settings === undefined || settings.ratio === 0) return noTracing
  const { openOtlpTracing } = await import('./otlp-tracing.ts')
  return openOtlpTracing(settings, deps)
}
