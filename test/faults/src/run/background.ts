// What goes on all the time of a run, whatever is broken meanwhile: tasks are made up for, revoked, looked at; some revocations have to be refused; and now
// and then a check is held and its task revoked.
import type { Cluster } from '../cluster/cluster.ts'
import { heldCheck } from '../load/held-checks.ts'
import type { Load } from '../load/load.ts'
import type { Observer } from '../load/observer.ts'
import type { Revoker } from '../load/revoker.ts'
import type { Supply } from '../load/supply.ts'
import type { World } from '../load/world.ts'
import type { Random } from '../random.ts'

export interface BackgroundDeps {
  readonly cluster: Cluster
  readonly world: World
  readonly random: Random
  readonly supply: Supply
  readonly revoker: Revoker
  readonly observer: Observer
  readonly load: Load
  readonly revokesPerSecond: number
  inBackground(work: Promise<unknown>): void
}

export const LIVE_WANTED = 60
const REFILL_MS = 100
const HELD_EVERY_MS = 1_000
const LOOK_EVERY_MS = 60
const REFUSED_EVERY_MS = 500

/** Returns what ends it. */
export function startBackground({ cluster, world, random, supply, revoker, observer, load, revokesPerSecond, inBackground }: BackgroundDeps): () => void {
  const { nodes, pdp } = cluster
  let refilling = false
  const refill = (): void => {
    if (refilling || world.live.length >= LIVE_WANTED) return
    refilling = true
    inBackground(supply.many(LIVE_WANTED - world.live.length).finally(() => (refilling = false)))
  }
  const refuse = (): void => {
    const task = world.pickLive()
    if (task !== undefined) inBackground(revoker.refused(task).then((id) => observer.watch(id)))
  }
  const timers = [
    setInterval(refill, REFILL_MS),
    setInterval(() => inBackground(revoker.any()), 1000 / revokesPerSecond),
    setInterval(() => inBackground(observer.look()), LOOK_EVERY_MS),
    setInterval(refuse, REFUSED_EVERY_MS),
    setInterval(() => inBackground(heldCheck({ nodes, pdp, supply, revoker, load, random }, random.next() < 0.5 ? 'policy' : 'audit')), HELD_EVERY_MS),
  ]
  return () => {
    for (const timer of timers) clearInterval(timer)
  }
}
