import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStrictJson } from '@bailiwick/json'

const read = (text: string): unknown => {
  const result = parseStrictJson(Buffer.from(text))
  return result.ok ? result.value : result.problem.class
}

describe('numbers every parser reads as one value', () => {
  it.each([
    ['0', 0],
    ['0.0', 0],
    ['0e5', 0],
    ['-1', -1],
    ['1.0', 1],
    ['1e2', 100],
    ['1E+2', 100],
    ['100', 100],
    ['10e-1', 1],
    ['0.1', 0.1],
    ['0.10', 0.1],
    ['-12.5e-3', -0.0125],
    ['0.30000000000000004', 0.1 + 0.2],
    ['1e-7', 1e-7],
    ['2.2250738585072014e-308', 2.2250738585072014e-308],
    ['9007199254740991', 9007199254740991],
    ['-9007199254740991', -9007199254740991],
    ['123456789012345.6', 123456789012345.6],
    [`0.5${'0'.repeat(60)}`, 0.5],
    [`0.30000000000000004${'0'.repeat(40)}e0`, 0.1 + 0.2],
    ['30000000000000004e-17', 0.1 + 0.2],
    ['0.000030000000000000004E4', 0.1 + 0.2],
    ['5e-30', 5e-30],
    ['50.0e-31', 5e-30],
  ])('reads %s', (text, value) => {
    expect(read(text)).toBe(value)
  })

  it.each([
    '-0',
    '-0.0',
    '-0e1',
    '9007199254740992',
    '9007199254740993',
    '-9007199254740992',
    '9007199254740991.5',
    '1e16',
    '1e300',
    '1e400',
    '-1e400',
    '1e99999999999999999999',
    '1e-400',
    '-1e-400',
    '3e-324',
    '0.1000000000000000055511151231257827',
    '0.1000000000000000055511151231257827021181583404541015625',
    '4000.000000000000000001',
    '1.0000000000000001',
    `0.${'0'.repeat(400)}1`,
    `0.5${'0'.repeat(60)}1`,
    `0.30000000000000004${'0'.repeat(14)}1`,
    '0.300000000000000041',
    '9'.repeat(400),
  ])('refuses %s', (text) => {
    expect(read(text)).toBe('number')
  })

  // Found by the comparison with serde_json, which takes one step of rounding for digits up to 2^53 and powers up to 10^22, and two beyond.
  it.each([
    '9007199254740991.0',
    '-9007199254740991.0e0',
    '4503599627370497.5',
    '3.9999999999999996',
    '1.00000000000000000000000000',
    '10000000000.000000',
    '5e-324',
  ])('refuses %s, which a hasty parser reads as, or takes for, another whole number', (text) => expect(read(text)).toBe('number'))

  it.each(['0.30000000000000004', '0.023064255714416504', '40.712776000000005', '-74.00597299999998', '1e-30', '2.5e-9'])(
    'takes %s: no whole number is near',
    (text) => expect(read(text)).toBe(Number(text)),
  )

  it('takes the shortest spelling of every double up to 2^53-1 that is not within a few units of a whole number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -9007199254740991, max: 9007199254740991 }), (value) => {
        if (!Object.is(value, -0) && !isNearWhole(value)) expect(read(String(value))).toBe(value)
      }),
      { numRuns: 1000 },
    )
  })

  it('takes a decimal only if it is exactly what its double prints as', () => {
    const digits = fc.stringMatching(/^[0-9]{1,22}$/)
    fc.assert(
      fc.property(digits, digits, fc.integer({ min: -30, max: 10 }), (whole, fraction, exponent) => {
        const text = `${BigInt(whole)}.${fraction}e${exponent}`
        const got = read(text)
        if (got !== 'number') expect(sameDecimal(text, String(got))).toBe(true)
        else expect(Math.abs(Number(text)) > Number.MAX_SAFE_INTEGER || isNearWhole(Number(text)) || !sameDecimal(text, String(Number(text)))).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})

const isNearWhole = (value: number): boolean => Math.abs(value - Math.round(value)) <= Math.abs(value) * 2 ** -50 + 1e-322

/** An independent comparison: both decimals as integers over one power of ten. */
function sameDecimal(a: string, b: string): boolean {
  const [x, y] = [scaled(a), scaled(b)]
  const scale = Math.max(x.scale, y.scale)
  return x.digits * 10n ** BigInt(scale - x.scale) === y.digits * 10n ** BigInt(scale - y.scale)
}

function scaled(text: string): { digits: bigint; scale: number } {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const scale = fraction.length - Number(exponent)
  const digits = BigInt(whole + fraction)
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 }
}
