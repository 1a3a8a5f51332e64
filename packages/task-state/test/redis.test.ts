// The replicated store keeps the contract, on one real server whose disk is its only durability.
import { afterAll, beforeAll } from 'vitest'
import { startRedis } from '@bailiwick/kit/redis-server'
import type { RedisServer } from '@bailiwick/kit/redis-server'
import { withRedis } from '@bailiwick/kit/with-redis'
import { taskStoreContract } from './contract.ts'
import { contractSubject } from './redis-support.ts'

await withRedis('one Redis server', (program) => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis(program)
  })
  afterAll(() => server.close())

  taskStoreContract('redis', (clock) => contractSubject(server, { clock }))
})
