// A disabled account ends everything it ever delegated, and holds: the deny of one call would leave the tokens other
// agents already hold for the same person. Called by whichever walk learns of it first; from then on the task check itself denies.
import { newRevocationId } from '@bailiwick/core'
import type { Clock, JsonObject, Subject } from '@bailiwick/core'
import type { TaskStore } from './task-store.ts'

const SET_BY = 'bailiwick:account_disabled'

/**
 * Sets the cut-off and says what became of it, for the audit record. Never throws: a cut-off that could not be written changes nothing about the
 * deny that follows, and the next call tries again. Undefined for subjects that are no accounts.
 */
export async function cutOffDisabled(
  deps: { readonly store: Pick<TaskStore, 'revoke'>; readonly clock: Clock },
  subject: Subject,
): Promise<JsonObject | undefined> {
  if (subject.kind !== 'user') return undefined
  const atMs = deps.clock.nowMs()
  const id = newRevocationId(atMs)
  const scope = { kind: 'user', id: subject.sub } as const
  const told = (status: string): JsonObject => ({ revocation: { id, scope, hold: true, status } })
  try {
    const recorded = await deps.store.revoke({ id, scope, reason: 'account_disabled', hold: true, setBy: SET_BY, atMs })
    return told(recorded.ok ? recorded.value.status : 'refused')
  } catch {
    // The store's own fault is what the next task check answers with.
    return told('unknown')
  }
}
