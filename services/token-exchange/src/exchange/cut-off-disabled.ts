// A disabled account ends everything it ever delegated, and holds (DESIGN section 7): the deny of one exchange would leave the tokens other
// agents already hold for the same person. A cut-off that could not be written changes nothing about the deny.
import { newRevocationId } from '@bailiwick/core'
import type { Clock, JsonObject, Subject } from '@bailiwick/core'
import type { Logger } from '@bailiwick/runtime'
import type { TaskStore } from '@bailiwick/task-state'
import { logFault } from './record.ts'

export const SET_BY = 'bailiwick:account_disabled'

interface Deps {
  readonly store: TaskStore
  readonly clock: Clock
  readonly log: Logger
}

export async function cutOffDisabled({ store, clock, log }: Deps, subject: Subject): Promise<JsonObject | undefined> {
  if (subject.kind !== 'user') return undefined
  const id = newRevocationId(clock.nowMs())
  const scope = { kind: 'user', id: subject.sub } as const
  try {
    const recorded = await store.revoke({ id, scope, reason: 'account_disabled', hold: true, setBy: SET_BY, atMs: clock.nowMs() })
    return { revocation: { id, scope, hold: true, status: recorded.ok ? recorded.value.status : 'refused' } }
  } catch (thrown) {
    logFault(log, id, thrown)
    return { revocation: { id, scope, hold: true, status: 'unknown' } }
  }
}
