// What a write to the embedded store reports.
import type { Revision } from '@bailiwick/core'
import type { Acknowledgement } from '../task-store.ts'

/** One file on one disk: fsynced is as durable as it gets. Without the ledger's memory a replaced file would forget it: unconfirmed. */
export function acknowledge(revision: Revision, endedTasks: number, inLedger: boolean): Acknowledgement {
  return { status: inLedger ? 'confirmed' : 'unconfirmed', revision, durability: 'local', replicas: { needed: 0, acked: 0 }, endedTasks }
}
