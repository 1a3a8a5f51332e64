import { expect, it } from 'vitest'
import { resolvePointer } from '../../src/decide/json-pointer.ts'

const value = { a: { 'x/y': 1, 'm~n': 2, '': 3, '~1': 4 }, list: [10, { b: 11 }] }

it.each([
  ['/a/x~1y', 1],
  ['/a/m~0n', 2],
  ['/a/', 3],
  ['/a/~01', 4],
  ['/list/0', 10],
  ['/list/1/b', 11],
])('finds %s', (pointer, found) => {
  expect(resolvePointer(value, pointer)).toBe(found)
})

it.each(['a', '/b', '/list/2', '/list/00', '/list/-', '/list/length', '/a/~2', '/a/x~1y/z', '/list/0/toString', '/__proto__'])(
  'finds nothing at %s',
  (pointer) => {
    expect(resolvePointer(value, pointer)).toBeUndefined()
  },
)

it('finds the whole at the empty pointer', () => {
  expect(resolvePointer(value, '')).toBe(value)
})
