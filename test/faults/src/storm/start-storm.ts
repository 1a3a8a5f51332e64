// Two nodes on one store, for a storm alone: no engine beside the stub, and Redis without Sentinels and without the tester's proxies in between. What
// breaks nothing needs neither, and on two processors what the tester does is taken from the nodes.
import { join } from 'node:path'
import { systemClock } from '@bailiwick/core'
import type { RedisProgram } from '@bailiwick/kit/find-redis'
import { startReplicated } from '@bailiwick/kit/redis-server'
import { openRedisTaskStore, openSqliteTaskStore } from '@bailiwick/task-state'
import { startCluster } from '../cluster/cluster.ts'
import type { Cluster, StoreKind } from '../cluster/cluster.ts'
import { createProxies } from '../network/proxies.ts'
import { runStorm } from './storm-run.ts'
import type { StormResult } from './storm-run.ts'

export interface StormSettings {
  readonly store: StoreKind
  /** Needed where the store is Redis. */
  readonly redis?: RedisProgram
  readonly seed: number
}

const COMMON = { nodes: 2, realCerbos: false, edits: [] } as const
const SERVER = { 'min-replicas-to-write': '1', 'min-replicas-max-lag': '1', appendonly: 'yes', appendfsync: 'everysec' }
/** Far above the default: a loaded machine is not what is tested here. */
const READ_WITHIN_MS = 250
/** As long as a replica must have been attached before it counts. */
const SETTLE_MS = 5_000

/** See {@link runStorm}. */
export async function startStorm({ store, redis, seed }: StormSettings, revocations: number): Promise<StormResult> {
  if (store === 'sqlite' || redis === undefined) {
    const opened = await startCluster({
      ...COMMON,
      network: createProxies(),
      kind: 'sqlite',
      openStore: ({ dataFolder }, ledger) => openSqliteTaskStore({ file: join(dataFolder, 'bailiwick.db'), ledger, clock: systemClock }),
    })
    return await weather(opened, revocations, seed)
  }
  const servers = await startReplicated(redis, 2, SERVER)
  try {
    const { url } = servers.primary
    const opened = await startCluster({
      ...COMMON,
      network: createProxies(),
      kind: 'redis',
      storeFor: () => ({ url, replicas: { promotable: 2, min_to_write: 1, acks: 2 }, read_timeout: `${READ_WITHIN_MS}ms` }),
      openStore: (house, ledger) =>
        openRedisTaskStore({
          url,
          ledger,
          clock: systemClock,
          nodeId: 'direct',
          replicas: { promotable: 2, minToWrite: 1, acks: 2 },
          controls: house.nodes.map(({ name }) => name),
          readWithinMs: READ_WITHIN_MS,
        }),
    })
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
    return await weather(opened, revocations, seed)
  } finally {
    await servers.close()
  }
}

async function weather(cluster: Cluster, revocations: number, seed: number): Promise<StormResult> {
  try {
    return await runStorm(cluster, revocations, seed)
  } finally {
    await cluster.close()
  }
}
