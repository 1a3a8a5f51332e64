// Lets a few acts in at a time and the rest wait in order: ten thousand revocations at once must not keep the decisions between them waiting, nor each
// other's ledger entries past their time. Nobody waits for long: an act that is not begun in time is a fault, and its caller is told within a second.
import { Fault } from '@bailiwick/core'

/** Enough to share one commit, one wait for replicas. */
export const REVOCATIONS_AT_ONCE = 64
/** With what the act itself may take, below the second in which a revocation is answered. */
export const TURN_WITHIN_MS = 500

export interface Turnstile {
  /** Runs `act` when there is room; what it throws is its caller's. Throws the fault `store_busy` where there was none in time: nothing was begun then. */
  pass<T>(act: () => Promise<T>): Promise<T>
}

interface Waiting {
  enter(): void
  /** No longer waiting. */
  gone: boolean
}

export function createTurnstile(room: number, withinMs: number): Turnstile {
  const waiting: Waiting[] = []
  let inside = 0

  function turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const one: Waiting = {
        gone: false,
        enter() {
          clearTimeout(timer)
          one.gone = true
          resolve()
        },
      }
      const timer = setTimeout(() => {
        one.gone = true
        reject(new Fault('state', 'store_busy', 'too many acts at once'))
      }, withinMs)
      waiting.push(one)
    })
  }

  /** Whoever leaves hands its place on to the first that still waits. */
  function leave(): void {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) if (!next.gone) return next.enter()
    inside -= 1
  }

  return {
    async pass(act) {
      if (inside >= room) await turn()
      else inside += 1
      try {
        return await act()
      } finally {
        leave()
      }
    },
  }
}
