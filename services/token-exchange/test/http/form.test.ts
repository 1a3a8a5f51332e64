import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseForm } from '../../src/http/form.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1')

describe('parseForm', () => {
  it('reads parameters, and takes an empty one as not sent', () => {
    const form = parseForm(bytes('grant_type=a%3Ab&scope=&resource=x&resource=y'), ['resource'])
    expect(form).toMatchObject({ ok: true })
    if (!form.ok) return
    expect(form.value.one('grant_type')).toBe('a:b')
    expect(form.value.one('scope')).toBeUndefined()
    expect(form.value.one('absent')).toBeUndefined()
    expect(form.value.many('resource')).toEqual(['x', 'y'])
  })

  it.each([
    'subject_token=a&subject_token=b',
    'subject_token=a&subject_token=a',
    'subject_token=&subject_token=a',
    'subject%5ftoken=a&subject_token=b',
    'unknown=1&unknown=2',
    '__proto__=1&__proto__=2',
  ])('refuses the repeat in %s', (text) => {
    expect(parseForm(bytes(text), ['resource', 'audience'])).toMatchObject({ ok: false, denial: { reason: 'request_malformed', detail: 'parameter_repeated' } })
  })

  it('does not take a PHP-style name for the parameter it resembles', () => {
    const form = parseForm(bytes('subject_token[]=a&__proto__=b'), [])
    expect(form.ok && form.value.one('subject_token')).toBeUndefined()
  })

  it.each([
    ['raw bytes above ASCII', 'scope=\xe9'],
    ['a raw line break', 'scope=a\nb'],
    ['percent-encoded bytes that are not UTF-8', 'scope=%ff'],
    ['an encoded NUL', 'subject_token=a%00b'],
    ['an encoded line break', 'task_id=a%0d%0a'],
  ])('refuses %s', (_, text) => {
    expect(parseForm(bytes(text), [])).toMatchObject({ ok: false, denial: { reason: 'body_unreadable', problem: 'encoding' } })
  })

  it('refuses more parameters than any request has', () => {
    const many = Array.from({ length: 65 }, (_, at) => `p${at}=1`).join('&')
    expect(parseForm(bytes(many), [])).toMatchObject({ ok: false, denial: { reason: 'request_malformed' } })
  })

  it('returns every printable value that was encoded, unchanged', () => {
    const printable = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text.isWellFormed() && !/[\u0000-\u001f\u007f\ufffd]/.test(text))
    fc.assert(
      fc.property(printable, (value) => {
        const form = parseForm(bytes(new URLSearchParams({ v: value }).toString()), [])
        expect(form.ok && form.value.one('v')).toBe(value)
      }),
      { numRuns: 100 },
    )
  })
})
