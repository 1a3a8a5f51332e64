import { expect, it } from 'vitest'
import { startTicker } from '../src/load/ticker.ts'

it('wakes for every time, the first one not before it, and no more often than there are times', async () => {
  const ticker = startTicker()
  const startMs = performance.now() + 50
  const due = Float64Array.from({ length: 20 }, (_, n) => startMs + n * 5)
  ticker.begin(due)
  let reached = 0
  let wakes = 0
  while (reached < due.length) {
    await new Promise<void>((resolve) => ticker.next(resolve))
    const now = performance.now()
    wakes += 1
    expect(now).toBeGreaterThanOrEqual(startMs)
    // A message that was late may come when what it is about was done already: the loop looks at the time itself.
    while (reached < due.length && (due[reached] ?? 0) <= now) reached += 1
  }
  expect(wakes).toBeLessThanOrEqual(due.length)
})
