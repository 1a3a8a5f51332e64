// A network of hosts, each in a network namespace of its own, and a switch between them: what is cut are packets, dropped at the switch. Who speaks is told
// by the address. The tester's second cable to every host is touched by no fault.
import { delaying, describeAbilities, findAbilities, lackOf } from './abilities.ts'
import { addHost, addSwitch, atSwitch, removeHosts, runAtSwitch, SUBNET, TESTER_ADDRESS } from './cables.ts'
import type { Plugged } from './cables.ts'
import type { Direction, Front, Network, Place } from './network.ts'
import { rulesetOf } from './ruleset.ts'

interface Cut {
  readonly some: readonly Place[]
  readonly others: readonly Place[]
  readonly direction: Direction
}

export async function createNamespaces(tester: Place): Promise<Network> {
  const plugged = new Map<Place, Promise<Plugged>>()
  let cuts: readonly Cut[] = []
  const losses = new Map<Place, number>()
  const late = new Set<Place>()
  const unplugged = new Set<Place>()

  await removeHosts()
  await addSwitch()
  const abilities = await findAbilities()

  const at = (place: Place): Promise<Plugged> => {
    const known = plugged.get(place) ?? addHost(place, plugged.size + 1, place === tester)
    plugged.set(place, known)
    return known
  }
  const addressesOf = (places: readonly Place[]): Promise<readonly string[]> => Promise.all(places.map(async (place) => (await at(place)).host.address))

  async function apply(): Promise<void> {
    const rules = {
      cuts: await Promise.all(
        cuts.map(async ({ some, others, direction }) => ({ some: await addressesOf(some), others: await addressesOf(others), direction })),
      ),
      losses: new Map(await Promise.all([...losses].map(async ([place, share]) => [(await at(place)).host.address, share] as const))),
    }
    await runAtSwitch('nft', ['-f', '-'], rulesetOf(rules, SUBNET))
  }

  async function delay(place: Place, ms: number): Promise<void> {
    const device = ['dev', (await at(place)).cable, 'root']
    if (abilities.delay === undefined) throw new Error(lackOf(abilities, 'delay'))
    if (ms > 0) await runAtSwitch('tc', ['qdisc', 'replace', ...device, ...delaying(abilities.delay, ms)])
    else if (late.has(place)) await runAtSwitch('tc', ['qdisc', 'del', ...device])
    if (ms > 0) late.add(place)
    else late.delete(place)
  }

  const front = async (place: Place): Promise<Front> => {
    const { host } = await at(place)
    return { lead: (port) => ({ host: host.address, port }) }
  }

  await at(tester)
  await apply()
  return {
    kind: 'namespaces',
    tester: TESTER_ADDRESS,
    how: describeAbilities(abilities),
    lacks: (ability) => lackOf(abilities, ability),
    host: async (place) => (await at(place)).host,
    front,
    way: (_from, to) => front(to),
    know: () => undefined,
    async cut(some, others, direction = 'both') {
      cuts = [...cuts, { some, others, direction }]
      await apply()
    },
    async unplug(place) {
      unplugged.add(place)
      await atSwitch(`link set ${(await at(place)).cable} down`)
    },
    delay,
    async lose(place, share) {
      losses.set(place, share)
      await apply()
    },
    async heal() {
      const wasBroken = cuts.length + losses.size > 0
      cuts = []
      losses.clear()
      if (wasBroken) await apply()
      for (const place of late) await delay(place, 0)
      for (const place of unplugged) await atSwitch(`link set ${(await at(place)).cable} up`)
      unplugged.clear()
    },
    close: removeHosts,
  }
}
