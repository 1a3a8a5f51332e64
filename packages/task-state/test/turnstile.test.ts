import { expect, it, vi } from 'vitest'
import { testClock } from '@bailiwick/kit/clock'
import { systemClock } from '@bailiwick/core'
import { createLoopShare } from '../src/loop-share.ts'
import { createTurnstile } from '../src/turnstile.ts'

const share = () => createLoopShare(systemClock, { sliceMs: 60_000, rest: 0 })

it('lets in as many as there is room for, the others in order, also after one that failed', async () => {
  const turnstile = createTurnstile({ room: 2, withinMs: 60_000, share: share(), clock: systemClock })
  const entered: number[] = []
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>())
  const done = gates.map((gate, at) =>
    turnstile.pass(async () => {
      entered.push(at)
      await gate.promise
      return at
    }),
  )
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => void setImmediate(resolve))
  }
  await settled()
  expect(entered).toEqual([0, 1])
  const failed = done[1]?.catch(() => 'failed')
  gates[1]?.reject(new Error('no'))
  await settled()
  expect(entered).toEqual([0, 1, 2])
  expect(await failed).toBe('failed')
  gates[0]?.resolve()
  gates[2]?.resolve()
  await settled()
  expect(entered).toEqual([0, 1, 2, 3, 4])
  gates[3]?.resolve()
  gates[4]?.resolve()
  expect(await Promise.all([done[0], done[2], done[3], done[4]])).toEqual([0, 2, 3, 4])
  // Everybody left: there is room again.
  expect(await turnstile.pass(() => Promise.resolve('again'))).toBe('again')
})

it('tells who waits too long, does the act in its turn all the same, and goes on with those behind', async () => {
  const turnstile = createTurnstile({ room: 1, withinMs: 20, share: share(), clock: systemClock })
  const gate = Promise.withResolvers<void>()
  const first = turnstile.pass(() => gate.promise)
  const begun: string[] = []
  const late = turnstile.pass(async () => {
    begun.push('late')
    throw new Error('nobody hears this any more')
  })
  await expect(late).rejects.toMatchObject({ dependency: 'state', code: 'store_busy' })
  expect(begun).toEqual([])
  gate.resolve()
  // It was let in in time: how long it takes is its own affair.
  await first
  expect(await turnstile.pass(() => Promise.resolve('next'))).toBe('next')
  expect(begun).toEqual(['late'])
})

it('tells everybody who waited too long, in order, and those who came later when their own time is over', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate'] })
  try {
    const clock = testClock()
    const turnstile = createTurnstile({ room: 1, withinMs: 500, share: createLoopShare(clock, { sliceMs: 1, rest: 0 }), clock })
    const told: string[] = []
    const pass = async (ms: number): Promise<void> => {
      clock.advance(ms)
      await vi.advanceTimersByTimeAsync(ms)
    }
    const wait = (name: string): void => void turnstile.pass(() => new Promise<void>(() => undefined)).catch(() => told.push(name))
    wait('inside')
    wait('early')
    wait('as early')
    await pass(300)
    wait('later')
    await pass(200)
    expect(told).toEqual(['early', 'as early'])
    await pass(299)
    expect(told).toEqual(['early', 'as early'])
    await pass(1)
    expect(told).toEqual(['early', 'as early', 'later'])
  } finally {
    vi.useRealTimers()
  }
})
