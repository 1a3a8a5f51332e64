import { expect, it } from 'vitest'
import { maskArguments, tokenSha256 } from '../src/index.ts'

it('keeps every name and no value', () => {
  expect(maskArguments({ ticket_id: 'T-1042', amount_cents: 4000, urgent: true, note: null, tags: ['a', 'b'], to: { iban: 'DE89' } }, [])).toEqual({
    ticket_id: 'string(6)',
    amount_cents: 'number',
    urgent: 'boolean',
    note: 'null',
    tags: 'array(2)',
    to: { iban: 'string(4)' },
  })
})

it('keeps the value of a listed name at the top, and only there', () => {
  expect(maskArguments({ ticket_id: 'T-1042', nested: { ticket_id: 'T-1' } }, ['ticket_id'])).toEqual({
    ticket_id: 'T-1042',
    nested: { ticket_id: 'string(3)' },
  })
})

it('masks a listed value that is too long', () => {
  expect(maskArguments({ note: 'x'.repeat(257) }, ['note'])).toEqual({ note: 'string(257)' })
})

it('lists nobody by the members every object has', () => {
  expect(maskArguments(JSON.parse('{"constructor":"secret","__proto__":"secret"}'), [])).toEqual(
    JSON.parse('{"constructor":"string(6)","__proto__":"string(6)"}'),
  )
})

it('ends at four levels, 64 members and 256 values, however large the arguments are', () => {
  const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`m${n}`, n]))
  const masked = maskArguments({ deep: { a: { b: { c: { d: 1 } } } }, ...wide }, [])
  expect(masked['deep']).toEqual({ a: { b: { c: 'object(1)' } } })
  expect(Object.keys(masked)).toHaveLength(65)
  expect(masked['[more]']).toBe(937)
  expect(JSON.stringify(maskArguments({ a: wide, b: wide, c: wide, d: wide, e: wide, f: wide }, [])).length).toBeLessThan(8000)
})

it('shortens a name that is content', () => {
  expect(Object.keys(maskArguments({ ['n'.repeat(1000)]: 1 }, []))).toEqual([`${'n'.repeat(128)}[+872]`])
})

it('names a token by the SHA-256 of its text', () => {
  expect(tokenSha256('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0')
})
