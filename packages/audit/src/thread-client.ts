// The event loop's side of a worker thread of ours: every question gets an answer or a fault in bounded time, a thread that died is started
// again, and the process may end while nothing is asked. Never waits for a thread synchronously.
import type { Worker } from 'node:worker_threads'
import { Fault } from '@bailiwick/core'
import { journalFault } from './journal-fault.ts'
import type { JournalFaultCode } from './journal-fault.ts'
import type { FromThread, ToThread } from './thread-messages.ts'

export interface ThreadClientDeps {
  readonly spawn: () => Worker
  /** Longest wait for one answer. */
  readonly timeoutMs: number
  /** The code of what the thread failed to do by dying or by being late. */
  readonly lostCode: JournalFaultCode
  readonly restartMs: number
}

export interface ThreadClient<Request, Reply> {
  /** Rejects with a Fault; whether the thread did what was asked is then unknown. */
  ask(request: Request): Promise<Reply>
  close(): Promise<void>
}

interface Waiting<Reply> {
  readonly resolve: (reply: Reply) => void
  readonly reject: (fault: Fault) => void
  readonly timer: NodeJS.Timeout
}

/** Opening may read a large file whole, and wait for a lock. */
const START_MS = 30_000

/** Resolves when the thread is ready; rejects with its fault when it cannot start. */
export async function startThread<Request, Reply>(deps: ThreadClientDeps): Promise<ThreadClient<Request, Reply>> {
  const waiting = new Map<number, Waiting<Reply>>()
  /** Asked, given up on, not yet answered: while there is one, the thread is stuck and nothing more is given to it. */
  const late = new Set<number>()
  let n = 0
  let closed = false
  let worker: Worker | undefined
  let startedAt = 0
  const gone = Promise.withResolvers<void>()

  const settle = (number: number, act: (asked: Waiting<Reply>) => void): void => {
    late.delete(number)
    const asked = waiting.get(number)
    if (asked === undefined) return
    waiting.delete(number)
    clearTimeout(asked.timer)
    act(asked)
    if (waiting.size === 0) worker?.unref()
  }

  const start = (ready: PromiseWithResolvers<void> | undefined): Worker => {
    const started = deps.spawn()
    startedAt = performance.now()
    worker = started
    const lose = (fault: Fault): void => {
      if (worker !== started) return
      worker = undefined
      late.clear()
      ready?.reject(fault)
      for (const number of waiting.keys()) settle(number, (asked) => asked.reject(fault))
    }
    started.on('message', (message: FromThread<Reply>) => {
      if (message.type === 'ready') ready?.resolve()
      else if (message.type === 'reply') settle(message.n, (asked) => asked.resolve(message.reply))
      else {
        const fault = new Fault('audit', message.code, `audit journal: ${message.problem}`)
        if (message.n === undefined) lose(fault)
        else settle(message.n, (asked) => asked.reject(fault))
      }
    })
    started.on('error', (error) => lose(journalFault(deps.lostCode, 'the journal thread failed', error)))
    started.on('exit', () => {
      lose(journalFault(deps.lostCode, 'the journal thread ended'))
      if (closed) gone.resolve()
    })
    return started
  }

  const ready = Promise.withResolvers<void>()
  const first = start(ready)
  const patience = setTimeout(() => {
    void first.terminate()
    ready.reject(journalFault(deps.lostCode, 'the journal thread did not start'))
  }, START_MS)
  try {
    await ready.promise
  } finally {
    clearTimeout(patience)
  }
  // An idle thread keeps no process alive.
  first.unref()

  return {
    ask(request) {
      if (closed) return Promise.reject(journalFault('journal_closed', 'closed'))
      if (late.size > 0) return Promise.reject(journalFault(deps.lostCode, 'the journal thread does not answer'))
      if (worker === undefined && performance.now() - startedAt < deps.restartMs)
        return Promise.reject(journalFault(deps.lostCode, 'the journal thread is down'))
      const to = worker ?? start(undefined)
      n += 1
      const number = n
      const { promise, resolve, reject } = Promise.withResolvers<Reply>()
      const timer = setTimeout(() => {
        settle(number, (asked) => asked.reject(journalFault(deps.lostCode, 'the journal thread was too slow')))
        if (worker === to) late.add(number)
      }, deps.timeoutMs)
      waiting.set(number, { resolve, reject, timer })
      to.ref()
      const message: ToThread<Request> = { n: number, request }
      to.postMessage(message)
      return promise
    },
    async close() {
      if (closed) return
      closed = true
      if (worker === undefined) return
      const ending = worker
      ending.ref()
      const message: ToThread<Request> = { close: true }
      ending.postMessage(message)
      // A thread stuck in the kernel does not end before the kernel lets go of it; the process does not wait for that.
      const timer = setTimeout(() => {
        void ending.terminate()
        ending.unref()
        gone.resolve()
      }, deps.timeoutMs)
      await gone.promise
      clearTimeout(timer)
    },
  }
}
