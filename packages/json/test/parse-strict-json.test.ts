import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStrictJson } from '@bailiwick/json'
import type { StrictJsonOptions } from '@bailiwick/json'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const read = (text: string, options?: StrictJsonOptions): unknown => {
  const result = parseStrictJson(bytes(text), options)
  return result.ok ? { value: result.value } : result.problem
}
/** Same data on ordinary prototypes, so that deep equality looks at the data alone. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('the grammar of RFC 8259', () => {
  it.each([
    ['{}', {}],
    [' \t\r\n[1, 2 ,3]\n', [1, 2, 3]],
    ['"a\\u0041\\n\\"\\/\\\\\\b\\f\\r\\t"', 'aA\n"/\\\b\f\r\t'],
    ['{"a":{"b":[true,false,null]}}', { a: { b: [true, false, null] } }],
    ['"\\ud83d\\ude00 \u{1F600}"', '\u{1F600} \u{1F600}'],
    ['{"":0,"constructor":1,"toString":2}', { '': 0, constructor: 1, toString: 2 }],
  ])('reads %s', (text, value) => {
    const result = parseStrictJson(bytes(text))
    expect(result.ok && plain(result.value)).toEqual(value)
  })

  it.each([
    ['', 0],
    ['  ', 2],
    ['{', 1],
    ['[1,]', 3],
    ['{"a":1,}', 7],
    ['{a:1}', 1],
    ["{'a':1}", 1],
    ['{"a" 1}', 5],
    ['[1 2]', 3],
    ['tru', 0],
    ['nul', 0],
    ['NaN', 0],
    ['Infinity', 0],
    ['-', 1],
    ['01', 1],
    ['+1', 0],
    ['.5', 0],
    ['1.', 2],
    ['1e', 2],
    ['1e+', 3],
    ['0x10', 1],
    ['"\\x41"', 1],
    ['"\\u12g4"', 1],
    ['"\\u12', 1],
    ['"abc', 4],
    ['"\\', 1],
    ['"a\nb"', 2],
    ['"a\u0000b"', 2],
    [`"${'a'.repeat(100)}\u0001"`, 101],
    [`"${'a'.repeat(100)}`, 101],
    ['"\\n\u0001"', 3],
    ['\u00a01', 0],
    ['// note\n1', 0],
    ['"é" é', 5],
  ])('refuses %j', (text, offset) => {
    const problem = read(text)
    expect(problem).toMatchObject({ offset })
    expect(['syntax', 'trailing']).toContain((problem as { class: string }).class)
  })

  it('refuses anything behind the value', () => {
    expect(read('{} {}')).toEqual({ class: 'trailing', offset: 3 })
    expect(read('1 x')).toEqual({ class: 'trailing', offset: 2 })
  })

  it.each(['"é" ', '["漢","\u{1F600}"] ', `"${'é'.repeat(60)}" `, `"${'漢'.repeat(60)}\\n" `, '{"é\\n":"ü"} '])(
    'counts the offset in bytes, not characters, behind %s',
    (text) => {
      expect(read(`${text}x`)).toEqual({ class: 'trailing', offset: bytes(text).length })
    },
  )
})

describe('encoding', () => {
  it.each([
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x31], 0],
    ['a stray continuation byte', [0x22, 0x80, 0x22], 1],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22], 1],
    ['a surrogate in UTF-8', [0x22, 0xed, 0xa0, 0x80, 0x22], 1],
    ['a character cut off', [0x22, 0xe2, 0x82], 1],
    ['a code point above U+10FFFF', [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22], 1],
    ['UTF-16', [0x22, 0x00, 0xff, 0xfe], 2],
  ])('refuses %s', (_name, input, offset) => {
    expect(parseStrictJson(Uint8Array.from(input))).toEqual({ ok: false, problem: { class: 'encoding', offset } })
  })

  it.each(['"\\ud83d"', '"\\ude00\\ud83d"', '"\\ud83dx"', '{"\\udc00":1}'])('refuses the lone surrogate in %s', (text) => {
    expect(read(text)).toMatchObject({ class: 'encoding' })
  })
})

describe('objects that two parsers would read differently', () => {
  it.each(['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '[{"x":{"k":0,"k":0}}]', '{"a":null,"a":1}', '{"":1,"":2}'])('refuses duplicate keys in %s', (text) => {
    expect(read(text)).toMatchObject({ class: 'duplicate_key' })
  })

  it.each(['{"__proto__":{}}', '{"a":[{"__proto__":1}]}', '{"\\u005f_proto__":1}'])('refuses the prototype key in %s', (text) => {
    expect(read(text)).toMatchObject({ class: 'prototype_key' })
  })

  // Found by the comparison with V8 14.6, which reads {"p":"","ticket\\u005fid":1} as having a member `ticket\\u0` once it has seen one of that name there.
  it.each(['{"na\\u006de":1}', '{"a":{"ticket\\u005fid":1}}', '{"a\\/b":1}', '{"\\u0041":1}', '{"x\\\\\\u0041":1}', '[{"\\u007E":1}]'])(
    'refuses the key in %s, written with an escape that no serializer needs',
    (text) => expect(read(text)).toMatchObject({ class: 'escaped_key' }),
  )

  it.each(['{"\\u00e9":1}', '{"^\\\\d+$":1}', '{"a\\"b":1}', '{"\\n":1}', '{"\\\\u0041":1}', '{"\\u0000":1}'])(
    'takes the key in %s, unless keys are to be plain',
    (text) => {
      expect(read(text)).toHaveProperty('value')
      expect(read(text, { plainKeys: true })).toMatchObject({ class: 'escaped_key' })
    },
  )

  it('takes any value with escapes where keys are to be plain', () => {
    expect(read('{"a":"\\u0061\\n\\"","é":["\\/"]}', { plainKeys: true })).toHaveProperty('value')
  })

  it('returns objects without a prototype', () => {
    const result = parseStrictJson(bytes('{"a":{}}'))
    expect(result.ok && Object.getPrototypeOf(result.value)).toBe(null)
  })

  it.each(['Name', 'NAME', 'na\\u006dE', 'n_ame', 'na-me', 'ſtream', 'toKen', 'İd'])('refuses the key %s beside a reserved one', (key) => {
    expect(read(`{"${key}":1}`, { reservedKeys: ['name', 'stream', 'token', 'id'] })).toEqual({ class: 'folded_key', offset: 1 })
  })

  it('leaves reserved keys themselves, other keys and deeper levels alone', () => {
    expect(read('{"name":1,"names":2,"sub":{"NAME":3}}', { reservedKeys: ['name'] })).toMatchObject({ value: { name: 1 } })
  })
})

describe('limits', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

  it('takes 64 levels and refuses the 65th where it opens', () => {
    expect(read(nested(64))).toHaveProperty('value')
    expect(read(nested(65))).toEqual({ class: 'depth', offset: 64 })
  })

  it('does not overflow on a body of brackets', () => {
    expect(read('['.repeat(1_000_000))).toEqual({ class: 'depth', offset: 64 })
    expect(read('{"a":'.repeat(200_000))).toMatchObject({ class: 'depth' })
  })

  it('refuses one byte more than allowed', () => {
    expect(read('[1]', { maxBytes: 3 })).toHaveProperty('value')
    expect(read('[1] ', { maxBytes: 3 })).toEqual({ class: 'size', offset: 3 })
  })

  it('refuses one member more than allowed, per object', () => {
    const object = (members: number): string => `{${Array.from({ length: members }, (_, i) => `"k${i}":${i}`).join(',')}}`
    expect(read(`[${object(1000)},${object(1000)}]`)).toHaveProperty('value')
    expect(read(object(1001))).toMatchObject({ class: 'members' })
  })

  it('refuses more values than allowed, wherever they are', () => {
    expect(read('[1,[2],3]', { maxValues: 5 })).toHaveProperty('value')
    expect(read('[1,[2],3]', { maxValues: 4 })).toEqual({ class: 'members', offset: 7 })
  })

  it('refuses more keys written with an escape than allowed, whatever objects they are in', () => {
    const objects = (keys: number): string =>
      `[${Array.from({ length: keys / 100 }, () => `{${Array.from({ length: 100 }, (_, i) => String.raw`"\u00e9${i}":0`).join(',')}}`).join(',')}]`
    expect(read(objects(100_000))).toHaveProperty('value')
    expect(read(objects(100_100))).toMatchObject({ class: 'members' })
  })

  it('refuses options that would remove the depth limit', () => {
    expect(() => parseStrictJson(bytes('1'), { maxDepth: 1e6 })).toThrow('"maxDepth"')
    expect(() => parseStrictJson(bytes('1'), { maxDepth: Number.NaN })).toThrow('"maxDepth"')
  })
})

describe('lexemes', () => {
  it('keeps the source text of the members asked for, at the top level only', () => {
    const result = parseStrictJson(bytes('{ "id" :  "\\u0061" , "sub": {"id": 2}, "n": 1.50 }'), { keepLexemes: ['id', 'n', 'absent'] })
    expect(result.ok && [...result.lexemes]).toEqual([
      ['id', '"\\u0061"'],
      ['n', '1.50'],
    ])
  })
})

/** All that is not printable ASCII as an escape. */
const escaped = (value: string): string => JSON.stringify(value).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

