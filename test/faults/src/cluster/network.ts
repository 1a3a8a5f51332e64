// The network between everybody of a run, and how it is broken: places that cannot reach each other any more, and what then falls silent without being closed.
// Made of proxies that know who speaks. A place is a participant (`node-1`, `direct`), a server (`redis-1`) or a Sentinel (`sentinel-1`).
import { startPartition } from './partition.ts'
import type { Partition } from './partition.ts'

export type Place = string

export interface Network {
  /** From now on nothing passes between any of these and any of those, either way; on top of what was cut before. */
  cut(some: readonly Place[], others: readonly Place[]): void
  heal(): void
  /** Everything that reaches the place takes so much longer. */
  delay(place: Place, ms: number): void
}

/** Who speaks where nobody said who it is: a participant at a Sentinel it learned of from another one. */
type Strangers = 'pass' | 'stay_out'

export interface Proxies extends Network {
  /** What everybody reaches the place through. `strangers`: whether who has not said its name is let through while something is cut from the place. */
  front(place: Place, strangers: Strangers): Promise<Partition>
  /** One participant's own way to a place. */
  way(from: Place, to: Place): Promise<Partition>
  /** Who says this is that place. */
  know(said: string, place: Place): void
  close(): Promise<void>
}

export function createProxies(): Proxies {
  const fronts = new Map<Place, { readonly partition: Partition; readonly strangers: Strangers }>()
  const ways: { readonly from: Place; readonly to: Place; readonly partition: Partition }[] = []
  const known = new Map<string, Place>()
  let cuts: readonly { readonly some: ReadonlySet<Place>; readonly others: ReadonlySet<Place> }[] = []

  const areApart = (a: Place, b: Place): boolean => cuts.some(({ some, others }) => (some.has(a) && others.has(b)) || (some.has(b) && others.has(a)))
  const isTouched = (place: Place): boolean => cuts.some(({ some, others }) => some.has(place) || others.has(place))

  const opened = async (keep: (partition: Partition) => void): Promise<Partition> => {
    const partition = await startPartition()
    keep(partition)
    return partition
  }
  const all = (): readonly Partition[] => [...fronts.values(), ...ways].map(({ partition }) => partition)

  return {
    front: (place, strangers) => opened((partition) => void fronts.set(place, { partition, strangers })),
    way: (from, to) => opened((partition) => void ways.push({ from, to, partition })),
    know: (said, place) => void known.set(said, place),
    cut(some, others) {
      cuts = [...cuts, { some: new Set(some), others: new Set(others) }]
      for (const [place, { partition, strangers }] of fronts) {
        partition.cut((said) => (said === '' ? strangers === 'stay_out' && isTouched(place) : areApart(known.get(said) ?? said, place)))
      }
      for (const { from, to, partition } of ways) partition.cut(() => areApart(from, to))
    },
    heal() {
      cuts = []
      for (const partition of all()) partition.heal()
    },
    delay: (place, ms) => fronts.get(place)?.partition.delay(ms),
    async close() {
      await Promise.all(all().map((partition) => partition.close()))
    },
  }
}
