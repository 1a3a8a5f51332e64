import { expect, it } from 'vitest'
import { createTurnstile } from '../src/turnstile.ts'

it('lets in as many as there is room for, the others in order, also after one that failed', async () => {
  const turnstile = createTurnstile(2, 60_000)
  const entered: number[] = []
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>())
  const done = gates.map((gate, at) =>
    turnstile.pass(async () => {
      entered.push(at)
      await gate.promise
      return at
    }),
  )
  const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
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
  const turnstile = createTurnstile(1, 20)
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