describe('against JSON.parse', () => {
  it('reads what JSON.stringify wrote of any value it accepts, as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        const result = parseStrictJson(bytes(text))
        if (result.ok) expect(plain(result.value)).toEqual(JSON.parse(text))
        else expect(['number', 'prototype_key', 'members', 'encoding']).toContain(result.problem.class)
      }),
      { numRuns: 300 },
    )
  })

  it('reads strings and names of every length and alphabet, escaped or not, and whatever stands behind them', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'Z', ' ', 'é', '漢', '\u{1F600}', '\n', '"', '\\', '\u0001'), maxLength: 90 })
    const spelled = fc.tuple(text, fc.boolean()).map(([value, ascii]) => ({ value, json: ascii ? escaped(value) : JSON.stringify(value) }))
    fc.assert(
      fc.property(fc.array(fc.tuple(text, spelled), { maxLength: 8 }), (members) => {
        const body = `{${members.map(([key, value], index) => `${JSON.stringify(`${index}${key}`)}:[${value.json},true,1.5]`).join(',')}} `
        const result = parseStrictJson(bytes(body))
        expect(result.ok && plain(result.value)).toEqual(JSON.parse(body))
        expect(read(`${body}x`)).toEqual({ class: 'trailing', offset: bytes(body).length })
      }),
      { numRuns: 500 },
    )
  })

  it('knows a key by its bytes, however many others it has met', () => {
    const keys = fc.array(fc.stringMatching(/^[a-d_]{0,34}$/), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 3 }), (drawn, times) => {
        const body = `{${[...new Set(drawn)].map((key, index) => `"${key}":${index}`).join(',')}}`
        for (let turn = 0; turn < times; turn++) {
          const result = parseStrictJson(bytes(body))
          expect(result.ok && plain(result.value)).toEqual(JSON.parse(body))
        }
        const again = drawn[0] ?? ''
        expect(read(`${body.slice(0, -1)},"${again}":0}`)).toEqual({ class: 'duplicate_key', offset: body.length })
      }),
      { numRuns: 500 },
    )
  })

  it('agrees on every text it accepts, however the text was damaged', () => {
    const damage = fc.record({ at: fc.nat(), with: fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', '0', '1', '-', '.', 'e', ' ', 'u', '\u0000', 'é') })
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.array(damage, { minLength: 1, maxLength: 3 }), (text, damages) => {
        let broken = text
        for (const { at, with: by } of damages) {
          const cut = at % (broken.length + 1)
          broken = broken.slice(0, cut) + by + broken.slice(cut + (at % 2))
        }
        const result = parseStrictJson(Buffer.from(broken, 'utf8'))
        if (result.ok) expect(plain(result.value)).toEqual(JSON.parse(broken))
      }),
      { numRuns: 1000 },
    )
  })

  it('never throws and never points outside the input, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (input) => {
        const result = parseStrictJson(input)
        if (!result.ok) expect(result.problem.offset >= 0 && result.problem.offset <= input.length).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})
