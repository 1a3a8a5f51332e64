// Another process on the same file, driven over IPC: opens a store with a ledger of its own and does what it is told.
import { testClock } from '@bailiwick/kit/clock'
import { memoryLedger } from '@bailiwick/kit/test-store'
import { openSqliteTaskStore } from '../src/index.ts'
import type { TaskStore } from '../src/index.ts'
import type { ChildOrder } from './store-process.ts'

let store: TaskStore | undefined

async function run(order: ChildOrder): Promise<unknown> {
  if (order.verb === 'open') {
    store = await openSqliteTaskStore({ file: order.file, ledger: memoryLedger(), clock: testClock() })
    return await store.health()
  }
  if (store === undefined) throw new Error('not open')
  switch (order.verb) {
    case 'create':
      return await store.createTask(order.task, order.now)
    case 'revoke':
      return await store.revoke(order.input)
    case 'read':
      return await store.readStanding(order.query)
    case 'close':
      await store.close()
  }
  return undefined
}

process.on('message', (order: ChildOrder) => {
  run(order).then(
    (value) => process.send?.({ value }),
    (error: unknown) => process.send?.({ fault: error instanceof Error ? String(Reflect.get(error, 'code') ?? error.message) : 'unknown' }),
  )
})
process.send?.({ value: 'ready' })
