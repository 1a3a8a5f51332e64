import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalize, parseStrictJson, sha256Canonical } from '@bailiwick/json'
import type { JsonValue } from '@bailiwick/core'

const parsed = (text: string): JsonValue => {
  const result = parseStrictJson(Buffer.from(text))
  if (!result.ok) throw new Error(result.problem.class)
  return result.value
}

describe('RFC 8785', () => {
  it('section 3.2.2: serializes the example object', () => {
    const value = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000f\nA\'B"\\\\"/',
      literals: [null, true, false],
    }
    expect(canonicalize(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    )
  })

  it('section 3.2.3: sorts members by UTF-16 units', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\u{1f600}': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      ö: 'Latin Small Letter O With Diaeresis',
    }
    expect([...canonicalize(value).matchAll(/:"([^"]*)"/g)].map((match) => match[1])).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ])
  })

  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('appendix B: writes the double %s as %s', (bits, text) => {
    expect(canonicalize(Buffer.from(bits, 'hex').readDoubleBE(0))).toBe(text)
  })

  it.each([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate in a name', { '\udc00': 1 }],
  ])('refuses %s', (_name, value) => {
    expect(() => canonicalize(value)).toThrow(TypeError)
  })

  it('refuses what is not JSON, and cycles', () => {
    const hole: JsonValue[] = []
    hole.length = 1
    expect(() => canonicalize(JSON.parse('{"a":1}', (key, value: unknown): unknown => (key === 'a' ? 1n : value)) as JsonValue)).toThrow('bigint')
    expect(() => canonicalize([...hole])).toThrow('undefined')
    const cycle: { [key: string]: JsonValue } = {}
    cycle['self'] = cycle
    expect(() => canonicalize(cycle)).toThrow('too deep')
  })
})

describe('as a digest', () => {
  it('is the same for every order of members and every spelling', () => {
    const a = parsed('{"a":1.0,"b":["\\u0061"]}')
    const b = parsed(' { "b" : ["a"], "a" : 1 } ')
    expect(sha256Canonical(a)).toBe(sha256Canonical(b))
    expect(sha256Canonical(a)).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it('is what the strict reader reads back', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        const result = parseStrictJson(Buffer.from(text))
        if (result.ok) expect(canonicalize(parsed(canonicalize(result.value)))).toBe(canonicalize(result.value))
      }),
      { numRuns: 300 },
    )
  })

  it('differs wherever two values differ', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), (a, b) => {
        fc.pre(wellFormed(a) && wellFormed(b))
        const [x, y] = [JSON.parse(JSON.stringify(a)) as JsonValue, JSON.parse(JSON.stringify(b)) as JsonValue]
        expect(canonicalize(x) === canonicalize(y)).toBe(sorted(x) === sorted(y))
      }),
      { numRuns: 300 },
    )
  })
})

const wellFormed = (value: unknown): boolean => !/\\ud[89a-f]/i.test(JSON.stringify(value))
const sorted = (value: JsonValue): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? { members: Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)) } : inner,
  )
