// One node: a real process of the product on a fixed port, started, killed, frozen and started again as a fault wants it.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { LoopSeen } from '../node/loop-watch.ts'
import { isNodeEvent } from '../node/messages.ts'
import type { NodeEvent, NodeOrder } from '../node/messages.ts'
import type { NodePlace } from './house.ts'

export type NodeState = 'running' | 'paused' | 'down'

export interface FaultNode {
  readonly place: NodePlace
  readonly state: () => NodeState
  readonly pid: () => number | undefined
  /** Where the first operator's token lies. */
  readonly operatorTokenFile: () => string
  start(): Promise<void>
  /** SIGKILL. Resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM. Resolves when it has ended by itself. */
  end(): Promise<void>
  pause(): void
  resume(): void
  tell(order: NodeOrder): void
  /** Resolves when the record of the task's allow is there and waits. */
  recordHeld(task: string): Promise<void>
  /** Every revocation of a storm that was ordered was answered. */
  stormed(): Promise<Stormed>
  /** What it has used since it was asked last. */
  looked(): Promise<LoopSeen>
}

type Stormed = Extract<NodeEvent, { type: 'stormed' }>

const SERVE = fileURLToPath(new URL('../node/serve.ts', import.meta.url))
const START_MS = 120_000
/** As whoever supervises processes does. */
const STARTS = 3
const END_MS = 15_000
const KEPT_TEXT = 2_000
/** Small enough to be filled in a second. */
const HEAP_MB = 192

export function createNode(place: NodePlace, editsFile: string): FaultNode {
  let child: ChildProcess | undefined
  let state: NodeState = 'down'
  let operatorTokenFile = ''
  let seen: ((seen: LoopSeen) => void) | undefined
  let calm: ((stormed: Stormed) => void) | undefined
  const heldWaiters = new Map<string, () => void>()

  const isThere = (one: ChildProcess | undefined): one is ChildProcess => one !== undefined && one.exitCode === null && one.signalCode === null
  const gone = async (one: ChildProcess, withinMs: number): Promise<void> => {
    if (!isThere(one)) return
    const exited = new Promise<void>((resolve) => one.once('exit', () => resolve()))
    const timer = setTimeout(() => one.kill('SIGKILL'), withinMs)
    await exited
    clearTimeout(timer)
  }

  async function startOnce(): Promise<void> {
    const flags = [`--max-old-space-size=${HEAP_MB}`, '--max-semi-space-size=8', '--v8-pool-size=1', '--disable-warning=ExperimentalWarning']
    const [program, ...args] = [...place.host.enter, process.execPath, ...flags, SERVE, place.configFile, editsFile]
    const started = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: {} })
    child = started
    // Drained always, shown only where it did not start: what it says under faults is what it should.
    let said = ''
    started.stderr?.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-KEPT_TEXT)))
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${place.name} did not start in time`)), START_MS)
      started.once('exit', (code, signal) => {
        clearTimeout(timer)
        if (child === started) state = 'down'
        reject(new Error(`${place.name} ended with ${code ?? signal ?? 'nothing'}: ${said}`))
      })
      started.on('message', (message: unknown) => {
        if (!isNodeEvent(message)) return
        if (message.type === 'holding_record') return heldWaiters.get(message.task)?.()
        if (message.type === 'stormed') return calm?.(message)
        if (message.type === 'looked') return seen?.(message.seen)
        clearTimeout(timer)
        ;({ operatorTokenFile } = message)
        if (message.unedited.length > 0) return reject(new Error(`never loaded, so never edited: ${message.unedited.join(' ')}`))
        state = 'running'
        resolve()
      })
    })
  }

  function tell(order: NodeOrder): void {
    if (isThere(child) && child.connected) child.send(order, () => undefined)
  }

  return {
    place,
    state: () => state,
    pid: () => child?.pid,
    operatorTokenFile: () => operatorTokenFile,
    async start() {
      for (let left = STARTS; ; left -= 1) {
        try {
          return await startOnce()
        } catch (error) {
          if (left === 1) throw error
        }
      }
    },
    async kill() {
      const ending = child
      state = 'down'
      if (ending === undefined) return
      const done = gone(ending, 0)
      ending.kill('SIGKILL')
      await done
    },
    async end() {
      const ending = child
      state = 'down'
      if (ending === undefined) return
      const done = gone(ending, END_MS)
      ending.kill('SIGTERM')
      await done
    },
    pause() {
      if (state !== 'running') return
      state = 'paused'
      child?.kill('SIGSTOP')
    },
    resume() {
      if (state !== 'paused') return
      child?.kill('SIGCONT')
      state = 'running'
    },
    tell,
    looked() {
      const answered = new Promise<LoopSeen>((resolve) => (seen = resolve))
      tell({ type: 'look' })
      return answered
    },
    stormed: () => new Promise((resolve) => (calm = resolve)),
    recordHeld(task) {
      return new Promise((resolve) => {
        heldWaiters.set(task, () => {
          heldWaiters.delete(task)
          resolve()
        })
      })
    },
  }
}
