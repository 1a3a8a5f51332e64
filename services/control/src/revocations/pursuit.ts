// Revocations whose outcome is unknown or not confirmed are tried again under the same id until the store confirms them: an operator who
// was told `unconfirmed` must not have to stay and watch. Lives as long as the process; what a crash interrupts, the ledger puts back.
import type { Logger } from '@bailiwick/runtime'
import type { RevokeInput, TaskStore } from '@bailiwick/task-state'

export interface Pursuit {
  pursue(input: RevokeInput): void
  /** The act as asked, while it is still being tried: the store may not know it yet. */
  pending(id: string): RevokeInput | undefined
  close(): void
}

const FIRST_DELAY_MS = 250
const LONGEST_DELAY_MS = 5_000

export function createPursuit(deps: { readonly store: Pick<TaskStore, 'revoke'>; readonly log: Logger }): Pursuit {
  const timers = new Set<NodeJS.Timeout>()
  const pending = new Map<string, RevokeInput>()

  const later = (input: RevokeInput, delayMs: number): void => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      deps.store.revoke(input).then(
        (done) => {
          // A denial is final too: the task it named is not there.
          const outcome = done.ok ? done.value.status : done.denial.reason
          deps.log.info({ revocation_id: input.id, outcome }, 'revocation settled')
          if (done.ok && done.value.status === 'unconfirmed') later(input, LONGEST_DELAY_MS)
          else pending.delete(input.id)
        },
        () => later(input, Math.min(delayMs * 2, LONGEST_DELAY_MS)),
      )
    }, delayMs)
    timers.add(timer)
  }

  return {
    pursue: (input) => {
      if (pending.has(input.id)) return
      pending.set(input.id, input)
      later(input, FIRST_DELAY_MS)
    },
    pending: (id) => pending.get(id),
    close: () => {
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      pending.clear()
    },
  }
}
