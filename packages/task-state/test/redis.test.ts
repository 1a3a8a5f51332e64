// The replicated store keeps the contract, on one real server whose disk is its only durability.
import { afterAll, beforeAll } from 'vitest'
import { startRedis } from '@bailiwick/kit/redis-server'
import type { RedisServer } from '@bailiwick/kit/redis-server'
import { memoryLedger } from '@bailiwick/kit/test-store'
import { openRedisTaskStore } from '../src/index.ts'
import { taskStoreContract } from './contract.ts'
import { withRedis } from '@bailiwick/kit/with-redis'

await withRedis('one Redis server', (program) => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis(program)
  })
  afterAll(() => server.close())
  let stores = 0

  taskStoreContract('redis', async (clock) => {
    stores += 1
    // What is tested here is what it answers; how soon, on a machine that does nothing else, is measured.
    const options = { url: server.url, namespace: `contract-${stores}`, ledger: memoryLedger(), clock, nodeId: 'node-1', readWithinMs: 900 }
    let current = await openRedisTaskStore(options)
    return {
      store: current,
      async reopen() {
        await current.close()
        current = await openRedisTaskStore(options)
        return current
      },
      close: () => current.close(),
    }
  })
})
