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
import { createProxies } from './network.ts'
import type { Network, Place } from './network.ts'

export interface PlacedServer {
  readonly place: Place
  readonly server: RedisServer
  /** Where the others find it. */
  readonly port: number
}

export interface RedisSide {
  readonly servers: readonly PlacedServer[]
  /** The one the Sentinels name; undefined while they name none that is here. */
  primary(): Promise<PlacedServer | undefined>
  readonly network: Network
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

export async function startRedisSide({ program, participants, acks, settings = {} }: RedisSideOptions): Promise<RedisSide> {
  const closers: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next()
  }
  const network = createProxies()
  closers.push(() => network.close())
  try {
    const fronts = await Promise.all(
      Array.from({ length: SERVERS }, async (_, n) => ({ place: `redis-${n + 1}`, front: await network.front(`redis-${n + 1}`, 'pass') })),
    )
    const servers = await Promise.all(
      fronts.map(async ({ place, front }): Promise<PlacedServer> => {
        const server = await startRedis(program, {
          'min-replicas-to-write': String(PLAN.minToWrite),
          'min-replicas-max-lag': '1',
          'replica-announce-ip': '127.0.0.1',
          'replica-announce-port': String(front.port),
          'repl-timeout': '10',
          appendonly: 'yes',
          appendfsync: 'everysec',
          ...settings,
        })
        closers.push(() => server.close())
        front.lead(server.port)
        network.know(`replica ${front.port}`, place)
        return { place, server, port: front.port }
      }),
    )
    const [first, ...others] = servers
    if (first === undefined) throw new Error('there is no server')
    await Promise.all(others.map(({ server }) => server.command('REPLICAOF', '127.0.0.1', first.port)))
    const watchers = Array.from({ length: SENTINELS }, (_, n) => `sentinel-${n + 1}`)
    const doors = await Promise.all(watchers.map((place) => network.front(place, 'stay_out')))
    const sentinels = await startSentinels(program, first, {
      count: SENTINELS,
      downAfterMs: DOWN_AFTER_MS,
      announcedPorts: doors.map(({ port }) => port),
    })
    closers.push(() => sentinels.close())
    for (const [n, port] of sentinels.ports.entries()) {
      doors[n]?.lead(port)
      network.know(`sentinel ${String(await ask(port, ['SENTINEL', 'MYID'])).slice(0, 8)}`, watchers[n] ?? '')
    }
    const sentinelOf = (participant: Place): Place => watchers[participants.indexOf(participant) % SENTINELS] ?? ''
    const ways = new Map<Place, number>()
    for (const [n, participant] of participants.entries()) {
      const way = await network.way(participant, sentinelOf(participant))
      way.lead(sentinels.ports[n % SENTINELS] ?? 0)
      ways.set(participant, way.port)
    }
    const urlFor = (participant: string): string => `redis+sentinel://127.0.0.1:${ways.get(participant) ?? 0}/main`

    const roles = (): Promise<readonly string[]> => Promise.all(servers.map(async ({ server }) => String(await askSoon(server.port, ['INFO', 'replication']))))

    const side: RedisSide = {
      servers,
      network,
      participants,
      places: [...participants, ...servers.map(({ place }) => place), ...watchers],
      sentinelOf,
      async primary() {
        const named = await Promise.all(sentinels.ports.map((port) => askSoon(port, ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'main'])))
        const ports = named.map((reply) => (Array.isArray(reply) ? Number(reply[1]) : 0))
        // Named by most of them.
        return servers.find((one) => ports.filter((port) => port === one.port).length * 2 > ports.length)
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

/** A server that is frozen or gone says nothing. */
async function askSoon(port: number, args: readonly (string | number)[]): Promise<RespReply> {
  return await Promise.race([ask(port, args).catch(() => null), delay(ASKED_WITHIN_MS, null, { ref: false })])
}
