import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { compileSchema } from '../src/schema/compile-schema.ts'
import type { CheckArguments } from '../src/schema/compile-schema.ts'
import { compilePattern } from '../src/schema/pattern.ts'
import { prepareSchema } from '../src/schema/prepare-schema.ts'

const REFUND = {
  type: 'object',
  properties: {
    ticket_id: { type: 'string', pattern: '^T-\\d{1,8}$' },
    amount_cents: { type: 'integer', minimum: 1, maximum: 100_000 },
    reason: { type: 'string', maxLength: 20 },
    notify: { type: 'array', items: { type: 'string', format: 'email' }, uniqueItems: true },
    'a/b~c': { type: 'boolean' },
  },
  required: ['ticket_id', 'amount_cents'],
  additionalProperties: false,
} satisfies JsonObject

const FITS = { ticket_id: 'T-1042', amount_cents: 4000 }

function compiled(schema: JsonObject): CheckArguments {
  const prepared = prepareSchema(schema)
  if (!prepared.ok) throw new TypeError(JSON.stringify(prepared.problems))
  return compileSchema(prepared)
}

function problemsOf(schema: JsonValue | undefined): readonly string[] {
  const prepared = prepareSchema(schema)
  return prepared.ok ? [] : prepared.problems.map(({ pointer }) => pointer)
}

describe('arguments against a schema', () => {
  const check = compiled(REFUND)

  it('fit', () => {
    expect(check(FITS)).toBeUndefined()
    expect(check({ ...FITS, notify: ['a@example.com', 'b@example.com'], 'a/b~c': true })).toBeUndefined()
  })

  it.each([
    ['of the wrong type', { ...FITS, amount_cents: '4000' }, '/amount_cents'],
    ['not an integer', { ...FITS, amount_cents: 40.5 }, '/amount_cents'],
    ['out of bounds', { ...FITS, amount_cents: 0 }, '/amount_cents'],
    ['null', { ...FITS, amount_cents: null }, '/amount_cents'],
    ['missing: the place itself', { ticket_id: 'T-1042' }, '/amount_cents'],
    ['one too many: the place itself', { ...FITS, approved: true }, '/approved'],
    ['not of the pattern', { ...FITS, ticket_id: 'T-1042\nT-1' }, '/ticket_id'],
    ['twice where once is allowed', { ...FITS, notify: ['a@example.com', 'a@example.com'] }, '/notify'],
    ['not of the format', { ...FITS, notify: ['a@example.com', 'nobody'] }, '/notify/1'],
    ['under a name with a slash and a tilde', { ...FITS, 'a/b~c': 1 }, '/a~1b~0c'],
  ])('%s: the pointer and nothing else', (_what, given: JsonObject, pointer) => {
    expect(check(given)).toEqual({ pointers: [pointer] })
  })

  it('of a name that another parser takes for a declared one do not fit, even where more names are allowed', () => {
    const open = compiled({ type: 'object', properties: { amount_cents: { type: 'integer' }, line: { type: 'object', properties: { sum: true } } } })
    expect(open({ amount_cents: 1, note: 'x' })).toBeUndefined()
    expect(open({ amount_cents: 1, Amount_Cents: 900_000 })).toEqual({ pointers: ['/Amount_Cents'] })
    expect(open({ line: { ſum: 1 } })).toEqual({ pointers: ['/line/ſum'] })
  })

  it('two declared names that fold onto each other are both meant', () => {
    const both = compiled({ type: 'object', properties: { id: { type: 'string' }, ID: { type: 'string' } } })
    expect(both({ id: 'a', ID: 'b' })).toBeUndefined()
  })

  it('what every object inherits is no argument', () => {
    const one = compiled({ type: 'object', properties: { constructor: { type: 'string' } }, required: ['constructor'] })
    expect(one({})).toEqual({ pointers: ['/constructor'] })
  })

  it('two patterns are two', () => {
    const two = compiled({ type: 'object', properties: { a: { pattern: '^a$' }, b: { pattern: '^b$' } } })
    expect(two({ a: 'a', b: 'b' })).toBeUndefined()
    expect(two({ a: 'b', b: 'b' })).toEqual({ pointers: ['/a'] })
    expect(two({ a: 'a', b: 'a' })).toEqual({ pointers: ['/b'] })
  })

  it('draft-07 is read as draft-07', () => {
    const tuple = compiled({
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      properties: { a: { items: [{ type: 'string' }], additionalItems: false } },
    })
    expect(tuple({ a: ['x'] })).toBeUndefined()
    expect(tuple({ a: ['x', 'y'] })).toEqual({ pointers: ['/a'] })
  })
})

