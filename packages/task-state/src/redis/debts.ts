// What this node recorded and the store may not have: put back once in every epoch, and again after an act whose write may have failed.
import type { Clock, RecordedAct } from '@bailiwick/core'
import type { Session } from './link.ts'
import { reassert } from './reassert.ts'
import type { View } from './view.ts'

export interface Debts {
  /** An act was recorded that the store may not have. */
  owe(): void
  /** Everything recorded was put back, in whatever store and epoch, and nothing is owed since. */
  areSettled(): boolean
  areSettledIn(view: View): boolean
  /** Puts `acts`, all this node recorded, back into the store. Settled by it unless another act was owed in the meantime. */
  settle(session: Session, target: View, acts: readonly RecordedAct[]): Promise<void>
}

export function createDebts({ head, clock }: { readonly head: string; readonly clock: Clock }): Debts {
  let settledIn: string | undefined
  let owed = 0
  return {
    owe() {
      owed += 1
      settledIn = undefined
    },
    areSettled: () => settledIn !== undefined,
    areSettledIn: (view) => settledIn === keyOf(view),
    async settle(session, target, acts) {
      const owing = owed
      await reassert({ session, head, view: target, clock }, acts)
      if (owing === owed) settledIn = keyOf(target)
    },
  }
}

function keyOf(view: View): string {
  return `${view.storeId}/${view.epoch}`
}
