// The numbers of a drill that runs on, as Prometheus text (version 0.0.4), and the listener that serves them. In clear and without a credential: listen where
// only those who may know are. Labels are the resource alone.
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { CliError, EXIT } from '../exit-code.ts'
import type { DrillRound } from './drill-round.ts'

const OUTCOMES = ['denied', 'allowed_after', 'inconclusive'] as const satisfies readonly DrillRound['outcome'][]
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30]

export interface DrillMetrics {
  count(round: DrillRound, nowMs: number): void
  render(): string
}

export function createDrillMetrics(resource: string): DrillMetrics {
  const rounds = new Map<DrillRound['outcome'], number>(OUTCOMES.map((outcome) => [outcome, 0]))
  const buckets = BOUNDS.map(() => 0)
  let [sum, count, lastSeconds] = [0, 0, 0]
  return {
    count(round, nowMs) {
      rounds.set(round.outcome, (rounds.get(round.outcome) ?? 0) + 1)
      if (round.outcome === 'inconclusive') return
      lastSeconds = nowMs / 1000
      if (round.ms === undefined) return
      const seconds = round.ms / 1000
      sum += seconds
      count += 1
      for (const [at, bound] of BOUNDS.entries()) if (seconds <= bound) buckets[at] = (buckets[at] ?? 0) + 1
    },
    render: () =>
      [
        '# HELP bailiwick_drill_rounds_total Revocation drills through a gateway by what they found.',
        '# TYPE bailiwick_drill_rounds_total counter',
        ...OUTCOMES.map((outcome) => `bailiwick_drill_rounds_total{resource="${resource}",outcome="${outcome}"} ${rounds.get(outcome) ?? 0}`),
        '# HELP bailiwick_drill_denial_seconds From the confirmation of the revocation to the end of the first call through the gateway that was denied.',
        '# TYPE bailiwick_drill_denial_seconds histogram',
        ...BOUNDS.map((bound, at) => `bailiwick_drill_denial_seconds_bucket{resource="${resource}",le="${bound}"} ${buckets[at] ?? 0}`),
        `bailiwick_drill_denial_seconds_bucket{resource="${resource}",le="+Inf"} ${count}`,
        `bailiwick_drill_denial_seconds_sum{resource="${resource}"} ${sum}`,
        `bailiwick_drill_denial_seconds_count{resource="${resource}"} ${count}`,
        '# HELP bailiwick_drill_last_conclusive_timestamp_seconds When a drill last found out whether the revocation held; 0 before the first.',
        '# TYPE bailiwick_drill_last_conclusive_timestamp_seconds gauge',
        `bailiwick_drill_last_conclusive_timestamp_seconds{resource="${resource}"} ${lastSeconds}`,
        '',
      ].join('\n'),
  }
}

/** `address`: host:port. */
export async function serveDrillMetrics(metrics: DrillMetrics, address: string): Promise<Server> {
  const [, host, port] = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(address) ?? []
  if (host === undefined || Number(port) > 65_535) throw new CliError(EXIT.usage, '--metrics needs host:port, such as 127.0.0.1:9464')
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') response.writeHead(404).end()
    else response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' }).end(metrics.render())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', () => reject(new CliError(EXIT.failure, `cannot listen on ${address}`)))
    server.listen(Number(port), host.replace(/^\[(.*)\]$/, '$1'), resolve)
  })
  return server
}