describe('a pattern', () => {
  const matches = (pattern: string, text: string): boolean => compiled({ type: 'object', properties: { a: { pattern } } })({ a: text }) === undefined

  it.each([
    ['^\\s$', '\u00a0', true],
    ['^[\\s]$', '\u2003', true],
    ['^\\S$', '\u00a0', false],
    ['^.$', '\u2028', false],
    ['^.$', '\u{1f600}', true],
    ['^[.]$', 'x', false],
    ['^[\\s\\S]$', '\n', true],
    ['^a\\-b\\_c\\@d$', 'a-b_c@d', true],
    ['^\\\\.$', '\\x', true],
    ['^\\u00e9$', 'é', true],
    ['^\\w$', 'é', false],
    ['b', 'abc', true],
  ])('%s on %j means what it means in ECMA-262', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected)
    expect(new RegExp(pattern.replace(/\\([-_@])/g, '$1'), 'u').test(text)).toBe(expected)
  })

  // Nothing beyond the basic plane: this V8 does not find `[^a]$` in such a text.
  it('means it for whatever is put together, too', () => {
    const parts = fc.constantFrom(
      'a',
      '.',
      '\\s',
      '\\S',
      '[\\s]',
      '[^\\s]',
      '[\\S]',
      '[^\\S]',
      '[\\d\\s]',
      '\\w',
      '\\B',
      '^',
      '$',
      '[^a]',
      '(a|é)',
      'a*',
      'é{1,3}',
      '|',
      '\\p{L}',
      '[\\]a]',
    )
    const characters = fc.constantFrom('a', 'é', ' ', '\u00a0', '\u2003', '\u2028', '\ufeff', '\n', '\r', '1', '_', ']', '\0')
    const texts = fc.array(fc.array(characters, { maxLength: 4 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(fc.array(parts, { minLength: 1, maxLength: 4 }), texts, (some, all) => {
        const pattern = some.join('')
        const compiledPattern = compilePattern(pattern)
        const text = all.map((each) => each.join(''))
        if (compiledPattern !== undefined)
          expect(text.map((each) => compiledPattern.test(each))).toEqual(text.map((each) => new RegExp(pattern, 'u').test(each)))
      }),
      { numRuns: 3000 },
    )
  })

  it.each(['(?=x)', '(?!x)y', '(?<=x)y', '(a)\\1', 'a{1,5000}', '(', '\\Qx\\E', '\\A', '(?i)x', '[[:alpha:]]', 'x'.repeat(2000)])(
    '%s is refused before it is pinned',
    (pattern) => {
      expect(problemsOf({ type: 'object', properties: { a: { type: 'string', pattern } } })).toEqual(['/properties/a/pattern'])
      expect(problemsOf({ type: 'object', patternProperties: { [pattern]: true } })).toHaveLength(1)
    },
  )

  it('may be left to the server, by name', () => {
    const schema = { type: 'object', properties: { a: { type: 'string', pattern: '^(?!x)' } } }
    const prepared = prepareSchema(schema, ['/properties/a/pattern'])
    expect(prepared.ok).toBe(true)
    expect(prepareSchema(schema, ['/properties/b/pattern']).ok).toBe(false)
  })
})

