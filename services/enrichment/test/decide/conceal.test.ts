import { expect, it } from 'vitest'
import { conceal } from '../../src/decide/conceal.ts'

const LISTED = ['a', 'b', 'out']
const REACHABLE = ['a', 'b']

it('shows what the policy allows, and nothing that no call could reach', () => {
  expect(conceal({ mode: 'enforce' }, LISTED, REACHABLE, { denial: undefined, others: [false, true] })).toEqual({
    concealed: { kept: ['b'], dropped: ['a', 'out'] },
    denial: undefined,
  })
})

it('shows nothing where an answer is missing', () => {
  expect(conceal({ mode: 'enforce' }, LISTED, REACHABLE, { denial: undefined, others: [] }).concealed.kept).toEqual([])
})

it('leaves the denial of the list itself as it is', () => {
  const denial = { reason: 'policy_denied' } as const
  expect(conceal({ mode: 'enforce' }, LISTED, REACHABLE, { denial, others: [true, true] }).denial).toBe(denial)
  expect(conceal({ mode: 'shadow' }, LISTED, REACHABLE, { denial, others: [true, true] }).denial).toBe(denial)
})

it('hides nothing the policy hides in shadow mode, and says that it would have', () => {
  expect(conceal({ mode: 'shadow' }, LISTED, REACHABLE, { denial: undefined, others: [false, true] })).toEqual({
    concealed: { kept: REACHABLE, dropped: ['a', 'out'] },
    denial: { reason: 'not_visible', detail: 'listed_names' },
  })
  expect(conceal({ mode: 'shadow' }, ['a'], ['a'], { denial: undefined, others: [true] }).denial).toBeUndefined()
})
