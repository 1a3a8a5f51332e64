// What the switch is told: each cut in its own direction and no other, losses by address, and nobody from an address that is not his.
import { expect, it } from 'vitest'
import { rulesetOf } from '../src/network/ruleset.ts'

const NET = '10.0.0.0/24'
const dropped = (text: string): readonly string[] => text.split('\n').flatMap((line) => (line.endsWith(' drop') ? [line.trim()] : []))
const OUTSIDERS = `ip daddr ${NET} ip saddr != ${NET} drop`

it('nothing is dropped but what comes from elsewhere, where nothing is cut', () => {
  expect(dropped(rulesetOf({ cuts: [], losses: new Map() }, NET))).toEqual([OUTSIDERS])
})

it('a cut names every pair, both ways or one, and each once', () => {
  const both = { some: ['a'], others: ['b', 'c'], direction: 'both' } as const
  const towards = { some: ['a'], others: ['d'], direction: 'towards' } as const
  expect(dropped(rulesetOf({ cuts: [both, towards], losses: new Map() }, NET))[0]).toBe('ip saddr . ip daddr { a . b, b . a, a . c, c . a, a . d } drop')
  const twice = rulesetOf({ cuts: [towards, towards], losses: new Map() }, NET)
  expect(dropped(twice)[0]).toBe('ip saddr . ip daddr { a . d } drop')
})

it('a loss is of what reaches the address', () => {
  const losses = new Map([['a', 0.05]])
  expect(dropped(rulesetOf({ cuts: [], losses }, NET))[0]).toBe('ip daddr a numgen random mod 1000 < 50 drop')
})

it('the table is replaced as a whole, whether it was there or not', () => {
  const lines = rulesetOf({ cuts: [], losses: new Map() }, NET).split('\n')
  expect(lines.slice(0, 3)).toEqual(['table bridge bailiwick', 'delete table bridge bailiwick', 'table bridge bailiwick {'])
})
