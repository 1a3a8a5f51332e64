import { expect, it } from 'vitest'
import { play } from '../src/story/script.ts'
import type { Step } from '../src/story/script.ts'

const step: Step = {
  who: 'refund-agent',
  what: 'refunds $40',
  expected: { effect: 'allow' },
  run: () => Promise.resolve({ effect: 'allow', text: 'paid' }),
}

it('is as expected when verdict and reason are', async () => {
  expect(await play(step)).not.toHaveProperty('problem')
})

it('tells of a step that could not be carried out, instead of ending the story there', async () => {
  const run = (): Promise<never> => Promise.reject(new Error('The decision took too long.'))
  expect(await play({ ...step, run })).toMatchObject({ problem: 'it could not be carried out: The decision took too long.', outcome: { effect: 'deny' } })
})

it('does not take a step that could not be carried out for the denial that was expected', async () => {
  const run = (): Promise<never> => Promise.reject(new Error('connect ECONNREFUSED'))
  expect(await play({ ...step, expected: { effect: 'deny' }, run })).toMatchObject({ problem: 'it could not be carried out: connect ECONNREFUSED' })
})
