// Lets a few acts in at a time and the rest wait in order: ten thousand revocations at once must not keep the decisions between them waiting, nor each
// other's ledger entries past their time. Knows nothing of what passes.

/** Enough to share one commit, one wait for replicas. */
export const REVOCATIONS_AT_ONCE = 64

export interface Turnstile {
  /** Runs `act` when there is room; what it throws is its caller's. */
  pass<T>(act: () => Promise<T>): Promise<T>
}

export function createTurnstile(room: number): Turnstile {
  const waiting: (() => void)[] = []
  let inside = 0

  return {
    async pass(act) {
      if (inside >= room) await new Promise<void>((enter) => waiting.push(enter))
      else inside += 1
      try {
        return await act()
      } finally {
        // Whoever leaves hands its place on.
        const next = waiting.shift()
        if (next === undefined) inside -= 1
        else next()
      }
    },
  }
}
