import { expect, it } from 'vitest'
import { parseOptions } from '../src/options.ts'

it('without arguments everything is quick', () => {
  expect(parseOptions([])).toEqual({ ok: true, options: { rows: [] } })
})

it('takes each option', () => {
  expect(parseOptions(['--seconds', '20', '--rate', '500', '--row', 'exchange', '--row', 'revoke', '--json', 'a.json', '--profile', 'p'])).toEqual({
    ok: true,
    options: { seconds: 20, rate: 500, rows: ['exchange', 'revoke'], jsonFile: 'a.json', profileFolder: 'p' },
  })
})

it.each([
  ['--seconds', '0'],
  ['--seconds', '121'],
  ['--seconds', '1.5'],
  ['--seconds', '-1'],
  ['--rate', 'many'],
  ['--rate', '20001'],
  ['--row', 'everything'],
  ['--unknown', '1'],
  ['a-word', 'alone'],
])('%s %s is refused', (name, value) => {
  expect(parseOptions([name, value])).toMatchObject({ ok: false })
})
