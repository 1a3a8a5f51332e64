import { expect, it } from 'vitest'
import { testClock } from '@bailiwick/kit/clock'
import { createReadiness } from '../src/index.ts'

it('names each check that is not usable, a throwing one too', async () => {
  const ready = createReadiness(testClock(), {
    good: () => Promise.resolve(undefined),
    bad: () => Promise.resolve('unreachable'),
    worse: () => Promise.reject(new RangeError('secret words')),
  })
  expect(await ready()).toEqual([
    { check: 'bad', problem: 'unreachable' },
    { check: 'worse', problem: 'failed' },
  ])
})

it('asks once for probes that come together, and again a moment later', async () => {
  const clock = testClock()
  let asked = 0
  const ready = createReadiness(clock, {
    state: () => {
      asked += 1
      return Promise.resolve(undefined)
    },
  })
  await Promise.all([ready(), ready(), ready()])
  expect(asked).toBe(1)
  clock.advance(250)
  await ready()
  expect(asked).toBe(2)
})
