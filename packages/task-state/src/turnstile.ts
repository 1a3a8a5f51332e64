// Lets a few acts in at a time and the rest wait in order: ten thousand revocations at once must not keep the decisions between them waiting, nor each
// other's ledger entries past their time. Whoever waits for long is told so within a second, and keeps its place: the act is done all the same.
import { Fault } from '@bailiwick/core'

/** Enough to share one commit, one wait for replicas. */
export const REVOCATIONS_AT_ONCE = 64
/** With what the act itself may take, below the second in which a revocation is answered. */
export const TURN_WITHIN_MS = 500

export interface Turnstile {
  /**
   * Runs `act` when there is room; what it throws is its caller's. Throws the fault `store_busy` where there was none in time: the act has not begun then, and
   * will be done in its turn, as long as the process lives.
   */
  pass<T>(act: () => Promise<T>): Promise<T>
}

export function createTurnstile(room: number, withinMs: number): Turnstile {
  const waiting: (() => void)[] = []
  let inside = 0
  // One for all: thousands may be told in the same moment.
  const busy = new Fault('state', 'store_busy', 'many acts wait; this one will be done in its turn')

  async function inTurn<T>(act: () => Promise<T>, begun: () => void): Promise<T> {
    if (inside >= room) await new Promise<void>((enter) => waiting.push(enter))
    else inside += 1
    begun()
    try {
      return await act()
    } finally {
      // Whoever leaves hands its place on.
      const next = waiting.shift()
      if (next === undefined) inside -= 1
      else next()
    }
  }

  return {
    pass: (act) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(busy), withinMs)
        inTurn(act, () => clearTimeout(timer)).then(resolve, reject)
      }),
  }
}
