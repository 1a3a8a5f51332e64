// A few threads that read what would hold up everything else if it were read here, and a bounded line before them. A task is carried out once or
// not at all; its bytes are handed over, not copied. Whatever happens to a thread, every task is answered.
//
// A thread's first message is its word that its code is loaded and warm, and nothing is put to it before: no task spends its deadline on that. The
// first thread stays; another one is started where much waits, and ends when it has had nothing to do for a while.
import type { Transferable, Worker } from 'node:worker_threads'
import { remainingMs } from '@bailiwick/core'
import type { Clock, Deadline } from '@bailiwick/core'

export interface ThreadPoolOptions {
  readonly clock: Clock
  readonly spawn: () => Worker
  readonly threads: number
  readonly maxWaiting: number
  readonly maxWaitingBytes: number
  /** What waits or is being read is more than one thread is quick enough for. */
  readonly anotherAboveBytes: number
  /** Of a thread beyond the first. */
  readonly idleMs: number
  /** A thread that takes longer is ended: linear work on a bounded body never does. */
  readonly runLimitMs: number
  /** As above, until it is warm. */
  readonly startLimitMs: number
}

/** `busy`: the line is full. `late`: its deadline passed before a thread was free. `too_large`: it needed more memory than a thread may have. */
export type Outcome<Answer> = { readonly ok: true; readonly answer: Answer } | { readonly ok: false; readonly problem: 'busy' | 'late' | 'too_large' | 'died' }

export interface ThreadPool<Task, Answer> {
  /** Never rejects. `bytes`: what the task weighs while it waits. */
  run(task: Task, bytes: number, transfer: readonly Transferable[], deadline: Deadline): Promise<Outcome<Answer>>
  /** Whether a thread is ready, or at work; starts one where there is none. */
  isWarm(): boolean
  /** What waits or runs is answered `died`. */
  close(): Promise<void>
}

interface Waiting<Task, Answer> {
  readonly task: Task
  readonly bytes: number
  readonly transfer: readonly Transferable[]
  readonly deadline: Deadline
  readonly resolve: (outcome: Outcome<Answer>) => void
}

interface Thread<Task, Answer> {
  readonly worker: Worker
  state: 'starting' | 'idle' | 'running'
  entry: Waiting<Task, Answer> | undefined
  /** Ends it: it takes too long, or has had nothing to do. */
  timer: ReturnType<typeof setTimeout> | undefined
}

export function createThreadPool<Task, Answer>(options: ThreadPoolOptions): ThreadPool<Task, Answer> {
  const threads = new Set<Thread<Task, Answer>>()
  const line: Waiting<Task, Answer>[] = []
  let waitingBytes = 0
  let closed = false

  const open = (): void => {
    const thread: Thread<Task, Answer> = { worker: options.spawn(), state: 'starting', entry: undefined, timer: undefined }
    threads.add(thread)
    become(thread, 'starting')
    // Nobody waits for an idle thread at the end of the process.
    thread.worker.unref()
    thread.worker.on('message', (message: Answer) => {
      end(thread, { ok: true, answer: message })
      next()
    })
    thread.worker.on('error', (error: unknown) => lose(thread, isOutOfMemory(error) ? 'too_large' : 'died'))
    thread.worker.on('exit', () => lose(thread, 'died'))
  }
  const become = (thread: Thread<Task, Answer>, state: Thread<Task, Answer>['state']): void => {
    clearTimeout(thread.timer)
    thread.state = state
    const ms = { starting: options.startLimitMs, idle: options.idleMs, running: options.runLimitMs }[state]
    thread.timer = setTimeout(() => (state === 'idle' ? retire(thread) : lose(thread, 'died')), ms).unref()
  }
  const end = (thread: Thread<Task, Answer>, outcome: Outcome<Answer>): void => {
    if (!threads.has(thread)) return
    const { entry } = thread
    thread.entry = undefined
    become(thread, 'idle')
    entry?.resolve(outcome)
  }
  const retire = (thread: Thread<Task, Answer>): void => {
    if (threads.size > 1) lose(thread, 'died')
  }
  const lose = (thread: Thread<Task, Answer>, problem: 'too_large' | 'died'): void => {
    if (!threads.delete(thread)) return
    clearTimeout(thread.timer)
    void thread.worker.terminate()
    // One that cannot even start is not started for ever: each try is the answer of one task.
    const entry = thread.state === 'starting' && threads.size === 0 ? take() : thread.entry
    entry?.resolve({ ok: false, problem })
    // What a task ended is made good before the next one comes.
    if (thread.state === 'running' && threads.size === 0 && !closed) open()
    next()
  }
  const take = (): Waiting<Task, Answer> | undefined => {
    const entry = line.shift()
    waitingBytes -= entry?.bytes ?? 0
    return entry
  }
  const start = (thread: Thread<Task, Answer>, entry: Waiting<Task, Answer>): void => {
    thread.entry = entry
    become(thread, 'running')
    try {
      thread.worker.postMessage(entry.task, entry.transfer)
    } catch {
      // Bytes that cannot be handed over: the thread has not seen them, and is as good as before.
      end(thread, { ok: false, problem: 'died' })
    }
  }
  const next = (): void => {
    while (line.length > 0) {
      const free = [...threads].find(({ state }) => state === 'idle')
      const entry = free === undefined ? undefined : take()
      if (free === undefined || entry === undefined) {
        if (needsAnother()) open()
        return
      }
      if (remainingMs(options.clock, entry.deadline) <= 0) entry.resolve({ ok: false, problem: 'late' })
      else start(free, entry)
    }
  }
  const needsAnother = (): boolean => {
    if (threads.size === 0) return true
    if (threads.size >= options.threads || [...threads].some(({ state }) => state === 'starting')) return false
    return [...threads].reduce((bytes, { entry }) => bytes + (entry?.bytes ?? 0), waitingBytes) > options.anotherAboveBytes
  }

  return {
    run: (task, bytes, transfer, deadline) => {
      if (closed) return Promise.resolve({ ok: false, problem: 'died' })
      if (line.length >= options.maxWaiting || waitingBytes + bytes > options.maxWaitingBytes) return Promise.resolve({ ok: false, problem: 'busy' })
      return new Promise((resolve) => {
        line.push({ task, bytes, transfer, deadline, resolve })
        waitingBytes += bytes
        next()
      })
    },
    isWarm: () => {
      if (!closed && threads.size === 0) open()
      return [...threads].some(({ state }) => state !== 'starting')
    },
    close: async () => {
      closed = true
      for (const { resolve } of line.splice(0)) resolve({ ok: false, problem: 'died' })
      const ending = [...threads]
      for (const thread of ending) lose(thread, 'died')
      await Promise.all(ending.map(({ worker }) => worker.terminate()))
    },
  }
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
}
