// What the numbers were measured on.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os'
import { join } from 'node:path'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly system: string
  readonly node: string
  /** One, five and fifteen minutes, before anything was started. */
  readonly loadAverage: readonly number[]
  /** One small durable append, which a revocation waits for and an allow too. */
  readonly fdatasyncMs: { readonly p50: number; readonly p99: number }
}

const SYNCS = 300

export function describeMachine(): Machine {
  const all = cpus()
  return {
    cpu: (all[0]?.model ?? 'unknown').trim(),
    cores: all.length,
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    node: process.version,
    loadAverage: loadavg(),
    fdatasyncMs: timeSyncs(),
  }
}

function timeSyncs(): Machine['fdatasyncMs'] {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-sync-'))
  const file = openSync(join(folder, 'appends'), 'w', 0o600)
  try {
    const bytes = Buffer.alloc(300, 'x')
    const times = Array.from({ length: SYNCS }, () => {
      writeSync(file, bytes)
      const before = performance.now()
      fdatasyncSync(file)
      return performance.now() - before
    }).toSorted((a, b) => a - b)
    return { p50: times[Math.floor(SYNCS * 0.5)] ?? 0, p99: times[Math.floor(SYNCS * 0.99)] ?? 0 }
  } finally {
    closeSync(file)
    rmSync(folder, { recursive: true })
  }
}
