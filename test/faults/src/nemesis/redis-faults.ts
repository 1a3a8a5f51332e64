// What happens to the Redis servers, to their data, and to the network between them and everybody else. Where another server is promoted: failover-faults.ts.
import { becomeWhole, onGroup, onPrimary } from './redis-group.ts'
import type { Fault } from './fault.ts'

const REDIS = ['redis'] as const
/** The tester's own place at the store. */
const DIRECT = 'direct'

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
    name: 'replication to one replica is cut',
    stores: REDIS,
    holds: 'unconfirmed, and nothing that ended lives',
    inject: (stage) =>
      // One after the other: whoever read from a replica would be found out by one of them.
      onGroup(stage, async (primary, redis) => {
        for (const replica of redis.servers.filter((one) => one !== primary)) {
          await stage.cluster.network.cut([replica.place], [primary.place])
          await stage.wait(stage.ms)
          await becomeWhole(stage, redis)
        }
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
    name: 'slow network to Redis',
    stores: REDIS,
    missing: ({ network }) => network.lacks('delay'),
    holds: 'late = DENY',
    inject: (stage) =>
      onPrimary(stage, async ({ place }) => {
        for (const ms of [60, 300]) {
          await stage.cluster.network.delay(place, ms)
          await stage.wait(stage.ms / 2)
        }
      }),
  },
  {
    name: 'blackhole between nodes and Redis',
    stores: REDIS,
    holds: 'DENY within the read timeout; writes that waited do no harm',
    inject: (stage) =>
      onPrimary(stage, async ({ place }, { participants }) => {
        await stage.cluster.network.cut(participants, [place])
        await stage.wait(Math.min(stage.ms, 4_000))
      }),
  },
  {
    name: 'answers of Redis do not arrive',
    stores: REDIS,
    holds: 'DENY within the read timeout; what was not confirmed may have happened, and is not said not to have',
    inject: (stage) =>
      onPrimary(stage, async ({ place }, { participants }) => {
        await stage.cluster.network.cut([place], participants, 'towards')
        await stage.wait(Math.min(stage.ms, 4_000))
      }),
  },
  {
    name: 'acks of the replicas do not arrive',
    stores: REDIS,
    holds: 'nothing is confirmed; DENY once the primary has not heard of them for its lag',
    inject: (stage) =>
      onGroup(stage, async (primary, { servers }) => {
        const replicas = servers.flatMap(({ place }) => (place === primary.place ? [] : [place]))
        await stage.cluster.network.cut(replicas, [primary.place], 'towards')
        await stage.wait(Math.min(stage.ms, 4_000))
      }),
  },
  {
    name: 'packets to Redis are lost',
    stores: REDIS,
    holds: 'late = DENY; nothing that ended lives',
    missing: ({ network }) => network.lacks('loss'),
    inject: (stage) =>
      onPrimary(stage, async ({ place }) => {
        for (const share of [0.05, 0.3]) {
          await stage.cluster.network.lose(place, share)
          await stage.wait(stage.ms / 2)
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
  {
    name: 'old write replayed after the revocation',
    stores: REDIS,
    holds: 'compare-and-set refuses it',
    inject: (stage) =>
      onPrimary(stage, async ({ place }) => {
        const { network } = stage.cluster
        for (let left = stage.ms; left > 0; left -= 1_000) {
          // Creations of the tester wait in the network while everything is cut off by a node, and arrive after that.
          await network.cut([DIRECT], [place])
          const waiting = stage.supply.many(5)
          await stage.wait(200)
          await stage.revoker.cutOff()
          await network.heal()
          await waiting
          await stage.wait(Math.min(800, left))
        }
      }),
  },
]
