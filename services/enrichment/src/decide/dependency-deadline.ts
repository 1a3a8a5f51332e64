// How long a dependency may take: less than the decision, so that what it did not answer can still be recorded and denied for its own
// reason in time. Pure.
import { remainingMs } from '@bailiwick/core'
import type { Clock, Deadline } from '@bailiwick/core'

const RESERVED_SHARE = 0.2
const RESERVED_AT_MOST_MS = 25

export function dependencyDeadline(clock: Clock, deadline: Deadline): Deadline {
  const reserved = Math.min(RESERVED_AT_MOST_MS, remainingMs(clock, deadline) * RESERVED_SHARE)
  return { atMonotonicMs: deadline.atMonotonicMs - reserved }
}
