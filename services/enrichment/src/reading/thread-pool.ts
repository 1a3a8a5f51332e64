// A few threads that read what would hold up everything else if it were read here, and a bounded line before them. A task is carried out once or
// not at all; its bytes are handed over, not copied. Whatever happens to a thread, every task is answered.
import type { Transferable, Worker } from 'node:worker_threads'
import { remainingMs } from '@bailiwick/core'
import type { Clock, Deadline } from '@bailiwick/core'

export interface ThreadPoolOptions {
  readonly clock: Clock
  readonly spawn: () => Worker
  readonly threads: number
  readonly maxWaiting: number
  readonly maxWaitingBytes: number
  /** A thread that takes longer is ended: linear work on a bounded body never does. */
  readonly runLimitMs: number
}

/** `busy`: the line is full. `late`: its deadline passed before a thread was free. `too_large`: it needed more memory than a thread may have. */
export type Outcome<Answer> = { readonly ok: true; readonly answer: Answer } | { readonly ok: false; readonly problem: 'busy' | 'late' | 'too_large' | 'died' }

export interface ThreadPool<Task, Answer> {
  /** Never rejects. `bytes`: what the task weighs while it waits. */
  run(task: Task, bytes: number, transfer: readonly Transferable[], deadline: Deadline): Promise<Outcome<Answer>>
  /** Starts the threads before they are needed. */
  warm(): void
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
  running: { readonly entry: Waiting<Task, Answer>; readonly limit: ReturnType<typeof setTimeout> } | undefined
}

export function createThreadPool<Task, Answer>(options: ThreadPoolOptions): ThreadPool<Task, Answer> {
  const threads = new Set<Thread<Task, Answer>>()
  const line: Waiting<Task, Answer>[] = []
  let waitingBytes = 0
  let closed = false

  const open = (): Thread<Task, Answer> => {
    const thread: Thread<Task, Answer> = { worker: options.spawn(), running: undefined }
    threads.add(thread)
    // Nobody waits for an idle thread at the end of the process.
    thread.worker.unref()
    thread.worker.on('message', (answer: Answer) => end(thread, { ok: true, answer }))
    thread.worker.on('error', (error: unknown) => lose(thread, isOutOfMemory(error) ? 'too_large' : 'died'))
    thread.worker.on('exit', () => lose(thread, 'died'))
    return thread
  }
  const end = (thread: Thread<Task, Answer>, outcome: Outcome<Answer>): void => {
    const { running } = thread
    if (running === undefined) return
    thread.running = undefined
    clearTimeout(running.limit)
    running.entry.resolve(outcome)
    next()
  }
  const lose = (thread: Thread<Task, Answer>, problem: 'too_large' | 'died'): void => {
    threads.delete(thread)
    void thread.worker.terminate()
    end(thread, { ok: false, problem })
  }
  const start = (thread: Thread<Task, Answer>, entry: Waiting<Task, Answer>): void => {
    thread.running = { entry, limit: setTimeout(() => lose(thread, 'died'), options.runLimitMs).unref() }
    try {
      thread.worker.postMessage(entry.task, entry.transfer)
    } catch {
      // Bytes that cannot be handed over: the thread has not seen them, and is as good as before.
      end(thread, { ok: false, problem: 'died' })
    }
  }
  const next = (): void => {
    const free = [...threads].find(({ running }) => running === undefined)
    if (closed || (free === undefined && threads.size >= options.threads)) return
    const entry = line.shift()
    if (entry === undefined) return
    waitingBytes -= entry.bytes
    if (remainingMs(options.clock, entry.deadline) <= 0) entry.resolve({ ok: false, problem: 'late' })
    else start(free ?? open(), entry)
    next()
  }

  return {
    run: (task, bytes, transfer, deadline) => {
      if (closed) return Promise.resolve({ ok: false, problem: 'died' })
      // What nobody waits for any more makes room first.
      if (line.length >= options.maxWaiting || waitingBytes + bytes > options.maxWaitingBytes) return Promise.resolve({ ok: false, problem: 'busy' })
      return new Promise((resolve) => {
        line.push({ task, bytes, transfer, deadline, resolve })
        waitingBytes += bytes
        next()
      })
    },
    warm: () => {
      if (!closed && threads.size === 0) open()
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
