import { expect, it } from 'vitest'

it('fails without a leak', () => {
  expect(1).toBe(2)
})
