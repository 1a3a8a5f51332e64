// Tells walks that their deadline is about to pass. One ticking timer for all of them: a timer per decision would cost more than
// most of its steps. Decides nothing.
import { remainingMs } from '@bailiwick/core'
import type { Clock, Deadline } from '@bailiwick/core'

export interface DeadlineWatch {
  /** Calls `onPassed` once, unless the returned function is called before. */
  watch(deadline: Deadline, onPassed: () => void): () => void
  close(): void
}

const TICK_MS = 5

interface Waiting {
  readonly deadline: Deadline
  readonly onPassed: () => void
}

/** Fires in the last tick before the deadline, so that the answer is out by then. */
export function createDeadlineWatch(clock: Clock): DeadlineWatch {
  const waiting = new Set<Waiting>()
  let timer: ReturnType<typeof setInterval> | undefined

  const tick = (): void => {
    for (const entry of waiting) {
      if (remainingMs(clock, entry.deadline) > TICK_MS) continue
      waiting.delete(entry)
      entry.onPassed()
    }
    if (waiting.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  return {
    watch: (deadline, onPassed) => {
      const entry = { deadline, onPassed }
      waiting.add(entry)
      timer ??= setInterval(tick, TICK_MS).unref()
      return () => {
        waiting.delete(entry)
      }
    },
    close: () => {
      clearInterval(timer)
      timer = undefined
      waiting.clear()
    },
  }
}
