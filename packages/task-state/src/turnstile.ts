// Lets a few acts in at a time and the rest wait in order: ten thousand revocations at once must not keep the decisions between them waiting, nor each
// other's ledger entries past their time. Whoever waits for long is told so within a second, and keeps its place: the act is done all the same.
import { Fault } from '@bailiwick/core'
import type { Clock } from '@bailiwick/core'
import type { LoopShare } from './loop-share.ts'

/** Enough to share one commit, one wait for replicas. */
export const REVOCATIONS_AT_ONCE = 64
/** With what the act itself may take, below the second in which a revocation is answered. */
export const TURN_WITHIN_MS = 500

// One for all: thousands may be told in the same moment.
const BUSY = new Fault('state', 'store_busy', 'many acts wait; this one will be done in its turn')

export interface TurnstileOptions {
  readonly room: number
  readonly withinMs: number
  /** What the acts' beginnings take of the event loop. */
  readonly share: LoopShare
  readonly clock: Clock
}

export interface Turnstile {
  /**
   * Runs `act` when there is room; what it throws is its caller's. Throws the fault `store_busy` where there was none in time: the act has not begun then, and
   * will be done in its turn, as long as the process lives.
   */
  pass<T>(act: () => Promise<T>): Promise<T>
}

interface Waiting {
  readonly sinceMs: number
  begin(): void
  /** Its caller is told; the act keeps its place. */
  tooLate(): void
}

export function createTurnstile({ room, withinMs, share, clock }: TurnstileOptions): Turnstile {
  const waiting: Waiting[] = []
  /** How many of those that wait, from the first, were told. */
  let told = 0
  let inside = 0
  let asked = false
  let timer: NodeJS.Timeout | undefined

  function letIn(): void {
    if (asked || waiting.length === 0 || inside >= room) return
    asked = true
    share.next((goOn) => {
      asked = false
      do enter()
      while (inside < room && waiting.length > 0 && goOn())
      letIn()
    })
  }

  function enter(): void {
    const next = waiting.shift()
    if (next === undefined) return
    if (told > 0) told -= 1
    if (waiting.length === 0) {
      clearTimeout(timer)
      timer = undefined
    }
    inside += 1
    next.begin()
  }

  /** One timer for all, because the one that has waited longest is always the first. */
  function watch(): void {
    const next = waiting[told]
    if (timer !== undefined || next === undefined) return
    timer = setTimeout(
      () => {
        timer = undefined
        for (let late = waiting[told]; late !== undefined && clock.monotonicMs() - late.sinceMs >= withinMs; late = waiting[told]) {
          told += 1
          late.tooLate()
        }
        watch()
      },
      Math.max(1, withinMs - (clock.monotonicMs() - next.sinceMs)),
    )
  }

  async function inTurn<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } finally {
      inside -= 1
      letIn()
    }
  }

  return {
    pass: (act) =>
      new Promise((resolve, reject) => {
        waiting.push({ sinceMs: clock.monotonicMs(), begin: () => void inTurn(act).then(resolve, reject), tooLate: () => reject(BUSY) })
        if (waiting.length === 1 && inside < room && !asked && share.now(enter)) return
        letIn()
        watch()
      }),
  }
}
