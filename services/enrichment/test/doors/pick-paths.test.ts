import { expect, it } from 'vitest'
import { pickPaths } from '../../src/doors/v1/pick-paths.ts'

const attr = { kind: 'user', profile: { tier: 1, region: 'emea', a: { b: 2, c: 3 } }, task: { binding: { ticket_id: 'T-1' } } }

it('keeps what is listed and nothing beside it', () => {
  expect(pickPaths(attr, ['profile.tier', 'profile.a.b', 'task.binding'])).toEqual({
    profile: { tier: 1, a: { b: 2 } },
    task: { binding: { ticket_id: 'T-1' } },
  })
})

it.each([[[]], [['profile.x']], [['x']], [['profile.tier.x']], [['constructor']], [['__proto__']], [['profile.__proto__.x']], [['']]])(
  'keeps nothing for %j',
  (paths) => {
    expect(pickPaths(attr, paths)).toEqual({})
  },
)
