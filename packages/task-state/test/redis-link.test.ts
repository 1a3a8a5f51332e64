// The connection comes back whatever ended it, also where the library gives its client up.
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { AbstractConnector } from 'ioredis'
import { expect, it, vi } from 'vitest'
import { testClock } from '@bailiwick/kit/clock'
import { startRedis } from '@bailiwick/kit/redis-server'
import { withRedis } from '@bailiwick/kit/with-redis'
import { clientOptions } from '../src/redis/client-options.ts'
import { openLink } from '../src/redis/link.ts'
import { settingsOf } from '../src/redis/options.ts'
import { memoryLedger } from '@bailiwick/kit/test-store'

await withRedis('a connection', (program) => {
  it('is made again after the library gave up while one was being made, as it does when a failover is noticed just then', async () => {
    const server = await startRedis(program)
    let attempts = 0
    class Interrupted extends AbstractConnector {
      constructor() {
        super(1_000)
      }
      override async connect(): Promise<Socket> {
        attempts += 1
        this.connecting = true
        if (attempts === 1) throw new Error('Connection is closed.')
        this.stream = connect(server.port, '127.0.0.1')
        return this.stream
      }
    }
    const clock = testClock()
    const settings = settingsOf({ url: server.url, ledger: memoryLedger(), clock, nodeId: 'node-1' })
    const link = openLink({ name: 'reads', client: { ...clientOptions(settings, 'reads'), Connector: Interrupted }, clock, changed: () => undefined })
    try {
      await vi.waitFor(async () => expect(await link.current().call('PING')).toBe('PONG'), { timeout: 10_000, interval: 20 })
      expect(attempts).toBe(2)
    } finally {
      link.close()
      await server.close()
    }
  })
})
