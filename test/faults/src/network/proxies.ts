// A network made of proxies that know who speaks: places that cannot reach each other any more fall silent, and nothing is closed. Needs no privileges.
// Lost packets it cannot show: the kernel has put the stream together before a proxy sees it.
import type { Direction, Host, Network, Place, Strangers } from './network.ts'
import { startPartition } from './partition.ts'
import type { Partition } from './partition.ts'

const LOOPBACK = '127.0.0.1'
const HERE: Host = { address: LOOPBACK, control: LOOPBACK, enter: [] }

interface Cut {
  readonly some: ReadonlySet<Place>
  readonly others: ReadonlySet<Place>
  readonly direction: Direction
}

interface Passing {
  readonly partition: Partition
  /** Who speaks to `to`; undefined where everybody does, and says who. */
  readonly from?: Place
  readonly to: Place
  readonly strangers: Strangers
}

export function createProxies(): Network {
  const passings: Passing[] = []
  const known = new Map<string, Place>()
  let cuts: readonly Cut[] = []
  let unplugged: ReadonlySet<Place> = new Set()

  const isLost = (from: Place, to: Place): boolean =>
    unplugged.has(from) ||
    unplugged.has(to) ||
    cuts.some(({ some, others, direction }) => (some.has(from) && others.has(to)) || (direction === 'both' && some.has(to) && others.has(from)))
  const isTouched = (place: Place): boolean => unplugged.has(place) || cuts.some(({ some, others }) => some.has(place) || others.has(place))

  const apply = (): void => {
    for (const { partition, from, to, strangers } of passings) {
      partition.cut((said, towards) => {
        const speaker = from ?? known.get(said) ?? said
        if (speaker === '') return strangers === 'stay_out' && isTouched(to)
        return towards ? isLost(speaker, to) : isLost(to, speaker)
      })
    }
  }
  const open = async (passing: Omit<Passing, 'partition'>): Promise<Partition> => {
    const partition = await startPartition()
    passings.push({ ...passing, partition })
    return partition
  }
  const addressOf = ({ port }: Partition): { readonly host: string; readonly port: number } => ({ host: LOOPBACK, port })

  return {
    kind: 'proxies',
    tester: LOOPBACK,
    how: ['cut, one way or both, and delay: proxies that know who speaks hold what passes, and close nothing'],
    lacks: (ability) => (ability === 'loss' ? 'proxies see streams, not packets' : undefined),
    host: async () => HERE,
    async front(to, strangers) {
      const partition = await open({ to, strangers })
      return {
        announced: addressOf(partition),
        lead(port) {
          partition.lead(port)
          return addressOf(partition)
        },
      }
    },
    async way(from, to) {
      const partition = await open({ from, to, strangers: 'pass' })
      return {
        lead(port) {
          partition.lead(port)
          return addressOf(partition)
        },
      }
    },
    know: (said, place) => void known.set(said, place),
    async cut(some, others, direction = 'both') {
      cuts = [...cuts, { some: new Set(some), others: new Set(others), direction }]
      apply()
    },
    async unplug(place) {
      unplugged = new Set([...unplugged, place])
      apply()
    },
    async delay(place, ms) {
      for (const { partition, from, to } of passings) if (to === place && from === undefined) partition.delay(ms)
    },
    async lose() {
      throw new Error('proxies lose no packets')
    },
    async heal() {
      cuts = []
      unplugged = new Set()
      for (const { partition } of passings) {
        partition.delay(0)
        partition.heal()
      }
    },
    async close() {
      await Promise.all(passings.map(({ partition }) => partition.close()))
    },
  }
}
