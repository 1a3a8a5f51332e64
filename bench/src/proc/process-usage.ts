// What a process has used so far, as the kernel counts it: CPU of all its threads from /proc/<pid>/stat (utime + stime), memory from
// /proc/<pid>/status. Linux only; elsewhere everything is undefined and the table says so.
import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessUsage {
  readonly cpuMs: number
  readonly rssBytes: number
  readonly peakRssBytes: number
  /** CPU by thread name, threads of one name together. */
  readonly threads: Readonly<Record<string, number>>
}

/** USER_HZ: what /proc counts in, 100 on every Linux that runs Node. */
const TICKS_PER_SECOND = 100

/** Undefined when the process is gone or there is no /proc. */
export function usageOf(pid: number): ProcessUsage | undefined {
  const stat = readProc(`${pid}/stat`)
  const status = readProc(`${pid}/status`)
  if (stat === undefined || status === undefined) return undefined
  const cpuMs = cpuMsIn(stat)
  if (cpuMs === undefined) return undefined
  return { cpuMs, rssBytes: bytesIn(status, 'VmRSS'), peakRssBytes: bytesIn(status, 'VmHWM'), threads: threadsOf(pid) }
}

/** CPU of the whole machine since it started, all cores together; undefined without /proc. */
export function machineCpuMs(): number | undefined {
  const line = readProc('stat')?.split('\n', 1)[0]
  return line === undefined ? undefined : busyMsIn(line)
}

/** `cpu user nice system idle iowait irq softirq steal ...`: everything but the two kinds of waiting, and what a hypervisor kept from us. */
export function busyMsIn(line: string): number | undefined {
  const [, user, nice, system, , , irq, softirq] = line.split(/\s+/)
  const ticks = Number(user) + Number(nice) + Number(system) + Number(irq) + Number(softirq)
  return Number.isFinite(ticks) ? (ticks * 1000) / TICKS_PER_SECOND : undefined
}

/** Every process below this one, however deep. */
export function descendantsOf(pid: number): readonly { readonly pid: number; readonly commandLine: readonly string[] }[] {
  const children = new Map<number, number[]>()
  for (const entry of procIds()) {
    const parent = parentIn(readProc(`${entry}/stat`))
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), entry])
  }
  const found: { readonly pid: number; readonly commandLine: readonly string[] }[] = []
  const open = [...(children.get(pid) ?? [])]
  for (let at = open.shift(); at !== undefined; at = open.shift()) {
    found.push({ pid: at, commandLine: (readProc(`${at}/cmdline`) ?? '').split('\0').filter((word) => word !== '') })
    open.push(...(children.get(at) ?? []))
  }
  return found
}

/** Fields 14 and 15. The name, field 2, is in parentheses and may itself hold spaces and parentheses. */
export function cpuMsIn(stat: string): number | undefined {
  const fields = fieldsBehindName(stat)
  const ticks = Number(fields[11]) + Number(fields[12])
  return Number.isFinite(ticks) ? (ticks * 1000) / TICKS_PER_SECOND : undefined
}

function parentIn(stat: string | undefined): number | undefined {
  const parent = stat === undefined ? Number.NaN : Number(fieldsBehindName(stat)[1])
  return Number.isInteger(parent) ? parent : undefined
}

function fieldsBehindName(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function bytesIn(status: string, field: string): number {
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]
  return kib === undefined ? 0 : Number(kib) * 1024
}

function threadsOf(pid: number): Readonly<Record<string, number>> {
  const threads: Record<string, number> = {}
  for (const entry of listProc(`${pid}/task`)) {
    const stat = readProc(`${pid}/task/${entry}/stat`)
    const cpuMs = stat === undefined ? undefined : cpuMsIn(stat)
    if (stat === undefined || cpuMs === undefined) continue
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
    threads[name] = (threads[name] ?? 0) + cpuMs
  }
  return threads
}

function procIds(): readonly number[] {
  return listProc('')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid > 0)
}

function listProc(path: string): readonly string[] {
  try {
    return readdirSync(`/proc/${path}`)
  } catch {
    return []
  }
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return undefined
  }
}
