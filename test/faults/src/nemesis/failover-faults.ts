// Faults at whose end another server is primary: what was acknowledged before has to be there, and whoever is left with the old one must not answer from it.
// The tasks they are aimed at are made for them, before anything is cut: what the run's other acts end, and when, changes nothing.
import type { FaultNode } from '../cluster/node-process.ts'
import type { PlacedServer } from '../cluster/redis-side.ts'
import type { WorldTask } from '../load/world.ts'
import type { Fault, Stage } from './fault.ts'
import { isPromoted, onGroup } from './redis-group.ts'

const REDIS = ['redis'] as const
const DIRECT = 'direct'
const AIMS = 30
const REPLICATED_MS = 500
const ASKED_EVERY_MS = 500
const ANSWERING_WITHIN_MS = 40_000

const SHUT_IN = { what: 'scripts asked of the old primary after another was promoted', atLeast: 50 }

export const FAILOVER_FAULTS: readonly Fault[] = [
  {
    name: 'primary dies, Sentinels promote',
    stores: REDIS,
    holds: 'acked revokes survive the failover',
    inject: (stage) =>
      onGroup(stage, async (primary, redis) => {
        await primary.server.kill()
        if (await isPromoted(stage, redis, primary)) await stage.wait(stage.ms)
        await primary.server.restart()
      }),
  },
  {
    name: 'primary unplugged, Sentinels promote',
    stores: REDIS,
    holds: 'acked revokes survive the failover; nobody is answered by the old primary when it is back',
    inject: (stage) =>
      onGroup(stage, async (primary, redis) => {
        await stage.cluster.network.unplug(primary.place)
        if (await isPromoted(stage, redis, primary)) await stage.wait(stage.ms)
      }),
  },
  {
    name: 'failover to a replica that is behind',
    stores: REDIS,
    holds: 'ack only if WAIT >= w, else unconfirmed',
    evidence: { what: 'tasks revoked on the primary alone before the replica that had not heard of it was promoted', atLeast: 10 },
    inject: (stage) =>
      onGroup(stage, async (primary, redis) => {
        const [stale, fresh] = redis.servers.filter((one) => one !== primary)
        if (stale === undefined || fresh === undefined) return
        const aims = await tasksApart(stage)
        // Its link carries nothing, and it is the one Sentinels like best.
        await stale.server.command('CONFIG', 'SET', 'replica-priority', '1')
        await stage.cluster.network.cut([stale.place], [primary.place])
        const acts = await Promise.all(aims.map((task) => stage.revoker.task(task)))
        await primary.server.kill()
        if (await isPromoted(stage, redis, primary)) {
          if ((await redis.primary()) === stale) stage.evidence(acts.filter(({ result }) => result === 'ok' || result === 'info').length)
          else stage.note('another replica was promoted than the one that is behind')
          await answering(stage, ANSWERING_WITHIN_MS)
          await askedAbout(stage, aims, performance.now() + stage.ms)
        }
        await stale.server.command('CONFIG', 'SET', 'replica-priority', '100')
        await primary.server.restart()
      }),
  },
  {
    name: 'isolated old primary with one node',
    stores: REDIS,
    holds: 'no ALLOW after an ack on the other side',
    evidence: SHUT_IN,
    inject: (stage) => isolated(stage, 0, stage.someNode()),
  },
  {
    name: 'isolated old primary with a reader nobody waits for',
    stores: REDIS,
    holds: 'the other side goes on; no ALLOW after an ack or a deny there',
    evidence: SHUT_IN,
    inject: (stage) => isolated(stage, 0, undefined),
  },
  {
    name: 'isolated old primary with one node and one replica',
    stores: REDIS,
    holds: 'no ALLOW after an ack on the other side',
    evidence: SHUT_IN,
    inject: (stage) => isolated(stage, 1, stage.someNode()),
  },
]

/** Tasks no other act of the run is aimed at, known to everybody by now. */
async function tasksApart({ supply, wait, note }: Stage): Promise<readonly WorldTask[]> {
  const made: WorldTask[] = []
  for (const until = performance.now() + ANSWERING_WITHIN_MS; made.length < AIMS && performance.now() < until;) {
    const some = await Promise.all(Array.from({ length: AIMS - made.length }, () => supply.apart()))
    made.push(...some.filter((task) => task !== undefined))
    await wait(REPLICATED_MS)
  }
  if (made.length < AIMS) note(`only ${made.length} tasks could be made to aim at`)
  return made
}

/** Until the store answers the tester again, on a machine that may be slow. */
async function answering({ cluster, wait, note }: Stage, withinMs: number): Promise<void> {
  const until = performance.now() + withinMs
  while (performance.now() < until) {
    try {
      await cluster.direct.store.health()
      return
    } catch {
      await wait(ASKED_EVERY_MS)
    }
  }
  note('the store did not answer again in time')
}

/** Every place, about each of them, again and again. */
async function askedAbout({ load, wait }: Stage, tasks: readonly WorldTask[], until: number): Promise<void> {
  while (performance.now() < until) {
    load.askEverywhere(tasks)
    await wait(ASKED_EVERY_MS)
  }
}

/** Counted by the server itself: the scripts it answered, and those it refused. Reads are scripts, and nobody but who is shut in with it reaches it. */
async function scriptsOf({ server }: PlacedServer): Promise<{ readonly answered: number; readonly refused: number }> {
  const said = String(await server.command('INFO', 'commandstats'))
  const counts = [...said.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+),.*?,rejected_calls=(\d+),failed_calls=(\d+)/g)].map((found) => found.slice(1).map(Number))
  const sum = (at: number): number => counts.reduce((total, one) => total + (one[at] ?? 0), 0)
  return { answered: sum(0) - sum(2), refused: sum(1) + sum(2) }
}

/**
 * A node, or the tester's own place at the store, is shut in with the old primary, its own Sentinel and as many replicas as `left`. On the other side another
 * server is promoted, and tasks are revoked there; everybody is asked about just those.
 */
async function isolated(stage: Stage, left: number, node: FaultNode | undefined): Promise<void> {
  const shutIn = node?.place.name ?? DIRECT
  // An act that fails there stops the node by itself: it answers nothing before it has put back what it recorded. So nobody acts there, and what it was
  // still trying ends with its process.
  await stage.revoker.spare(shutIn)
  await node?.end()
  await node?.start()
  try {
    await onGroup(stage, async (primary, redis) => {
      const aims = await tasksApart(stage)
      const stays = redis.servers.filter((one) => one !== primary).slice(0, left)
      const inside = [shutIn, primary.place, redis.sentinelOf(shutIn), ...stays.map(({ place }) => place)]
      await stage.cluster.network.cut(
        inside,
        redis.places.filter((place) => !inside.includes(place)),
      )
      if (!(await isPromoted(stage, redis, primary))) return
      // Where a node that others wait for is shut in, nobody is answered on the other side either.
      await answering(stage, 2 * stage.ms)
      const before = await scriptsOf(primary)
      const until = performance.now() + stage.ms
      await Promise.all(aims.map((task) => stage.revoker.task(task)))
      await askedAbout(stage, aims, until)
      const after = await scriptsOf(primary)
      const [answered, refused] = [after.answered - before.answered, after.refused - before.refused]
      stage.evidence(answered + refused)
      stage.note(`${shutIn}, shut in with the old primary, was answered ${answered} times by it and refused ${refused} times`)
    })
  } finally {
    await stage.revoker.spare(undefined)
  }
}
