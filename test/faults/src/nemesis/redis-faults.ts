// What happens to the Redis servers and to their data. To the network between them and everybody else: redis-network-faults.ts; where another server is
// promoted: failover-faults.ts.
import { onGroup, onPrimary } from './redis-group.ts'
import type { Fault } from './fault.ts'

const REDIS = ['redis'] as const

export const REDIS_FAULTS: readonly Fault[] = [
  {
    name: 'Redis kill -9, restart',
    stores: REDIS,
    holds: 'acked revokes survive; DENY while down',
    inject: (stage) =>
      onGroup(stage, async ({ server }) => {
        await server.kill()
        await stage.wait(Math.min(stage.ms, 2_000))
        await server.restart()
      }),
  },
  {
    name: 'Redis killed after its last dump',
    stores: REDIS,
    holds: 'acked revokes survive',
    inject: (stage) =>
      onGroup(stage, async ({ server }) => {
        await server.command('SAVE')
        await stage.revoker.burst(12)
        await stage.wait(1_000)
        await server.kill()
        await server.restart()
        await stage.wait(stage.ms)
      }),
  },
  {
    name: 'a replica is frozen',
    stores: REDIS,
    holds: 'unconfirmed, and nothing that ended lives',
    inject: (stage) =>
      onPrimary(stage, async (primary, redis) => {
        const replica = redis.servers.find((one) => one !== primary)
        replica?.server.freeze()
        await stage.wait(stage.ms)
        replica?.server.thaw()
      }),
  },
  {
    name: 'Redis frozen',
    stores: REDIS,
    holds: 'DENY within the read timeout; no queue growth',
    inject: (stage) =>
      onPrimary(stage, async ({ server }) => {
        server.freeze()
        await stage.wait(Math.min(stage.ms, 2_500))
        server.thaw()
      }),
  },
  {
    name: 'Redis asleep now and then',
    stores: REDIS,
    holds: 'DENY within the read timeout',
    inject: (stage) =>
      onPrimary(stage, async ({ server }) => {
        for (let left = stage.ms; left > 0; left -= 1_000) {
          void server.command('DEBUG', 'SLEEP', '0.4').catch(() => undefined)
          await stage.wait(Math.min(1_000, left))
        }
      }),
  },
  {
    name: 'FLUSHALL',
    stores: REDIS,
    holds: 'missing = DENY, then recovering',
    inject: (stage) =>
      onPrimary(stage, async ({ server }) => {
        await server.command('FLUSHALL')
        await stage.wait(stage.ms / 2)
      }),
  },
  {
    name: 'databases swapped',
    stores: REDIS,
    holds: 'missing = DENY, then recovering',
    inject: (stage) =>
      onPrimary(stage, async ({ server }) => {
        await server.command('SWAPDB', '0', '1')
        await stage.wait(stage.ms / 2)
        await server.command('SWAPDB', '0', '1')
        await stage.wait(stage.ms / 2)
      }),
  },
  {
    name: 'memory full, keys evicted',
    stores: REDIS,
    holds: 'missing = DENY',
    inject: (stage) =>
      onPrimary(stage, async ({ server }) => {
        await server.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
        await server.command('CONFIG', 'SET', 'maxmemory', '2mb')
        await stage.wait(stage.ms / 2)
        await server.command('CONFIG', 'SET', 'maxmemory', '0')
        await server.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
      }),
  },
  {
    name: 'feed silenced',
    stores: REDIS,
    holds: 'result unchanged',
    inject: (stage) =>
      onPrimary(stage, async ({ server }) => {
        for (let left = stage.ms; left > 0; left -= 250) {
          const keys = await server.command('KEYS', '*:feed')
          if (Array.isArray(keys)) for (const key of keys) await server.command('DEL', String(key))
          await stage.wait(Math.min(250, left))
        }
      }),
  },
]
