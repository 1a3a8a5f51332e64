// What the tests of the store on Redis share: a store opened on a real server, and waiting for what takes a moment.
import { afterEach } from 'vitest'
import { testClock } from '@bailiwick/kit/clock'
import type { RedisServer } from '@bailiwick/kit/redis-server'
import { memoryLedger } from '@bailiwick/kit/test-store'
import type { MemoryLedger } from '@bailiwick/kit/test-store'
import { Fault, systemClock } from '@bailiwick/core'
import { openRedisTaskStore } from '../src/index.ts'
import type { RedisStoreEvent, RedisTaskStore, RedisTaskStoreOptions, StoreCheck } from '../src/index.ts'
import { inspectSettings } from '../src/redis/inspect/inspect-redis-store.ts'
import { settingsOf } from '../src/redis/options.ts'
import type { ContractSubject } from './contract.ts'

export interface OpenedStore {
  readonly store: RedisTaskStore
  readonly ledger: MemoryLedger
  readonly events: readonly RedisStoreEvent[]
  /** The same node started again: a new process would know what its ledger knows, and nothing else. */
  reopen(change?: Partial<RedisTaskStoreOptions>): Promise<OpenedStore>
}

const closing: (() => Promise<unknown>)[] = []

/** Closed after the test, last opened first. */
export function closeAfterTest(close: () => Promise<unknown>): void {
  closing.push(close)
}

export function closeAllAfterEachTest(): void {
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close()
  })
}

export async function openOn(target: { readonly url: string }, change: Partial<RedisTaskStoreOptions> = {}, ledger = memoryLedger()): Promise<OpenedStore> {
  const events: RedisStoreEvent[] = []
  const store = await openRedisTaskStore({
    url: target.url,
    ledger,
    clock: testClock(),
    nodeId: 'node-1',
    // The machine that runs the tests does much else.
    readWithinMs: 400,
    report: (event) => events.push(event),
    ...change,
  })
  closeAfterTest(() => store.close())
  return {
    store,
    ledger,
    events,
    async reopen(more = {}) {
      await store.close()
      return await openOn(target, { ...change, ...more }, ledger)
    },
  }
}

let subjects = 0

/** A store of its own on the server, for the contract. What is tested there is what it answers; how soon, on a machine that does nothing else, is measured. */
export async function contractSubject(server: RedisServer, change: Pick<RedisTaskStoreOptions, 'clock' | 'replicas'>): Promise<ContractSubject> {
  subjects += 1
  const namespace = `contract-${subjects}`
  const options = { url: server.url, namespace, ledger: memoryLedger(), nodeId: 'node-1', controls: ['node-1'], readWithinMs: 900, ...change }
  let current = await openRedisTaskStore(options)
  const others: RedisTaskStore[] = []
  return {
    store: current,
    async reopen() {
      await current.close()
      current = await openRedisTaskStore(options)
      return current
    },
    // What another server with that clock would have left.
    async moveClock(ms) {
      await server.command('HSET', `{${namespace}}:head`, 'clock_ms', ms)
    },
    async nodeWithClock(ms) {
      const other = await openRedisTaskStore({ ...options, nodeId: 'node-2', ledger: memoryLedger(), clock: testClock(ms) })
      others.push(other)
      return other
    },
    async close() {
      for (const store of [...others, current]) await store.close()
    },
  }
}

/** What doctor would see, by item. */
export async function inspected(target: { readonly url: string }, change: Partial<RedisTaskStoreOptions> = {}): Promise<Readonly<Record<string, StoreCheck>>> {
  const settings = settingsOf({ url: target.url, ledger: memoryLedger(), clock: systemClock, nodeId: 'node-1', ...change })
  return Object.fromEntries((await inspectSettings(settings, systemClock)).map((check) => [check.item, check]))
}

export function statusesOf(checks: Readonly<Record<string, StoreCheck>>): Readonly<Record<string, StoreCheck['status']>> {
  return Object.fromEntries(Object.entries(checks).map(([item, { status }]) => [item, status]))
}

/** Asks until it no longer faults with one of these codes; rejects with anything else, and after ten seconds. */
export async function onceAnswering<T>(ask: () => Promise<T>): Promise<T> {
  const until = performance.now() + 10_000
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof Fault) || performance.now() > until) throw error
      await pause(20)
    }
  }
}

export async function eventually(holds: () => Promise<boolean>, withinMs = 10_000): Promise<void> {
  const until = performance.now() + withinMs
  while (!(await holds())) {
    if (performance.now() > until) throw new Error('did not come to hold')
    await pause(20)
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
