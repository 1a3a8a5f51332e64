// What a write to Redis reports. Confirmed only where neither a failover nor an empty server could lose it: on every replica that counts (or, with one
// server, on its disk), and in the node's own ledger.
import type { Revision } from '@bailiwick/core'
import type { Acknowledgement } from '../task-store.ts'
import type { Asker } from './asker.ts'
import type { Confirmation } from './confirm.ts'

export interface Outcome {
  readonly confirmation: Confirmation
  /** The revision the act was recorded at. */
  readonly revision: Revision
  /** The store's own, when it replied. */
  readonly store: Revision
  readonly endedTasks: number
  readonly inLedger: boolean
}

export function acknowledge(asker: Asker, outcome: Outcome): Acknowledgement {
  const { confirmation, revision, store, endedTasks, inLedger } = outcome
  noteReply(asker, store, confirmation)
  return {
    status: confirmation.confirmed && inLedger ? 'confirmed' : 'unconfirmed',
    revision,
    durability: confirmation.durability,
    replicas: { needed: confirmation.needed, acked: confirmation.acked },
    endedTasks,
  }
}

/** How far the store is, and up to where nothing can be lost. The write stands whatever became of the view since. */
export function noteReply({ membership }: Asker, store: Revision, confirmation: Confirmation): void {
  const mark = membership.lastMark()
  if (mark === undefined || mark.revision.epoch !== store.epoch) return
  membership.saw(store)
  if (confirmation.confirmed) membership.confirmed({ storeId: mark.storeId, revision: store })
}
