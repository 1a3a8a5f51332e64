// The embedded store keeps the contract.
import { openSqliteTaskStore } from '../src/index.ts'
import { openTestStore } from '@bailiwick/kit/test-store'
import { taskStoreContract } from './contract.ts'

taskStoreContract('sqlite', async (clock) => {
  const { store, ledger, file, close } = await openTestStore({ clock })
  let current = store
  return {
    store,
    async reopen() {
      await current.close()
      current = await openSqliteTaskStore({ file, ledger, clock })
      return current
    },
    async close() {
      await current.close()
      await close()
    },
  }
})
