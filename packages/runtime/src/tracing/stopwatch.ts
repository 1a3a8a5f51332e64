// Times the stages of a walk, one after the other, into a record of its own.
import type { Clock } from '@bailiwick/core'

/** Each call ends a stage that began with the call before, and writes its microseconds. */
export function stopwatch(clock: Clock, timing: Record<string, number>): (stage: string) => void {
  let last = clock.monotonicMs()
  return (stage) => {
    const now = clock.monotonicMs()
    timing[stage] = Math.round((now - last) * 1000)
    last = now
  }
}
