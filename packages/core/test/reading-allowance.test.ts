import { expect, it } from 'vitest'
import { LARGE_BYTES, readingAllowanceMs } from '../src/index.ts'

const MIB = 1024 * 1024

it.each([
  [0, 0],
  [LARGE_BYTES, 0],
  [LARGE_BYTES + 1, 3],
  [4 * MIB, 75],
  [16 * MIB, 300],
  [33 * MIB, 300],
])('a body of %i bytes has %i ms more than a decision', (bytes, ms) => {
  expect(readingAllowanceMs(bytes)).toBe(ms)
})

it('keeps a decision below what every gateway in gateways/ waits, with the limit it has by default', () => {
  expect(150 + readingAllowanceMs(Number.MAX_SAFE_INTEGER)).toBeLessThan(500)
})
