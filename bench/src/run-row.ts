// Measures one row: a fresh generator, a warm-up nobody counts, then the CPU of service, decision point and generator over the same window
// in which the operations were sent.
import { fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isGeneratorEvent } from './load/orders.ts'
import type { GeneratorOrder } from './load/orders.ts'
import type { LoadSummary } from './load/summary.ts'
import { machineCpuMs, usageOf } from './proc/process-usage.ts'
import type { ProcessUsage } from './proc/process-usage.ts'
import type { Place, RowName } from './rows.ts'
import type { RunningService } from './service/start-service.ts'

export interface MeasuredRow {
  readonly name: RowName
  readonly place: Place
  readonly rate: number
  readonly load: LoadSummary
  /** Microseconds for one operation sent; null where /proc does not tell. */
  readonly cpuUs: { readonly service: number | null; readonly pdp: number | null; readonly generator: number | null }
  /** The service's threads by name, as above. */
  readonly serviceThreadsUs: Readonly<Record<string, number>>
  /** Cores that everything else on the machine kept busy meanwhile: above a few tenths the latencies are also somebody else's. */
  readonly othersCores: number | null
  readonly rssBytes: { readonly service: number | null; readonly pdp: number | null; readonly generator: number | null }
}

export interface RowOrder {
  readonly row: RowName
  readonly place: Place
  readonly rate: number
  readonly warmUpSeconds: number
  readonly seconds: number
  readonly folder: string
  readonly suppliesFile: string
  readonly service: RunningService
  /** Where the service's CPU profile of the window goes; none is taken where it is absent. */
  readonly profileFile?: string
}

interface Readings {
  readonly atMs: number
  readonly machineMs: number | undefined
  readonly service: ProcessUsage | undefined
  readonly pdp: ProcessUsage | undefined
  readonly generator: ProcessUsage | undefined
}

type Process = 'service' | 'pdp' | 'generator'

const GENERATOR = fileURLToPath(new URL('./load/generator.ts', import.meta.url))
/** Preparing, answers that never come, and a machine that is busy with something else. */
const PATIENCE_MS = 60_000

export async function runRow(order: RowOrder): Promise<MeasuredRow> {
  const { service, row, rate, warmUpSeconds, seconds } = order
  const told: GeneratorOrder = { row, rate, warmUpSeconds, seconds, supplies: order.suppliesFile }
  const file = join(order.folder, `order-${row}.json`)
  writeFileSync(file, JSON.stringify(told), { mode: 0o600 })
  const child = fork(GENERATOR, [file], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [], env: {} })
  const readings = (): Readings => ({
    atMs: performance.now(),
    machineMs: machineCpuMs(),
    service: usageOf(service.pid),
    pdp: service.pdpPid === undefined ? undefined : usageOf(service.pdpPid),
    generator: child.pid === undefined ? undefined : usageOf(child.pid),
  })
  let before: Readings | undefined
  let after: Readings | undefined
  try {
    let profiled: Promise<void> | undefined
    const load = await new Promise<LoadSummary>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the row ${row} did not end`)), (warmUpSeconds + seconds) * 1000 + PATIENCE_MS)
      child.once('exit', (code) => {
        clearTimeout(timer)
        reject(new Error(`the load generator of ${row} ended with code ${code ?? 'unknown'}`))
      })
      child.on('message', (message: unknown) => {
        if (!isGeneratorEvent(message)) return
        if (message.type === 'open') {
          before = readings()
          if (order.profileFile !== undefined) profiled = service.startProfile()
        } else if (message.type === 'close') {
          after = readings()
          const { profileFile } = order
          if (profileFile !== undefined) profiled = profiled?.then(() => service.stopProfile(profileFile))
        } else {
          clearTimeout(timer)
          resolve(message.summary)
        }
      })
    })
    await profiled
    return measured(order, load, before, after)
  } finally {
    if (child.exitCode === null) {
      const exited = new Promise((resolve) => child.once('exit', resolve))
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
      await exited
      clearTimeout(timer)
    }
  }
}

function measured(order: RowOrder, load: LoadSummary, before: Readings | undefined, after: Readings | undefined): MeasuredRow {
  const perOperation = (cpuMs: number): number => (cpuMs * 1000) / Math.max(1, load.sent)
  const cpu = (whose: Process): number | null => {
    const from = before?.[whose]
    const to = after?.[whose]
    return from === undefined || to === undefined ? null : perOperation(to.cpuMs - from.cpuMs)
  }
  const rss = (whose: Process): number | null => after?.[whose]?.rssBytes ?? null
  const earlier = before?.service?.threads ?? {}
  return {
    name: order.row,
    place: order.place,
    rate: order.rate,
    load,
    cpuUs: { service: cpu('service'), pdp: cpu('pdp'), generator: cpu('generator') },
    serviceThreadsUs: Object.fromEntries(
      Object.entries(after?.service?.threads ?? {}).map(([name, cpuMs]) => [name, perOperation(cpuMs - (earlier[name] ?? 0))]),
    ),
    othersCores: othersIn(before, after),
    rssBytes: { service: rss('service'), pdp: rss('pdp'), generator: rss('generator') },
  }
}

function othersIn(before: Readings | undefined, after: Readings | undefined): number | null {
  if (before?.machineMs === undefined || after?.machineMs === undefined) return null
  let oursMs = 0
  for (const whose of ['service', 'pdp', 'generator'] as const) oursMs += (after[whose]?.cpuMs ?? 0) - (before[whose]?.cpuMs ?? 0)
  return Math.max(0, (after.machineMs - before.machineMs - oursMs) / (after.atMs - before.atMs))
}
