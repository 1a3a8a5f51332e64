// A real embedded task store in a folder of its own, with a ledger in memory. Real, because a fake store would agree with whatever a test
// assumes of it; the ledger alone is replaced, so that a test of a service needs no audit file.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compareRevisions } from '@bailiwick/core'
import type { Clock, RecordedAct, StoreLedger, StoreMark } from '@bailiwick/core'
import { openSqliteTaskStore } from '@bailiwick/task-state'
import type { TaskStore } from '@bailiwick/task-state'

export interface MemoryLedger extends StoreLedger {
  /** What was recorded so far, oldest first; a live view. */
  readonly recorded: readonly RecordedAct[]
  /** While set, every write to the ledger rejects with it. */
  failWith: Error | undefined
}

/** Behaves like the journal's ledger, short of surviving the process. */
export function memoryLedger(): MemoryLedger {
  const recorded: RecordedAct[] = []
  let furthest: StoreMark | undefined
  const move = (mark: StoreMark): void => {
    if (furthest === undefined || furthest.storeId !== mark.storeId || compareRevisions(mark.revision, furthest.revision) > 0) furthest = mark
  }
  const ledger: MemoryLedger = {
    recorded,
    failWith: undefined,
    mark: async () => furthest,
    acts: async () => [...recorded],
    async record(mark, act) {
      if (ledger.failWith !== undefined) throw ledger.failWith
      move(mark)
      recorded.push(act)
    },
    async advance(mark) {
      if (ledger.failWith !== undefined) throw ledger.failWith
      move(mark)
    },
  }
  return ledger
}

export interface TestStore {
  readonly store: TaskStore
  readonly ledger: MemoryLedger
  readonly file: string
  /** Closes the store and removes its folder. */
  close(): Promise<void>
}

export async function openTestStore(options: { readonly clock: Clock }): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), 'bailiwick-store-'))
  const file = join(folder, 'bailiwick.db')
  const ledger = memoryLedger()
  const store = await openSqliteTaskStore({ file, ledger, clock: options.clock })
  return {
    store,
    ledger,
    file,
    async close() {
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
