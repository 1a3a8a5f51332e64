// The report for people, on 100 columns. No I/O.
import { impossibleHere } from './judge.ts'
import type { JudgedRow, Verdict } from './judge.ts'
import type { Machine } from './machine.ts'

export interface Report {
  readonly machine: Machine
  readonly startedAt: string
  readonly seconds: number
  readonly rows: readonly JudgedRow[]
}

const WIDTH = 99
const COLUMNS = [
  { title: '', width: 26 },
  { title: 'rate/s', width: 7 },
  { title: 'p50 ms', width: 8 },
  { title: 'p99 ms', width: 8 },
  { title: 'own us', width: 7 },
  { title: 'PDP us', width: 7 },
  { title: 'sum us', width: 7 },
  { title: 'x bare', width: 7 },
  { title: 'load us', width: 8 },
  { title: 'RSS MB', width: 7 },
  { title: 'others', width: 7 },
] as const

export function renderTable(report: Report): string {
  const { machine, rows } = report
  const heads = [
    `${machine.cpu}, ${machine.cores} cores, ${(machine.memoryBytes / 2 ** 30).toFixed(0)} GiB, ${machine.system}, Node ${machine.node}`,
    `${report.startedAt}; load average before the start ${machine.loadAverage.map((load) => load.toFixed(2)).join(' ')}`,
    `fdatasync of 300 bytes p50 ${machine.fdatasyncMs.p50.toFixed(2)} ms, p99 ${machine.fdatasyncMs.p99.toFixed(2)} ms (the budgets assume 0.2 ms)`,
    `open loop, latency from the intended send time; each row is warmed up at a rising rate, then measured for ${report.seconds} s`,
    'CPU for one operation: own = the service, or the client of a bare row; PDP = Cerbos; load = the generator',
    'others = cores that everything else on the machine kept busy meanwhile',
  ]
  const lines = [...heads.flatMap(wrap), '', line(COLUMNS.map(({ title }) => title)), '-'.repeat(WIDTH), ...rows.map(rowLine), '']
  for (const judged of rows) for (const verdict of judged.verdicts) lines.push(...wrap(verdictLine(judged, verdict)))
  const impossible = impossibleHere(rows).flatMap((why) => wrap(`NOT POSSIBLE HERE  ${why}`))
  const broken = rows.flatMap(({ row, measured, invalid }) =>
    invalid === undefined ? [] : wrap(`NOT VALID  ${row.title} at ${perSecond(measured.rate)}: ${invalid}`),
  )
  return [...lines, ...(impossible.length === 0 ? [] : ['', ...impossible]), ...(broken.length === 0 ? [] : ['', ...broken])]
    .map((text) => text.trimEnd())
    .join('\n')
}

function rowLine(judged: JudgedRow): string {
  const { row, measured, ownUs, pdpUs, totalUs, ratio } = judged
  const { latencyMs } = measured.load
  const rss = row.place === 'service' ? measured.rssBytes.service : measured.rssBytes.generator
  const loadUs = row.place === 'service' ? measured.cpuUs.generator : null
  return line([
    judged.invalid === undefined ? row.title : `! ${row.title}`,
    measured.rate.toLocaleString('en-US'),
    ms(latencyMs.p50),
    ms(latencyMs.p99),
    whole(ownUs),
    whole(pdpUs),
    whole(totalUs),
    row.base.length === 0 ? '' : ratio === null ? '?' : ratio.toFixed(2),
    whole(loadUs),
    rss === null ? '' : (rss / 2 ** 20).toFixed(0),
    measured.othersCores === null ? '' : measured.othersCores.toFixed(2),
  ])
}

const LIMITS = {
  p50: { name: 'p50', show: (value: number) => `${value.toFixed(2)} ms` },
  p99: { name: 'p99', show: (value: number) => `${value.toFixed(2)} ms` },
  cpu: { name: 'CPU, service + PDP', show: (times: number) => `${times.toFixed(2)} x bare` },
  rss: { name: 'RSS of the service', show: (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MB` },
} as const satisfies Record<Verdict['budget'], { readonly name: string; readonly show: (value: number) => string }>

function verdictLine({ row, measured, isSlower }: JudgedRow, { budget, limit, actual, kept }: Verdict): string {
  const { name, show } = LIMITS[budget]
  const said = `${kept ? 'meets ' : 'MISSES'}  ${row.title.padEnd(24)} ${name.padEnd(20)} ${(actual === null ? 'never' : show(actual)).padStart(12)}  of ${show(limit)}`
  return isSlower ? `${said}, at ${perSecond(measured.rate)}` : said
}

function perSecond(rate: number): string {
  return `${rate.toLocaleString('en-US')}/s`
}

function ms(value: number | null): string {
  if (value === null) return 'never'
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0)
}

function whole(value: number | null): string {
  return value === null ? '' : value < 10 ? value.toFixed(1) : value.toFixed(0)
}

function line(cells: readonly string[]): string {
  return COLUMNS.map(({ width }, place) => {
    const cell = cells[place] ?? ''
    return place === 0 ? cell.slice(0, width).padEnd(width) : cell.padStart(width)
  }).join('')
}

function wrap(text: string): readonly string[] {
  const lines: string[] = []
  let current = ''
  for (const word of text.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > WIDTH) {
      lines.push(current)
      current = word
    } else current = current === '' ? word : `${current} ${word}`
  }
  return [...lines, current]
}
