import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHistogram } from '../src/load/histogram.ts'

function of(values: readonly number[]): ReturnType<typeof createHistogram> {
  const histogram = createHistogram()
  for (const value of values) histogram.record(value)
  return histogram
}

describe('a percentile', () => {
  it('of nothing is nothing', () => {
    expect([createHistogram().percentile(0.5), createHistogram().maxMs]).toEqual([undefined, undefined])
  })

  it('is never below the nearest rank of the true values, and at most 1.6 % and one microsecond above it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, share) => {
          const sorted = values.toSorted((a, b) => a - b)
          const truth = sorted[Math.max(1, Math.ceil(share * values.length)) - 1] ?? 0
          const told = of(values).percentile(share) ?? Number.NaN
          expect(told).toBeGreaterThanOrEqual(Math.min(truth, Math.max(...values)))
          expect(told).toBeLessThanOrEqual(truth * 1.016 + 0.001)
        },
      ),
    )
  })

  it('counts what was never answered as infinitely late', () => {
    const histogram = of([1, 2, Number.POSITIVE_INFINITY])
    expect(histogram.percentile(0.5)).toBeCloseTo(2, 1)
    expect(histogram.percentile(0.9)).toBe(Number.POSITIVE_INFINITY)
    expect(histogram.count).toBe(3)
  })

  it.each([-1, Number.NaN])('refuses %d as a duration', (value) => {
    expect(() => createHistogram().record(value)).toThrow(RangeError)
  })

  it.each([-0.1, 1.1, Number.NaN])('refuses %d as a share', (share) => {
    expect(() => of([1]).percentile(share)).toThrow(RangeError)
  })
})
