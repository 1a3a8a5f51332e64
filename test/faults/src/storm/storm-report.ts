// What a storm found, as a table for people and one line for machines.
import type { StormResult } from './storm-run.ts'

export function renderStorm(store: string, result: StormResult): string {
  const { wanted, confirmed, busy, left, tookMs, ackMs, decisions, processes, stale, askedAgain } = result
  const line = {
    storm: wanted,
    store,
    confirmed,
    done_later: busy,
    took_ms: Math.round(tookMs),
    ack_ms: quantiles(ackMs),
    decisions: Object.fromEntries(decisions.map(({ phase, node, ms, denied }) => [`${phase} ${node}`, { asked: ms.length, denied, ...quantiles(ms) }])),
    left,
    stale,
    asked_again: askedAgain,
  }
  return [
    '',
    `${store}: ${wanted} revocations in a second at one node; ${confirmed} confirmed at once, ${busy} told that many wait and done in their turn, all ended after ${Math.round(tookMs)} ms${left === 0 ? '' : ` but ${left}`}`,
    `  confirmed in p50 ${line.ack_ms.p50} ms, p99 ${line.ack_ms.p99} ms; asked about again ${askedAgain}, allowed ${stale}`,
    '  decisions        asked  denied  p50 ms  p99 ms  max ms',
    ...decisions.map(({ phase, node, ms, denied }) => {
      const { p50, p99, max } = quantiles(ms)
      return `  ${`${phase} ${node}`.padEnd(15)}  ${cell(ms.length, 5)}  ${cell(denied, 6)}  ${cell(p50, 6)}  ${cell(p99, 6)}  ${cell(max, 6)}`
    }),
    '  processes        CPU ms/s  its loop  loop late: p50   p99   max ms',
    ...processes.map(({ phase, process, seen: { overMs, cpuMs, loopCpuMs, lateMs } }) => {
      const perSecond = (ms: number): string => cell(Math.round((ms / overMs) * 1000), 8)
      return `  ${`${phase} ${process}`.padEnd(15)}  ${perSecond(cpuMs)}  ${perSecond(loopCpuMs)}  ${cell(tenth(lateMs.p50), 14)} ${cell(tenth(lateMs.p99), 5)} ${cell(tenth(lateMs.max), 5)}`
    }),
    '',
    JSON.stringify(line),
  ].join('\n')
}

function cell(value: number, width: number): string {
  return String(value).padStart(width)
}

function tenth(ms: number): number {
  return Number(ms.toFixed(1))
}

function quantiles(ms: readonly number[]): { readonly p50: number; readonly p99: number; readonly max: number } {
  const sorted = ms.toSorted((a, b) => a - b)
  const at = (share: number): number => Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1))
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}
