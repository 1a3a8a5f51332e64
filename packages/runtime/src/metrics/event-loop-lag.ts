// How late the event loop is: every synchronous read and every long computation delays all decisions under way by what is measured here.
import type { Clock } from '@bailiwick/core'

const EVERY_MS = 50

/** Reports each lateness until the returned function is called. Keeps no process alive. */
export function watchEventLoopLag(clock: Clock, report: (lagMs: number) => void): () => void {
  let last = clock.monotonicMs()
  const timer = setInterval(() => {
    const now = clock.monotonicMs()
    report(Math.max(0, now - last - EVERY_MS))
    last = now
  }, EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}
