// How slices of one kind of work leave the event loop to everything else: in order, each in a turn of its own, with a rest after it that is bounded.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { testClock } from '@bailiwick/kit/clock'
import { createLoopShare } from '../src/loop-share.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function share(rest: number) {
  const clock = testClock()
  const made = createLoopShare(clock, { sliceMs: 1, rest })
  const done: string[] = []
  /** Time goes on for the clock as for the timers. */
  const pass = (ms: number): void => {
    clock.advance(ms)
    vi.advanceTimersByTime(ms)
  }
  const slice = (name: string, tookMs: number): void =>
    made.next(() => {
      done.push(name)
      clock.advance(tookMs)
    })
  return { clock, made, done, pass, slice }
}

it('runs slices in order, one a turn', () => {
  const { done, slice } = share(0)
  slice('first', 5)
  slice('second', 5)
  expect(done).toEqual([])
  vi.advanceTimersToNextTimer()
  expect(done).toEqual(['first'])
  vi.advanceTimersToNextTimer()
  expect(done).toEqual(['first', 'second'])
})

it('tells a slice when its time is over', () => {
  const { clock, made } = share(0)
  const seen: boolean[] = []
  made.next((goOn) => {
    seen.push(goOn())
    clock.advance(1)
    seen.push(goOn())
  })
  vi.advanceTimersToNextTimer()
  expect(seen).toEqual([true, false])
})

it('rests after a slice for as many times what it took', () => {
  const { done, pass, slice } = share(2)
  slice('first', 3)
  pass(0)
  slice('second', 1)
  pass(5)
  expect(done).toEqual(['first'])
  pass(1)
  expect(done).toEqual(['first', 'second'])
})

it('rests no longer than twenty milliseconds, however long a slice took', () => {
  const { done, pass, slice } = share(2)
  slice('a disk that hung', 2_000)
  pass(0)
  slice('next', 1)
  pass(19)
  expect(done).toEqual(['a disk that hung'])
  pass(1)
  expect(done).toEqual(['a disk that hung', 'next'])
})

it('does at once what comes alone, and refuses while somebody waits or a rest is due', () => {
  const { clock, made, slice } = share(2)
  expect(made.now(() => clock.advance(1))).toBe(true)
  const never = (): void => {
    throw new Error('not now')
  }
  expect(made.now(never)).toBe(false)
  clock.advance(2)
  slice('waits', 0)
  expect(made.now(never)).toBe(false)
})

it('goes on after a slice that threw', () => {
  const { made, done, slice } = share(0)
  made.next(() => {
    throw new Error('its own affair')
  })
  slice('next', 0)
  expect(() => vi.advanceTimersToNextTimer()).toThrow('its own affair')
  vi.advanceTimersToNextTimer()
  expect(done).toEqual(['next'])
})
