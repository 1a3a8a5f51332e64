import { expect, it } from 'vitest'
import { startTicker } from '../src/load/ticker.ts'

it('wakes at each time that is still to come, never before it', async () => {
  const ticker = startTicker()
  const startMs = performance.now() + 50
  const due = Float64Array.from({ length: 20 }, (_, n) => startMs + n * 5)
  ticker.begin(due)
  let reached = 0
  while (reached < due.length) {
    await new Promise<void>((resolve) => ticker.next(resolve))
    const now = performance.now()
    expect(now).toBeGreaterThanOrEqual((due[reached] ?? 0) - 0.5)
    while (reached < due.length && (due[reached] ?? 0) <= now) reached += 1
  }
})
