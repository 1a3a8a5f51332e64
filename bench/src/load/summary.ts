// A finished loop as plain numbers. No I/O.
import type { Histogram } from './histogram.ts'
import type { LoopResult } from './open-loop.ts'

/** Milliseconds; null stands for "never answered", which JSON has no number for. */
export interface Quantiles {
  readonly p50: number | null
  readonly p90: number | null
  readonly p99: number | null
  readonly max: number | null
}

export interface LoadSummary {
  readonly latencyMs: Quantiles
  /** How late the generator itself sent: part of the latency that is not the service's. */
  readonly lagMs: Quantiles
  readonly sent: number
  readonly succeeded: number
  readonly failures: Readonly<Record<string, number>>
  readonly unsent: number
  readonly unanswered: number
  readonly windowMs: number
}

export function summarise(result: LoopResult): LoadSummary {
  const { sent, succeeded, failures, unsent, unanswered, windowMs } = result
  return { latencyMs: quantilesOf(result.latency), lagMs: quantilesOf(result.lag), sent, succeeded, failures, unsent, unanswered, windowMs }
}

function quantilesOf(histogram: Histogram): Quantiles {
  const at = (share: number): number | null => finite(histogram.percentile(share))
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: finite(histogram.maxMs) }
}

function finite(ms: number | undefined): number | null {
  return ms === undefined || !Number.isFinite(ms) ? null : ms
}
