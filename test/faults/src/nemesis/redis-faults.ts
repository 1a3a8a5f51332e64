// What happens to the Redis servers, to their data, and to the network between them and everybody else.
import type { PlacedServer, RedisSide } from '../cluster/redis-side.ts'
import type { Fault, Stage } from './fault.ts'

const REDIS = ['redis'] as const
/** Sentinels take five seconds to believe that a primary is gone, and a few to agree on another. */
const PROMOTED_WITHIN_MS = 20_000
/** How long before a replica counts again: see the confirmation's rules. */
const SETTLED_MS = 5_000

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
    name: 'primary dies, Sentinels promote',
    stores: REDIS,
    holds: 'acked revokes survive the failover',
    inject: (stage) =>
      onGroup(stage, async (primary, redis) => {
        await primary.server.kill()
        await promoted(stage, redis, primary)
        await primary.server.restart()
      }),
  },
  {
    name: 'failover to a replica that is behind',
    stores: REDIS,
    holds: 'ack only if WAIT >= w, else unconfirmed',
    inject: (stage) =>
      onGroup(stage, async (primary, redis) => {
        const [stale, fresh] = redis.servers.filter((one) => one !== primary)
        if (stale === undefined || fresh === undefined) return
        // Its link carries nothing, and it is the one Sentinels like best.
        await stale.server.command('CONFIG', 'SET', 'replica-priority', '1')
        primary.partition.cut((speaker) => speaker === `replica ${stale.partition.port}`)
        await stage.revoker.burst(10)
        await stage.wait(1_500)
        await primary.server.kill()
        await promoted(stage, redis, primary)
        await stale.server.command('CONFIG', 'SET', 'replica-priority', '100')
        await primary.server.restart()
        primary.partition.heal()
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
      onGroup(stage, async (primary, redis) => {
        const replica = redis.servers.find((one) => one !== primary)
        primary.partition.cut((speaker) => speaker === `replica ${replica?.partition.port ?? 0}`)
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
    name: 'isolated old primary with one node',
    stores: REDIS,
    holds: 'no ALLOW after an ack on the other side',
    inject: (stage) => isolated(stage, 0),
  },
  {
    name: 'isolated old primary with one node and one replica',
    stores: REDIS,
    holds: 'no ALLOW after an ack on the other side',
    inject: (stage) => isolated(stage, 1),
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
    holds: 'late = DENY',
    inject: (stage) =>
      onPrimary(stage, async ({ partition }) => {
        for (const ms of [60, 300]) {
          partition.delay(ms)
          await stage.wait(stage.ms / 2)
        }
        partition.delay(0)
      }),
  },
  {
    name: 'blackhole between nodes and Redis',
    stores: REDIS,
    holds: 'DENY within the read timeout; writes that waited do no harm',
    inject: (stage) =>
      onPrimary(stage, async ({ partition }) => {
        partition.cut((speaker) => !speaker.startsWith('replica') && speaker !== 'sentinel')
        await stage.wait(Math.min(stage.ms, 4_000))
        partition.heal()
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
      onPrimary(stage, async (primary) => {
        const { partition } = primary
        for (let left = stage.ms; left > 0; left -= 1_000) {
          // Creations of the tester wait in the network while everything is cut off by a node, and arrive after that.
          partition.cut((speaker) => speaker === 'direct')
          const waiting = stage.supply.many(5)
          await stage.wait(200)
          await stage.revoker.cutOff()
          partition.heal()
          await waiting
          await stage.wait(Math.min(800, left))
        }
      }),
  },
]

/** On whoever is primary now; when it is over, the group is whole again. */
async function onPrimary(stage: Stage, act: (primary: PlacedServer, redis: RedisSide) => Promise<void>): Promise<void> {
  const { redis } = stage.cluster
  const primary = await redis?.primary()
  if (redis === undefined || primary === undefined) return stage.note('there was no primary to do it to')
  await act(primary, redis)
  for (const { partition, server } of redis.servers) {
    partition.heal()
    server.thaw()
  }
  if (!(await redis.whole(PROMOTED_WITHIN_MS))) stage.note('the group was not whole again in time')
}

/** The same, and then replicas that came anew count again. */
async function onGroup(stage: Stage, act: (primary: PlacedServer, redis: RedisSide) => Promise<void>): Promise<void> {
  await onPrimary(stage, act)
  await stage.wait(SETTLED_MS)
}

async function promoted(stage: Stage, redis: RedisSide, old: PlacedServer): Promise<void> {
  const until = performance.now() + PROMOTED_WITHIN_MS
  while (performance.now() < until) {
    const now = await redis.primary()
    if (now !== undefined && now !== old) return stage.wait(stage.ms)
    await stage.wait(100)
  }
  stage.note('nobody was promoted in time')
}

/** The old primary keeps one node (and its way to a Sentinel is cut), and as many replicas as `left`. */
async function isolated(stage: Stage, left: number): Promise<void> {
  await onGroup(stage, async (primary, redis) => {
    const kept = stage.someNode().place.name
    const stays = redis.servers.filter((one) => one !== primary).slice(0, left)
    const replicas = new Set(stays.map(({ partition }) => `replica ${partition.port}`))
    // Cut off from the other side too: a Sentinel that sees them would turn them.
    primary.partition.cut((speaker) => speaker !== kept && !replicas.has(speaker))
    for (const { partition } of stays) partition.cut(() => true)
    redis.wayToSentinel(kept)?.cut()
    await promoted(stage, redis, primary)
    redis.wayToSentinel(kept)?.heal()
  })
}
