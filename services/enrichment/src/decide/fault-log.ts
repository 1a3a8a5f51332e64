// What failed under a decision, in the log: the first failure of its kind at once, those after it counted and told once a second. An engine
// that is gone fails every decision, and a line for each would cost more than the decisions do. Each has its own record in the journal.
import { Fault } from '@bailiwick/core'
import type { Clock, DecisionId, Denial } from '@bailiwick/core'
import type { Logger } from '@bailiwick/runtime'

export interface FaultLog {
  failed(id: DecisionId, reason: Denial['reason'], thrown: unknown): void
}

const EVERY_MS = 1_000

interface Told {
  atMs: number
  untold: number
}

export function createFaultLog(clock: Clock, log: Pick<Logger, 'warn'>): FaultLog {
  /** Dependencies and codes are ours, so there are few; of our own bugs there is one kind. */
  const kinds = new Map<string, Told>()
  return {
    failed(id, reason, thrown) {
      const kind = thrown instanceof Fault ? `${thrown.dependency} ${thrown.code}` : 'bug'
      const now = clock.monotonicMs()
      const told = kinds.get(kind)
      if (told !== undefined && now - told.atMs < EVERY_MS) {
        told.untold += 1
        return
      }
      kinds.set(kind, { atMs: now, untold: 0 })
      const alike = told === undefined || told.untold === 0 ? {} : { alike_since_last_line: told.untold }
      log.warn({ decision_id: id, reason, ...alike, err: thrown }, 'a decision failed')
    },
  }
}
