// No answer after the deadline but a deny: a dependency that never comes back must not hold the caller. The work itself goes on; its own
// last check sees the same deadline, so what it signed afterwards is recorded as withheld and released to nobody.
import { deny, remainingMs } from '@bailiwick/core'
import type { Clock, Deadline, Result } from '@bailiwick/core'

export async function answerWithin<T>(clock: Clock, deadline: Deadline, work: Promise<Result<T>>): Promise<Result<T>> {
  const late = Promise.withResolvers<Result<T>>()
  const timer = setTimeout(() => late.resolve(deny({ reason: 'deadline_exceeded', detail: 'no_outcome_in_time' })), remainingMs(clock, deadline))
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
