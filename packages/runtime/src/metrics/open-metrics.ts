// The numbers of a process. The SDK is loaded here, by the process that serves them, and not by everything that names the interface.
import type { Clock } from '@bailiwick/core'
import type { Metrics } from './metrics.ts'

export interface ProcessMetrics extends Metrics {
  /** Asked at each scrape: how many audit records wait to be written. */
  watchAuditQueue(depth: () => number): void
  /** Where nodes report, asked at each scrape: seconds since each configured node did. */
  watchNodes(seen: () => ReadonlyMap<string, number>): void
  /** Where nodes report, asked at each scrape: how many of the newest revocations each has not been seen to have read; empty while that cannot be said. */
  watchAwaited(awaited: () => Promise<ReadonlyMap<string, number>>): void
  /** Prometheus text, version 0.0.4. */
  render(): Promise<string>
  close(): Promise<void>
}

export interface MetricsOptions {
  readonly clock: Clock
  readonly version: string
}

export async function openMetrics(options: MetricsOptions): Promise<ProcessMetrics> {
  const { createOtelMetrics } = await import('./otel-metrics.ts')
  return createOtelMetrics(options)
}
