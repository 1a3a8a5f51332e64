// What every fault of the Redis servers is made on, and how long it takes until the group is as it was.
import type { PlacedServer, RedisSide } from '../cluster/redis-side.ts'
import type { Stage } from './fault.ts'

/** Sentinels take five seconds to believe that a primary is gone, and a few to agree on another; on a machine that is slow they try more than once. */
const PROMOTED_WITHIN_MS = 45_000
/** A primary that comes back after another was promoted is turned into a replica when Sentinels have seen it be wrong for a while. */
const WHOLE_WITHIN_MS = 45_000
/** How long before a replica counts again: see the confirmation's rules. */
const SETTLED_MS = 5_000

type OnServers = (primary: PlacedServer, redis: RedisSide) => Promise<void>

/** On whoever is primary now; when it is over, the group is whole again. */
export async function onPrimary(stage: Stage, act: OnServers): Promise<void> {
  const { redis } = stage.cluster
  const primary = await namedPrimary(stage)
  if (redis === undefined || primary === undefined) return stage.note('there was no primary to do it to')
  await act(primary, redis)
  await mend(stage, redis)
}

/** Mends the network and the servers, and waits until replicas that came anew count again. */
export async function becomeWhole(stage: Stage, redis: RedisSide): Promise<void> {
  await mend(stage, redis)
  await stage.wait(SETTLED_MS)
}

async function mend({ cluster, note }: Stage, redis: RedisSide): Promise<void> {
  await cluster.network.heal()
  for (const { server } of redis.servers) server.thaw()
  if (!(await redis.whole(WHOLE_WITHIN_MS))) note('the group was not whole again in time')
}

/** Sentinels that were started a moment ago, or sit on a machine that is slow, say nothing at first. */
async function namedPrimary({ cluster, wait }: Stage): Promise<PlacedServer | undefined> {
  for (const until = performance.now() + PROMOTED_WITHIN_MS; performance.now() < until;) {
    const primary = await cluster.redis?.primary()
    if (primary !== undefined) return primary
    await wait(100)
  }
  return undefined
}

/** The same, and then replicas that came anew count again. */
export async function onGroup(stage: Stage, act: OnServers): Promise<void> {
  await onPrimary(stage, act)
  await stage.wait(SETTLED_MS)
}

/** Whether Sentinels have named another than the old one, in time; a note where not. */
export async function isPromoted({ wait, note }: Stage, redis: RedisSide, old: PlacedServer): Promise<boolean> {
  const until = performance.now() + PROMOTED_WITHIN_MS
  while (performance.now() < until) {
    const now = await redis.primary()
    if (now !== undefined && now !== old) return true
    await wait(100)
  }
  note('nobody was promoted in time')
  return false
}
