// A cluster for one run, of either store, with or without a mutant inside; the run; and its end.
import { join } from 'node:path'
import { systemClock } from '@bailiwick/core'
import type { RedisProgram } from '@bailiwick/kit/find-redis'
import { openSqliteTaskStore } from '@bailiwick/task-state'
import { startCluster } from '../cluster/cluster.ts'
import type { Cluster, StoreKind } from '../cluster/cluster.ts'
import { startRedisSide } from '../cluster/redis-side.ts'
import type { NetworkKind } from '../network/network.ts'
import { openNetwork } from '../network/open-network.ts'
import { FAILOVER_FAULTS } from '../nemesis/failover-faults.ts'
import { DEPENDENCY_FAULTS } from '../nemesis/dependency-faults.ts'
import { NODE_FAULTS } from '../nemesis/node-faults.ts'
import { REDIS_FAULTS } from '../nemesis/redis-faults.ts'
import { REDIS_NETWORK_FAULTS } from '../nemesis/redis-network-faults.ts'
import { SQLITE_FAULTS } from '../nemesis/sqlite-faults.ts'
import type { Fault } from '../nemesis/fault.ts'
import type { Mutant } from '../mutants/mutant.ts'
import { run } from './run.ts'
import type { RunOptions, RunResult } from './run-result.ts'

export const FAULTS: readonly Fault[] = [...NODE_FAULTS, ...DEPENDENCY_FAULTS, ...SQLITE_FAULTS, ...REDIS_FAULTS, ...REDIS_NETWORK_FAULTS, ...FAILOVER_FAULTS]

export interface RunSettings extends Omit<RunOptions, 'cluster'> {
  readonly store: StoreKind
  readonly mutant?: Mutant
  readonly realCerbos: boolean
  readonly network: NetworkKind
  /** Needed where the store is Redis. */
  readonly redis?: RedisProgram
}

const NODES = 2
/** Every promotable replica: the plan the documents advise. */
const ACKS = 2
/** The tester's own place at the store. */
const DIRECT = 'direct'
const PARTICIPANTS = [...Array.from({ length: NODES }, (_, n) => `node-${n + 1}`), DIRECT]

export async function startRun(settings: RunSettings): Promise<RunResult> {
  const cluster = await open(settings)
  try {
    return await run({ ...settings, cluster })
  } finally {
    await cluster.close()
  }
}

async function open({
  store,
  network: kind,
  mutant,
  realCerbos,
  redis: program,
}: Pick<RunSettings, 'store' | 'network' | 'mutant' | 'realCerbos' | 'redis'>): Promise<Cluster> {
  const network = await openNetwork(kind, DIRECT)
  const redis =
    store === 'redis' && program !== undefined
      ? await startRedisSide({ program, network, participants: PARTICIPANTS, acks: mutant?.redis?.acks ?? ACKS, settings: mutant?.redis?.servers ?? {} }).catch(
          async (error: unknown) => {
            await network.close()
            throw error
          },
        )
      : undefined
  return await startCluster({
    ...(redis === undefined ? {} : { redis }),
    kind: store,
    network,
    nodes: NODES,
    realCerbos,
    edits: mutant?.edits ?? [],
    badStore: mutant?.badStore,
    openStore: (house, ledger) =>
      redis === undefined
        ? openSqliteTaskStore({ file: join(house.dataFolder, 'bailiwick.db'), ledger, clock: systemClock })
        : redis.openStore(
            ledger,
            house.nodes.map(({ name }) => name),
          ),
  })
}
