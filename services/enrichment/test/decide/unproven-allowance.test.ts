import { testClock } from '@bailiwick/kit/clock'
import { expect, it } from 'vitest'
import { createUnprovenAllowance } from '../../src/decide/unproven-allowance.ts'

function taken(allowance: ReturnType<typeof createUnprovenAllowance>, gateway: string, tries: number): number {
  return Array.from({ length: tries }, () => allowance.take(gateway)).filter(Boolean).length
}

it('records the first minute of somebody trying things, and of a flood no more than that', () => {
  expect(taken(createUnprovenAllowance(testClock()), 'edge', 10_000)).toBe(60)
})

it('comes back by one a second, up to where it began', () => {
  const clock = testClock()
  const allowance = createUnprovenAllowance(clock)
  taken(allowance, 'edge', 60)
  clock.advance(2_500)
  expect(taken(allowance, 'edge', 10)).toBe(2)
  clock.advance(86_400_000)
  expect(taken(allowance, 'edge', 1_000)).toBe(60)
})

it('a flood at one gateway takes nothing from another', () => {
  const allowance = createUnprovenAllowance(testClock())
  taken(allowance, 'edge', 1_000)
  expect(taken(allowance, 'inner', 10)).toBe(10)
})
