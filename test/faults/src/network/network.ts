// The network between everybody of a run, and how it is broken. Two of them do the same: proxies that know who speaks, on any machine, and network
// namespaces, where each place is a host of its own and real packets are dropped. Types only.

/** A participant (`node-1`, `direct`), a server (`redis-1`) or a Sentinel (`sentinel-1`). */
export type Place = string

export const NETWORKS = ['proxies', 'namespaces'] as const
export type NetworkKind = (typeof NETWORKS)[number]

/** Where the processes of a place run. */
export interface Host {
  /** Where other places find it. */
  readonly address: string
  /** Where the tester finds it, whatever is cut; a loopback address, as the product wants it in development. */
  readonly control: string
  /** What is put in front of a command line that is to run there. */
  readonly enter: readonly string[]
}

export interface Address {
  readonly host: string
  readonly port: number
}

/** What a server is reached through. */
export interface Front {
  /** What the server has to say it is reached at; absent where that is so anyway. */
  readonly announced?: Address
  /** The server listens there by now. Returns where it is found. */
  lead(port: number): Address
}

/** Who speaks where nobody said who it is: a participant at a Sentinel it learned of from another one. */
export type Strangers = 'pass' | 'stay_out'

/** `both`: nothing passes. `towards`: what the first send does not arrive at the others; what the others send does. */
export type Direction = 'both' | 'towards'

/** What not every network can do. */
export type Ability = 'delay' | 'loss'

export interface Network {
  readonly kind: NetworkKind
  /** What everybody at a host finds the tester at. */
  readonly tester: string
  /** In words, for the report: how it breaks what it breaks. */
  readonly how: readonly string[]
  /** Why it cannot do that here; undefined where it can. */
  lacks(ability: Ability): string | undefined
  /** The place's own host; the same every time it is asked for. */
  host(place: Place): Promise<Host>
  /** What everybody reaches the place through. `strangers`: whether who has not said its name is let through while something is cut from the place. */
  front(place: Place, strangers: Strangers): Promise<Front>
  /** One participant's own way to a place. */
  way(from: Place, to: Place): Promise<Front>
  /** Who says this is that place. */
  know(said: string, place: Place): void
  /** From now on nothing passes between any of these and any of those; on top of what was cut before. Silent: nothing is closed or refused. */
  cut(some: readonly Place[], others: readonly Place[], direction?: Direction): Promise<void>
  /** The place's cable is out: as cut from everybody, and whoever is near enough is told that it cannot be reached. */
  unplug(place: Place): Promise<void>
  /** Everything that reaches the place takes so much longer. */
  delay(place: Place, ms: number): Promise<void>
  /** Of the packets that reach the place, this share is lost. */
  lose(place: Place, share: number): Promise<void>
  /** As it was: nothing cut, late or lost. */
  heal(): Promise<void>
  close(): Promise<void>
}
