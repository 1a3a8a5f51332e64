// What happens to the network between the Redis servers and everybody else, as long as nobody else is promoted for it.
import { becomeWhole, onGroup, onPrimary } from './redis-group.ts'
import type { Fault } from './fault.ts'

const REDIS = ['redis'] as const
/** The tester's own place at the store. */
const DIRECT = 'direct'
/** Short enough that Sentinels promote nobody. */
const LONGEST_MS = 4_000

export const REDIS_NETWORK_FAULTS: readonly Fault[] = [
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
        await stage.wait(Math.min(stage.ms, LONGEST_MS))
      }),
  },
  {
    name: 'answers of Redis do not arrive',
    stores: REDIS,
    holds: 'DENY within the read timeout; what was not confirmed may have happened, and is not said not to have',
    inject: (stage) =>
      onPrimary(stage, async ({ place }, { participants }) => {
        await stage.cluster.network.cut([place], participants, 'towards')
        await stage.wait(Math.min(stage.ms, LONGEST_MS))
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
        await stage.wait(Math.min(stage.ms, LONGEST_MS))
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
