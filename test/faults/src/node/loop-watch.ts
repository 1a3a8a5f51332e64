// What this process has used of the processors, and how late its event loop came to what was due, since it was asked last.
import { monitorEventLoopDelay } from 'node:perf_hooks'

export interface LoopSeen {
  readonly overMs: number
  /** Of all threads of the process. */
  readonly cpuMs: number
  /** Of the thread that decides alone. */
  readonly loopCpuMs: number
  /** How late a timer came; in milliseconds. */
  readonly lateMs: { readonly p50: number; readonly p99: number; readonly max: number }
}

export interface LoopWatch {
  /** Since the last call, or since the watch began. */
  look(): LoopSeen
}

/** Coarse on purpose: a finer one keeps the processor awake, and everything it measures quicker. */
const EVERY_MS = 5

export function watchLoop(): LoopWatch {
  const delays = monitorEventLoopDelay({ resolution: EVERY_MS })
  delays.enable()
  let since = { at: performance.now(), cpu: process.cpuUsage(), loop: process.threadCpuUsage() }
  return {
    look() {
      const was = since
      since = { at: performance.now(), cpu: process.cpuUsage(), loop: process.threadCpuUsage() }
      // What it measures is the time between two ticks.
      const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - EVERY_MS)
      const seen = {
        overMs: since.at - was.at,
        cpuMs: (since.cpu.user + since.cpu.system - was.cpu.user - was.cpu.system) / 1000,
        loopCpuMs: (since.loop.user + since.loop.system - was.loop.user - was.loop.system) / 1000,
        lateMs: { p50: late(delays.percentile(50)), p99: late(delays.percentile(99)), max: late(delays.max) },
      }
      delays.reset()
      return seen
    },
  }
}
