import { describe, expect, it } from 'vitest'
import { findFoldedKey, foldKey, hasFoldedSiblings, reserveKeys } from '@bailiwick/json'

describe('findFoldedKey', () => {
  const reserved = reserveKeys(['name', 'arguments', 'taskId', '_meta'])

  it('finds nothing in an object of reserved and unrelated keys', () => {
    expect(findFoldedKey({ name: 1, arguments: {}, taskId: 't', _meta: {}, cursor: 'c' }, reserved)).toBe(undefined)
  })

  it.each(['Name', 'argumentſ', 'tasKId', 'task_id', 'TASK-ID', 'meta', '__meta'])('finds %s', (key) => {
    expect(findFoldedKey({ [key]: 1 }, reserved)).toBe(key)
  })

  it('does not look below the object it is given', () => {
    expect(findFoldedKey({ arguments: { NAME: 1 } }, reserved)).toBe(undefined)
  })

  it('refuses reserved names that are one name to a folding parser', () => {
    expect(() => reserveKeys(['taskId', 'task_id'])).toThrow(TypeError)
  })

  it('folds every character that some parser folds onto an ASCII letter', () => {
    expect(foldKey('\u017f\u212aİıK')).toBe('skiik')
  })
})

describe('hasFoldedSiblings', () => {
  it.each([{ a: 1, A: 2 }, [{ x: { key: 1, Key: 1 } }], { ſ: 1, s: 1 }, { a: [[{ İ: 1, i: 1 }]] }])('finds the two names that are one in %j', (value) => {
    expect(hasFoldedSiblings(value)).toBe(true)
  })

  it.each([1, 'A', null, [], {}, { a: { A: 1 }, b: { A: 2 } }, [{ a: 1 }, { A: 1 }], { user_id: 1, userId: 2, 'user-id': 3 }, { A: 1, B: 2 }])(
    'finds none in %j',
    (value) => expect(hasFoldedSiblings(value)).toBe(false),
  )
})
