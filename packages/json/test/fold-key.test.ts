import { describe, expect, it } from 'vitest'
import { findFoldedKey, foldKey, reserveKeys } from '@bailiwick/json'

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
