// A network that remembers what was done to it, and under which fault: so that a report says what was broken by what. Changes nothing.
import type { Network, NetworkKind } from './network.ts'

export interface UsedNetwork {
  readonly kind: NetworkKind
  readonly how: readonly string[]
  /** By fault: `cut`, `one-way cut`, `unplugged`, `delay`, `loss`. */
  readonly carried: Readonly<Record<string, readonly string[]>>
}

export function watchNetwork(network: Network, fault: () => string | undefined): { readonly network: Network; used(): UsedNetwork } {
  const carried = new Map<string, Set<string>>()
  const note = (what: string): void => {
    const during = fault()
    if (during !== undefined) carried.set(during, (carried.get(during) ?? new Set()).add(what))
  }
  return {
    network: {
      ...network,
      async cut(some, others, direction = 'both') {
        note(direction === 'both' ? 'cut' : 'one-way cut')
        await network.cut(some, others, direction)
      },
      async unplug(place) {
        note('unplugged')
        await network.unplug(place)
      },
      async delay(place, ms) {
        note('delay')
        await network.delay(place, ms)
      },
      async lose(place, share) {
        note('loss')
        await network.lose(place, share)
      },
    },
    used: () => ({ kind: network.kind, how: network.how, carried: Object.fromEntries([...carried].map(([name, what]) => [name, [...what].sort()])) }),
  }
}