describe('a schema', () => {
  const deep = (levels: number): JsonObject => (levels === 0 ? { type: 'string' } : { type: 'object', properties: { a: deep(levels - 1) } })

  it.each([
    ['that is none', 'string', ''],
    ['that is missing', undefined, ''],
    ['of something else than an object', { type: 'array' }, ''],
    ['of another dialect', { $schema: 'http://json-schema.org/draft-04/schema#', type: 'object' }, '/$schema'],
    ['with a misspelt keyword', { type: 'object', properties: { a: { maximun: 3 } } }, '/properties/a/maximun'],
    ['that fetches', { type: 'object', properties: { a: { $ref: 'https://schemas.example/a.json' } } }, '/properties/a/$ref'],
    ['that reads a file', { type: 'object', $ref: 'file:///etc/passwd' }, '/$ref'],
    ['with an id below the root', { type: 'object', properties: { a: { $id: 'https://a.example/', $ref: '#' } } }, '/properties/a/$id'],
    ['with a reference that depends on the way', { type: 'object', $dynamicRef: '#x' }, '/$dynamicRef'],
    ['that is asynchronous', { type: 'object', $async: true }, '/$async'],
    ['with a name that is no name', { type: 'object', properties: JSON.parse('{"__proto__": {"type": "string"}}') as JsonObject }, '/properties/__proto__'],
    ['too deep', deep(60), '/properties/a'.repeat(48)],
    ['too large', { type: 'object', description: 'x'.repeat(200_000) }, ''],
  ])('%s is refused with its place', (_what, schema: JsonValue | undefined, pointer) => {
    expect(problemsOf(schema)).toEqual([pointer])
  })

  it.each([
    ['with a keyword of the wrong type', { type: 'object', minProperties: 'x' }],
    ['with a reference to nothing', { type: 'object', $ref: '#/$defs/a' }],
  ])('%s does not compile', (_what, schema: JsonObject) => {
    expect(() => compiled(schema)).toThrow()
  })

  it('keeps annotations, extensions and unknown formats for what they are', () => {
    const check = compiled({
      type: 'object',
      title: 'T',
      'x-mcp-header': 'A',
      properties: { a: { type: 'string', format: 'license-plate', default: { pattern: '(?=x)' }, examples: [{ $ref: 'https://x' }], nullable: true } },
    })
    expect(check({ a: 'x' })).toBeUndefined()
    expect(check({ a: null })).toEqual({ pointers: ['/a'] })
  })

  it('that holds data which looks like a schema is not walked there', () => {
    expect(problemsOf({ type: 'object', properties: { a: { enum: [{ maximun: 1 }], const: { $ref: 'https://x' } } } })).toEqual([])
  })
})

describe('what a check may cost', () => {
  const tooCostly = { pointers: [''], tooCostly: true }

  it('a reference to itself ends', () => {
    expect(compiled({ type: 'object', $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } })({})).toEqual(tooCostly)
  })

  it('a schema that doubles at each step ends', () => {
    const $defs: Record<string, JsonObject> = { d40: { type: 'object' } }
    for (let at = 0; at < 40; at++) $defs[`d${at}`] = { allOf: [{ $ref: `#/$defs/d${at + 1}` }, { $ref: `#/$defs/d${at + 1}` }] }
    expect(compiled({ type: 'object', $ref: '#/$defs/d0', $defs })({})).toEqual(tooCostly)
  })

  it('a recursive schema doubled at each level of the arguments ends', () => {
    const again: JsonObject = { type: 'object', additionalProperties: { $ref: '#/$defs/n' } }
    const check = compiled({ ...again, $defs: { n: { allOf: [again, again] } } })
    let nested: JsonObject = {}
    for (let level = 0; level < 40; level++) nested = { a: nested }
    expect(check(nested)).toEqual(tooCostly)
  })

  it('a recursive schema that is only recursive is fine', () => {
    const check = compiled({ type: 'object', properties: { next: { $ref: '#' }, n: { type: 'integer' } }, additionalProperties: false })
    let list: JsonObject = { n: 1 }
    for (let level = 0; level < 50; level++) list = { n: 1, next: list }
    expect(check(list)).toBeUndefined()
  })

  it('a long list under a long enum ends, and a short one does not', () => {
    const many = Array.from({ length: 4000 }, (_, at) => `CODE-${at}`)
    const check = compiled({ type: 'object', properties: { a: { type: 'array', items: { enum: many } } } })
    expect(check({ a: Array.from({ length: 100_000 }, () => 'CODE-3999') })).toEqual(tooCostly)
    expect(check({ a: Array.from({ length: 100 }, () => 'CODE-3999') })).toBeUndefined()
  })

  it('a list of half a million, each once, ends; so does a pattern over a huge text', () => {
    const check = compiled({ type: 'object', properties: { a: { uniqueItems: true }, b: { pattern: '^(a+)+$' } } })
    expect(check({ a: Array.from({ length: 500_000 }, (_, at) => at) })).toEqual(tooCostly)
    expect(check({ b: `${'a'.repeat(4_000_000)}!` })).toEqual(tooCostly)
    expect(check({ b: `${'a'.repeat(50_000)}!` })).toEqual({ pointers: ['/b'] })
  })
})
