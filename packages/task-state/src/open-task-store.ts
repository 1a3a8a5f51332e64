// Opens the store the configuration names. For every process of Bailiwick alike, whichever services it serves: nothing else decides which store is read.
import type { BailiwickConfig } from '@bailiwick/config'
import type { Clock, StoreLedger } from '@bailiwick/core'
import type { RedisStoreEvent } from './redis/options.ts'
import { openRedisTaskStore } from './redis/redis-task-store.ts'
import { openSqliteTaskStore } from './sqlite/sqlite-task-store.ts'
import type { RecoveryGate, TaskStore } from './task-store.ts'

export interface OpenTaskStoreOptions {
  readonly config: Pick<BailiwickConfig, 'store' | 'node'>
  /** This node's own memory of the store; on Redis what it puts back after a failover. */
  readonly ledger: StoreLedger
  readonly clock: Clock
  /** Operators act through this process: then its recorded acts are ones nobody may miss. */
  readonly servesControl: boolean
  /** What happened to the store, for a log. Never holds a URL or a password. */
  readonly report?: (event: RedisStoreEvent) => void
}

export interface OpenedTaskStore {
  readonly store: TaskStore
  /** Only where several nodes share the store. */
  readonly gate?: RecoveryGate
}

/**
 * Resolves when the store was taken up; on Redis it may still deny with `store_recovering`, until other nodes have put back what they recorded.
 * Throws a TypeError that names the setting, or the Fault of a store that cannot be opened.
 */
export async function openTaskStore({ config, ledger, clock, servesControl, report }: OpenTaskStoreOptions): Promise<OpenedTaskStore> {
  const { store, node } = config
  if (store.kind === 'sqlite') return { store: await openSqliteTaskStore({ file: store.file, ledger, clock }) }
  const { target, controls, kind: _, ...settings } = store
  if (servesControl && controls !== undefined && !controls.includes(node.id))
    throw new TypeError('store.controls must name this node (node.id): it serves control, and what it records must not be missed')
  const opened = await openRedisTaskStore({
    url: target,
    ledger,
    clock,
    nodeId: node.id,
    ...settings,
    ...(controls === undefined ? {} : { controls }),
    ...(report === undefined ? {} : { report }),
  })
  return { store: opened, gate: opened }
}
