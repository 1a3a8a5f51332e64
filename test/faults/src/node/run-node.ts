// Starts the product in this process and does to it what the tester orders: holds a record, slows a commit, stalls the loop, shifts the clock.
import { setTimeout as delay } from 'node:timers/promises'
import type { Journal } from '@bailiwick/audit'
import { loadConfig } from '@bailiwick/config'
import { createLogger } from '@bailiwick/runtime'
import { startStandalone } from '@bailiwick/standalone'
import type { TaskStore } from '@bailiwick/task-state'
import { BAD_STORES } from '../mutants/bad-stores.ts'
import { watchLoop } from './loop-watch.ts'
import type { LoopWatch } from './loop-watch.ts'
import { isNodeOrder } from './messages.ts'
import type { NodeEvent, NodeOrder } from './messages.ts'
import { HANDS } from './seams.ts'
import { storm } from './storm.ts'

const READY_WITHIN_MS = 30_000

export async function runNode(configFile: string, unedited: () => readonly string[], badStore?: string): Promise<void> {
  const held = new Map<string, PromiseWithResolvers<void>>()
  let slowMs = 0
  let watch: LoopWatch | undefined
  const tell = (event: NodeEvent): void => void process.send?.(event)

  const handledJournal = (journal: Journal): Journal => ({
    ...journal,
    async append(entry) {
      const gate = entry.effect === 'deny' || entry.task === undefined ? undefined : held.get(entry.task.id)
      if (gate !== undefined && entry.task !== undefined) {
        tell({ type: 'holding_record', task: entry.task.id })
        await gate.promise
      }
      if (slowMs > 0) await delay(slowMs)
      return await journal.append(entry)
    },
  })
  // Commits of the embedded store are synchronous: a disk that is slow holds up the whole process.
  const handledStore = (store: TaskStore): TaskStore => ({
    ...store,
    revoke: (input) => afterSlowCommit(() => store.revoke(input)),
    createTask: (input, now) => afterSlowCommit(() => store.createTask(input, now)),
    consumeOnce: (...given) => afterSlowCommit(() => store.consumeOnce(...given)),
  })
  async function afterSlowCommit<T>(write: () => Promise<T>): Promise<T> {
    const written = await write()
    if (slowMs > 0) block(slowMs)
    return written
  }
  const spoil = Object.entries(BAD_STORES).find(([name]) => name === badStore)?.[1]
  let own: TaskStore | undefined
  const spoiledStore = (store: TaskStore): TaskStore => (own = handledStore(spoil === undefined ? store : spoil(store)))
  Reflect.set(globalThis, HANDS, { store: spoiledStore, journal: handledJournal })

  const loaded = loadConfig({ file: configFile, env: {} })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const standalone = await startStandalone({ config: loaded.config, log: createLogger({ level: loaded.config.log.level }) })

  function obey(order: NodeOrder): void {
    switch (order.type) {
      case 'clock':
        return shiftClock(order.offsetMs)
      case 'stall':
        return block(order.ms)
      case 'hog':
        return hog()
      case 'slow':
        slowMs = order.ms
        return undefined
      case 'hold_record':
        held.set(order.task, Promise.withResolvers())
        return undefined
      case 'storm':
        if (own !== undefined) void storm(own, order.tasks, order.overMs).then(tell)
        return undefined
      case 'look':
        watch ??= watchLoop()
        return tell({ type: 'looked', seen: watch.look() })
      case 'release_record':
        held.get(order.task)?.resolve()
        held.delete(order.task)
    }
  }
  process.on('message', (message: unknown) => {
    if (isNodeOrder(message)) obey(message)
  })
  const end = (): void => void standalone.close().finally(() => process.exit(0))
  process.once('SIGTERM', end)
  // Whoever started this process is gone.
  process.once('disconnect', end)

  const giveUpAt = performance.now() + READY_WITHIN_MS
  while ((await standalone.ready()).length > 0 && performance.now() < giveUpAt) await delay(20)
  tell({ type: 'ready', operatorTokenFile: standalone.operatorToken.path, unedited: unedited() })
}

const trueNow = Date.now

function shiftClock(offsetMs: number): void {
  Date.now = () => trueNow() + offsetMs
}

function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

function hog(): void {
  const hoard: string[][] = []
  for (;;) hoard.push(Array.from({ length: 100_000 }, (_, n) => `${hoard.length} ${n}`))
}
