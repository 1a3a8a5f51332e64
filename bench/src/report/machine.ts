// What the numbers were measured on.
import { cpus, loadavg, release, totalmem, type } from 'node:os'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly system: string
  readonly node: string
  /** One, five and fifteen minutes, before anything was started. */
  readonly loadAverage: readonly number[]
}

export function describeMachine(): Machine {
  const all = cpus()
  return {
    cpu: (all[0]?.model ?? 'unknown').trim(),
    cores: all.length,
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    node: process.version,
    loadAverage: loadavg(),
  }
}
