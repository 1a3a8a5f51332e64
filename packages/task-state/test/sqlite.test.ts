// The embedded store keeps the contract.
import { DatabaseSync } from 'node:sqlite'
import { openSqliteTaskStore } from '../src/index.ts'
import type { TaskStore } from '../src/index.ts'
import { testClock } from '@bailiwick/kit/clock'
import { memoryLedger, openTestStore } from '@bailiwick/kit/test-store'
import { taskStoreContract } from './contract.ts'

taskStoreContract('sqlite', async (clock) => {
  const { store, ledger, file, close } = await openTestStore({ clock })
  let current = store
  const others: TaskStore[] = []
  return {
    store,
    async reopen() {
      await current.close()
      current = await openSqliteTaskStore({ file, ledger, clock })
      return current
    },
    // What another process with that clock would have left.
    async moveClock(ms) {
      const db = new DatabaseSync(file)
      db.prepare('UPDATE meta SET clock_ms = ?').run(ms)
      db.close()
    },
    async nodeWithClock(ms) {
      const other = await openSqliteTaskStore({ file, ledger: memoryLedger(), clock: testClock(ms) })
      others.push(other)
      return other
    },
    async close() {
      for (const other of others) await other.close()
      await current.close()
      await close()
    },
  }
})
