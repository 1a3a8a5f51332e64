import { afterEach, describe, expect, it } from 'vitest'
import { Worker } from 'node:worker_threads'
import { deadlineIn } from '@bailiwick/core'
import { testClock } from '@bailiwick/kit/clock'
import { createThreadPool } from '../../src/reading/thread-pool.ts'
import type { Outcome, ThreadPool, ThreadPoolOptions } from '../../src/reading/thread-pool.ts'
import { threadOf } from './gate.ts'

const clock = testClock()
const later = () => deadlineIn(clock, 1_000)
/** Answers a task with itself; `wait` is never answered, `die` ends the thread, `grow` takes all memory. */
const ECHO = `parentPort.on('message', (task) => {
  if (task === 'wait') return
  if (task === 'die') process.exit(3)
  if (task === 'throw') throw new Error('of the thread')
  if (task === 'grow') { const all = []; for (;;) all.push(new Array(100000).fill({ n: all.length })) }
  parentPort.postMessage(task)
})`

/** Threads that echo; the one with this number never says that it is warm. */
function slow(number: number): () => Worker {
  let spawned = 0
  return () => {
    spawned += 1
    return spawned === number
      ? new Worker(`require('node:worker_threads').parentPort.on('message', () => {})`, { eval: true, env: {}, execArgv: [] })
      : threadOf(ECHO)()
  }
}

const open: ThreadPool<unknown, unknown>[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()))
})

function pool(change: Partial<ThreadPoolOptions> = {}): ThreadPool<unknown, unknown> {
  const made = createThreadPool<unknown, unknown>({
    clock,
    spawn: threadOf(ECHO, { resourceLimits: { maxOldGenerationSizeMb: 32 } }),
    threads: 1,
    maxWaiting: 2,
    maxWaitingBytes: 100,
    anotherAboveBytes: 10,
    idleMs: 60_000,
    runLimitMs: 60_000,
    startLimitMs: 60_000,
    ...change,
  })
  open.push(made)
  return made
}

function run(made: ThreadPool<unknown, unknown>, task: unknown, bytes = 1): Promise<Outcome<unknown>> {
  return made.run(task, bytes, [], later())
}

describe('a pool of threads', () => {
  it('answers each task with its own answer, in one thread after the other', async () => {
    const made = pool({ maxWaiting: 3 })
    expect(await Promise.all([run(made, 1), run(made, 2), run(made, 3)])).toEqual([1, 2, 3].map((answer) => ({ ok: true, answer })))
  })

  it('hands bytes over: they are gone here, and were not copied', async () => {
    const made = pool({ spawn: threadOf(`parentPort.on('message', (bytes) => parentPort.postMessage(bytes.length))`) })
    const bytes = new Uint8Array(1000)
    expect(await made.run(bytes, 1000 / 100, [bytes.buffer], later())).toEqual({ ok: true, answer: 1000 })
    expect(bytes.length).toBe(0)
  })

  it('refuses at once what its line has no room for, by number and by weight', async () => {
    const made = pool()
    await run(made, 'warm')
    const running = run(made, 'wait')
    const first = run(made, 'a', 60)
    expect(await run(made, 'too heavy', 60)).toEqual({ ok: false, problem: 'busy' })
    const second = run(made, 'b', 1)
    expect(await run(made, 'too many', 1)).toEqual({ ok: false, problem: 'busy' })
    await made.close()
    expect(await Promise.all([running, first, second])).toEqual([1, 2, 3].map(() => ({ ok: false, problem: 'died' })))
  })

  it('does not start what nobody waits for any more', async () => {
    const made = pool({ threads: 1, spawn: threadOf(ECHO) })
    const running = run(made, 'die')
    const late = made.run('late', 1, [], { atMonotonicMs: clock.monotonicMs() })
    expect(await running).toEqual({ ok: false, problem: 'died' })
    expect(await late).toEqual({ ok: false, problem: 'late' })
  })

  it.each([
    ['ends', 'die', 'died'],
    ['throws', 'throw', 'died'],
    ['takes more memory than it may', 'grow', 'too_large'],
  ])('answers when its thread %s, and goes on with another one', async (_what, task, problem) => {
    const made = pool()
    const [lost, next] = await Promise.all([run(made, task), run(made, 'next')])
    expect(lost).toEqual({ ok: false, problem })
    expect(next).toEqual({ ok: true, answer: 'next' })
  })

  it('ends a thread that does not come back', async () => {
    const made = pool({ runLimitMs: 50 })
    expect(await run(made, 'wait')).toEqual({ ok: false, problem: 'died' })
  })

  it('answers what cannot be handed over, and keeps its thread', async () => {
    let spawned = 0
    const made = pool({
      spawn: (): Worker => {
        spawned += 1
        return threadOf(ECHO)()
      },
    })
    expect(await run(made, () => {})).toEqual({ ok: false, problem: 'died' })
    expect(await run(made, 'next')).toEqual({ ok: true, answer: 'next' })
    expect(spawned).toBe(1)
  })

  it('puts nothing to a thread before it is warm, and to the next one only when it is', async () => {
    const made = pool({ threads: 2, maxWaitingBytes: 1_000, anotherAboveBytes: 5, spawn: slow(2) })
    expect(made.isWarm()).toBe(false)
    await expect.poll(() => made.isWarm()).toBe(true)
    const [first, second, third] = [run(made, 'hold', 6), run(made, 'b'), run(made, 'c')]
    // The second thread is never warm: what waits for it is answered by the first.
    expect(await Promise.all([first, second, third])).toEqual(['hold', 'b', 'c'].map((answer) => ({ ok: true, answer })))
  })

  it('ends a thread that has had nothing to do, but not the last', async () => {
    const ended: number[] = []
    let spawned = 0
    const made = pool({
      threads: 2,
      maxWaitingBytes: 1_000,
      anotherAboveBytes: 5,
      idleMs: 20,
      spawn: (): Worker => {
        const worker = threadOf(ECHO)()
        const which = ++spawned
        worker.once('exit', () => ended.push(which))
        return worker
      },
    })
    expect(await Promise.all([run(made, 1, 6), run(made, 2, 6)])).toEqual([1, 2].map((answer) => ({ ok: true, answer })))
    await expect.poll(() => [spawned, ended.length]).toEqual([2, 1])
    expect(made.isWarm()).toBe(true)
    expect(await run(made, 3)).toEqual({ ok: true, answer: 3 })
  })

  it('answers when no thread can be started, once for each try', async () => {
    let spawned = 0
    const made = pool({
      spawn: (): Worker => {
        spawned += 1
        return threadOf('process.exit(1)')()
      },
    })
    expect(await Promise.all([run(made, 1), run(made, 2)])).toEqual([1, 2].map(() => ({ ok: false, problem: 'died' })))
    expect(spawned).toBe(2)
    expect(made.isWarm()).toBe(false)
  })

  it('has another thread warm after one was lost, before anybody asks', async () => {
    let spawned = 0
    const made = pool({
      spawn: (): Worker => {
        spawned += 1
        return threadOf(ECHO)()
      },
    })
    await run(made, 'die')
    expect(spawned).toBe(2)
    await expect.poll(() => made.isWarm()).toBe(true)
    expect(spawned).toBe(2)
  })

  it('takes nothing any more when it is closed', async () => {
    const made = pool()
    await made.close()
    expect(await run(made, 1)).toEqual({ ok: false, problem: 'died' })
  })
})
