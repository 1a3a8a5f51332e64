// The tester's own place at the store: one more participant with a journal of its own, for tasks in bulk and for reading state without a door in front.
import { join } from 'node:path'
import { openJournal } from '@bailiwick/audit'
import type { Journal } from '@bailiwick/audit'
import { systemClock } from '@bailiwick/core'
import type { StoreLedger } from '@bailiwick/core'
import type { TaskStore } from '@bailiwick/task-state'
import { openKeyRing } from '@bailiwick/tokens'
import type { KeyRing } from '@bailiwick/tokens'
import type { House } from './house.ts'

export interface Direct {
  readonly store: TaskStore
  readonly keys: KeyRing
  close(): Promise<void>
}

export async function openDirect(house: House, openStore: (ledger: StoreLedger) => Promise<TaskStore>): Promise<Direct> {
  const journal: Journal = await openJournal({
    file: join(house.dataFolder, 'audit-direct.db'),
    node: 'direct',
    clock: systemClock,
    reservedBytes: 1024 * 1024,
  })
  const store = await openStore(journal.ledger)
  const keys = await openKeyRing({ directory: join(house.dataFolder, 'keys'), issuer: house.issuer, algorithm: 'ES256', clock: systemClock })
  return {
    store,
    keys,
    async close() {
      await store.close()
      await keys.close()
      await journal.close()
    },
  }
}
