import { describe, expect, it } from 'vitest'
import { runOpenLoop } from '../src/load/open-loop.ts'
import type { OpenLoopOptions, Operation } from '../src/load/open-loop.ts'

/** Time that moves from one call to the next, as an event loop without work would see it. */
function simulated(): Pick<OpenLoopOptions, 'now' | 'after' | 'ticker'> & {
  run(): Promise<void>
  at(ms: number, call: () => void): void
  /** The event loop is busy with something else for so long. */
  hold(ms: number): void
} {
  let now = 0
  let due: Float64Array = new Float64Array()
  const calls: { readonly at: number; readonly call: () => void }[] = []
  const at = (ms: number, call: () => void): void => {
    calls.push({ at: ms, call })
  }
  return {
    now: () => now,
    ticker: {
      begin: (dueMs) => {
        due = dueMs
      },
      next: (call) => at(due.find((ms) => ms > now) ?? now, call),
    },
    after: (ms, call) => at(now + ms, call),
    at,
    hold: (ms) => {
      now += ms
    },
    run: async () => {
      for (;;) {
        calls.sort((a, b) => a.at - b.at)
        const next = calls.shift()
        if (next === undefined) return
        now = Math.max(now, next.at)
        next.call()
        await Promise.resolve()
      }
    },
  }
}

function loop(operation: (time: ReturnType<typeof simulated>) => Operation, change: Partial<OpenLoopOptions> = {}): ReturnType<typeof runOpenLoop> {
  const time = simulated()
  const windows: string[] = []
  const result = runOpenLoop(
    {
      rate: 100,
      warmUpSeconds: 0,
      seconds: 1,
      maxInFlight: 1_000,
      drainMs: 100,
      now: time.now,
      after: time.after,
      ticker: time.ticker,
      onWindowOpen: () => windows.push('open'),
      onWindowClose: () => windows.push('close'),
      ...change,
    },
    operation(time),
  )
  return time.run().then(() => result)
}

const answersAfter =
  (ms: number) =>
  (time: ReturnType<typeof simulated>): Operation =>
  (_n, done) =>
    time.after(ms, () => done(undefined))

describe('an open loop', () => {
  it('sends at its rate and measures each answer', async () => {
    const result = await loop(answersAfter(5))
    expect(result).toMatchObject({ sent: 100, succeeded: 100, unsent: 0, unanswered: 0, failures: {} })
    expect(result.latency.percentile(0.99)).toBeCloseTo(5, 0)
    expect(result.windowMs).toBeCloseTo(990, 0)
  })

  it('charges a stall to every operation it should have answered meanwhile', async () => {
    // Nothing is answered before half a second has passed; a closed loop would see one slow operation.
    const result = await loop((time) => (_n, done) => time.at(Math.max(500, time.now()), () => done(undefined)))
    expect(result.latency.percentile(0.75)).toBeGreaterThan(240)
    expect(result.latency.maxMs).toBeCloseTo(500, 0)
  })

  it('counts a failure as never answered: fast refusals must not flatter a percentile', async () => {
    const result = await loop(() => (n, done) => done(n % 2 === 0 ? undefined : 'refused'))
    expect(result).toMatchObject({ succeeded: 50, failures: { refused: 50 } })
    expect(result.latency.percentile(0.99)).toBe(Number.POSITIVE_INFINITY)
  })

  it('does not send more than may be under way, and counts what it did not send', async () => {
    const result = await loop(() => () => {}, { maxInFlight: 10 })
    expect(result).toMatchObject({ sent: 10, unsent: 90, unanswered: 10, succeeded: 0 })
    expect(result.latency.count).toBe(100)
  })

  it('leaves the warm-up out, and takes an operation that throws as failed', async () => {
    const result = await loop(
      () => (n, done) => {
        if (n === 100) throw new Error('boom')
        done(undefined)
      },
      { warmUpSeconds: 1 },
    )
    expect(result).toMatchObject({ sent: 100, succeeded: 99, failures: { boom: 1 } })
  })

  it('warms up at a rate that rises from nothing to its own', async () => {
    const sentAtMs: number[] = []
    await loop(
      (time) => (_n, done) => {
        sentAtMs.push(time.now())
        done(undefined)
      },
      { warmUpSeconds: 2 },
    )
    const inEachHalfSecond = [0, 500, 1_000, 1_500, 2_000, 2_500].map((from) => sentAtMs.filter((ms) => ms >= from && ms < from + 500).length)
    expect(inEachHalfSecond).toEqual([7, 18, 32, 43, 50, 50])
  })

  it('sends at once what was due while it was held up itself, and charges it with the wait', async () => {
    const sentAtMs: number[] = []
    const result = await loop((time) => (n, done) => {
      sentAtMs.push(time.now())
      if (n === 50) time.hold(300)
      done(undefined)
    })
    expect(sentAtMs.filter((ms) => ms > 500 && ms < 800)).toEqual([])
    expect(result).toMatchObject({ sent: 100, succeeded: 100 })
    expect(result.lag.maxMs).toBeCloseTo(290, 0)
    expect(result.latency.percentile(0.75)).toBeGreaterThan(50)
    expect(result.latency.percentile(0.65)).toBeLessThan(1)
  })

  it('takes no answer after its end', async () => {
    const result = await loop(answersAfter(10_000))
    expect(result).toMatchObject({ sent: 100, succeeded: 0, unanswered: 100 })
    expect(result.latency.count).toBe(100)
  })

  it('keeps failures to a few kinds', async () => {
    const result = await loop(() => (n, done) => done(`kind ${n}`))
    expect(Object.keys(result.failures)).toHaveLength(9)
    expect(result.failures['other']).toBe(92)
  })

  it('counts an operation once, whatever it answers twice', async () => {
    const result = await loop(() => (_n, done) => {
      done(undefined)
      done('again')
    })
    expect(result).toMatchObject({ succeeded: 100, failures: {} })
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses the rate %d', (rate) => {
    expect(() => loop(answersAfter(1), { rate })).toThrow(RangeError)
  })
})
