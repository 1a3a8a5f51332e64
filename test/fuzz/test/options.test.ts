import { describe, expect, it } from 'vitest'
import { canonical, decimal } from '../src/canonical.ts'
import { parseOptions } from '../src/options.ts'
import { createRandom } from '../src/random.ts'

describe('the command line of npm run fuzz', () => {
  it('explores for a minute, unless told how long, from which seed, and whether to keep what it finds', () => {
    expect(parseOptions([], 1)).toEqual({ mode: 'coverage', seed: 1, minutes: 1, keep: false })
    expect(parseOptions(['--minutes', '15', '--seed', '7', '--keep'], 1)).toEqual({ mode: 'coverage', seed: 7, minutes: 15, keep: true })
  })

  it('compares as many as it is told', () =>
    expect(parseOptions(['--differential', '--mutations', '10000000', '--seed', '7'], 1)).toEqual({ mode: 'differential', seed: 7, mutations: 10_000_000 }))

  it.each([
    [['--mutations', '5']],
    [['--differential', '--minutes', '5']],
    [['--differential', '--keep']],
    [['--differential', '--mutations', 'many']],
    [['--minutes', '1.5']],
    [['--seed', '-1']],
    [['--differental']],
    [['x']],
  ])('refuses %j', (args) => expect(parseOptions(args, 1)).toBeTypeOf('string'))
})

it('the same seed makes the same choices, another seed others', () => {
  const choices = (seed: number): readonly number[] => {
    const random = createRandom(seed)
    return Array.from({ length: 20 }, () => random.below(1_000_000))
  }
  expect(choices(5)).toEqual(choices(5))
  expect(choices(5)).not.toEqual(choices(6))
})

describe('the text two values have in common when they are the same', () => {
  it.each([
    ['12.50e3', '125e2'],
    ['-0.0', '-0'],
    ['0', '0'],
    ['100', '1e2'],
    ['7', '7e0'],
    ['1e-7', '1e-7'],
    ['-1.5E+10', '-15e9'],
  ])('writes %s as %s', (lexeme, text) => expect(decimal(lexeme)).toBe(text))

  it('sorts keys, escapes by code point, and tells values apart', () => {
    expect(canonical({ b: [1, 'é\u{1f600}"'], a: null })).toBe('{"a":null,"b":[1e0,"\\u{e9}\\u{1f600}\\u{22}"]}')
    expect(canonical({ a: '1' })).not.toBe(canonical({ a: 1 }))
  })
})
