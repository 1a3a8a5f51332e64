// The Redis side of a run: a primary, two replicas, three Sentinels, real processes each, all behind a network that can be broken between any two of them.
// Every participant asks a Sentinel of its own, so that one of them can be shut in with an old primary and a Sentinel that knows of no other.
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '@bailiwick/core'
import type { StoreLedger } from '@bailiwick/core'
import type { RedisProgram } from '@bailiwick/kit/find-redis'
import { ask, startRedis, startSentinels } from '@bailiwick/kit/redis-server'
import type { RedisServer, RespReply } from '@bailiwick/kit/redis-server'
import { openRedisTaskStore } from '@bailiwick/task-state'
import type { TaskStore } from '@bailiwick/task-state'
import type { Address, Network, Place } from '../network/network.ts'

export interface PlacedServer {
  readonly place: Place
  readonly server: RedisServer
  /** Where the others find it. */
  readonly at: Address
}

export interface RedisSide {
  readonly servers: readonly PlacedServer[]
  /** The one the Sentinels name; undefined while they name none that is here. */
  primary(): Promise<PlacedServer | undefined>
  readonly participants: readonly Place[]
  /** Participants, servers and Sentinels. */
  readonly places: readonly Place[]
  /** The one this participant asks. */
  sentinelOf(participant: Place): Place
  /** The `store` section of a node. */
  settingsFor(participant: string): object
  openStore(ledger: StoreLedger, controls: readonly string[]): Promise<TaskStore>
  /** Resolves when one primary has both replicas again, or it takes too long. */
  whole(withinMs: number): Promise<boolean>
  close(): Promise<void>
}

export interface RedisSideOptions {
  readonly program: RedisProgram
  readonly network: Network
  readonly participants: readonly string[]
  readonly acks: number
  /** On top of what every server is started with. */
  readonly settings?: Readonly<Record<string, string>>
}

const SERVERS = 3
const SENTINELS = 3
/** The least that lets an old primary refuse before another is promoted. */
const DOWN_AFTER_MS = 5_000
const PLAN = { promotable: 2, minToWrite: 1 } as const
/** Far above the default: a loaded machine is not what is tested here. */
const READ_WITHIN_MS = 250
const CONFIRM_WITHIN_MS = 400
const OPEN_WITHIN_MS = 30_000

export async function startRedisSide({ program, network, participants, acks, settings = {} }: RedisSideOptions): Promise<RedisSide> {
  const closers: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next()
  }
  try {
    const servers = await Promise.all(
      numbered('redis', SERVERS).map(async (place): Promise<PlacedServer> => {
        const front = await network.front(place, 'pass')
        const server = await startRedis(
          program,
          {
            'min-replicas-to-write': String(PLAN.minToWrite),
            'min-replicas-max-lag': '1',
            'repl-timeout': '10',
            appendonly: 'yes',
            appendfsync: 'everysec',
            ...(front.announced === undefined ? {} : { 'replica-announce-ip': front.announced.host, 'replica-announce-port': String(front.announced.port) }),
            ...settings,
          },
          await network.host(place),
        )
        closers.push(() => server.close())
        const at = front.lead(server.port)
        network.know(`replica ${at.port}`, place)
        return { place, server, at }
      }),
    )
    const [first, ...others] = servers
    if (first === undefined) throw new Error('there is no server')
    await Promise.all(others.map(({ server }) => server.command('REPLICAOF', first.at.host, first.at.port)))
    const watchers = numbered('sentinel', SENTINELS)
    const doors = await Promise.all(watchers.map((place) => network.front(place, 'stay_out')))
    const hosts = await Promise.all(watchers.map((place) => network.host(place)))
    const announced = doors.flatMap((door) => (door.announced === undefined ? [] : [door.announced.port]))
    const sentinels = await startSentinels(program, first.at, {
      count: SENTINELS,
      downAfterMs: DOWN_AFTER_MS,
      announcedPorts: announced,
      places: hosts,
    })
    closers.push(() => sentinels.close())
    const askSentinel = (n: number, args: readonly string[]): Promise<RespReply> =>
      askSoon({ host: hosts[n]?.control ?? '', port: sentinels.ports[n] ?? 0 }, args)
    for (const [n, port] of sentinels.ports.entries()) {
      doors[n]?.lead(port)
      network.know(`sentinel ${String(await askSentinel(n, ['SENTINEL', 'MYID'])).slice(0, 8)}`, watchers[n] ?? '')
    }
    const sentinelOf = (participant: Place): Place => watchers[participants.indexOf(participant) % SENTINELS] ?? ''
    const ways = new Map<Place, Address>()
    for (const [n, participant] of participants.entries()) {
      const way = await network.way(participant, sentinelOf(participant))
      ways.set(participant, way.lead(sentinels.ports[n % SENTINELS] ?? 0))
    }
    const urlFor = (participant: string): string => `redis+sentinel://${ways.get(participant)?.host ?? ''}:${ways.get(participant)?.port ?? 0}/main`

    const roles = (): Promise<readonly string[]> => Promise.all(servers.map(async ({ server }) => String(await soon(server.command('INFO', 'replication')))))

    const side: RedisSide = {
      servers,
      participants,
      places: [...participants, ...servers.map(({ place }) => place), ...watchers],
      sentinelOf,
      async primary() {
        const named = await Promise.all(watchers.map((_, n) => askSentinel(n, ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'main'])))
        const found = named.map((reply) => (Array.isArray(reply) ? reply.join(':') : ''))
        // Named by most of them.
        return servers.find(({ at }) => found.filter((one) => one === `${at.host}:${at.port}`).length * 2 > found.length)
      },
      settingsFor: (participant) => ({
        url: urlFor(participant),
        replicas: { promotable: PLAN.promotable, min_to_write: PLAN.minToWrite, acks },
        read_timeout: `${READ_WITHIN_MS}ms`,
        confirm_timeout: `${CONFIRM_WITHIN_MS}ms`,
        open_timeout: `${OPEN_WITHIN_MS / 1000}s`,
      }),
      openStore: (ledger, controls) =>
        openRedisTaskStore({
          url: urlFor('direct'),
          ledger,
          clock: systemClock,
          nodeId: 'direct',
          replicas: { ...PLAN, acks },
          controls,
          readWithinMs: READ_WITHIN_MS,
          confirmWithinMs: CONFIRM_WITHIN_MS,
          openWithinMs: OPEN_WITHIN_MS,
        }),
      async whole(withinMs) {
        const until = performance.now() + withinMs
        for (;;) {
          if (
            (await roles()).some(
              (info) => info.includes('role:master') && info.includes('connected_slaves:2') && (info.match(/state=online/g) ?? []).length === 2,
            )
          )
            return true
          if (performance.now() > until) return false
          await delay(100)
        }
      },
      close,
    }
    if (!(await side.whole(15_000))) throw new Error('the replicas did not attach')
    return side
  } catch (error) {
    await close()
    throw error
  }
}

const ASKED_WITHIN_MS = 500

function numbered(kind: string, count: number): readonly Place[] {
  return Array.from({ length: count }, (_, n) => `${kind}-${n + 1}`)
}

async function askSoon({ host, port }: Address, args: readonly (string | number)[]): Promise<RespReply> {
  return await soon(ask(port, args, host))
}

/** A server that is frozen or gone says nothing. */
async function soon(asked: Promise<RespReply>): Promise<RespReply> {
  return await Promise.race([asked.catch(() => null), delay(ASKED_WITHIN_MS, null, { ref: false })])
}
