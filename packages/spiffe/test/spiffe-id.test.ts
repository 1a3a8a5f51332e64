import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isWithin, parseSpiffeId } from '../src/index.ts'

describe('a SPIFFE ID', () => {
  it('is its trust domain and its segments, as written', () => {
    expect(parseSpiffeId('spiffe://example.org/agent/Triage_1.a-b')).toEqual({
      ok: true,
      value: { text: 'spiffe://example.org/agent/Triage_1.a-b', trustDomain: 'example.org', segments: ['agent', 'Triage_1.a-b'] },
    })
    expect(parseSpiffeId('spiffe://example.org')).toMatchObject({ ok: true, value: { segments: [] } })
    expect(parseSpiffeId('spiffe://1.2.3.4/...')).toMatchObject({ ok: true, value: { segments: ['...'] } })
    expect(parseSpiffeId(`spiffe://${'a'.repeat(255)}/b`).ok).toBe(true)
  })

  it.each([
    ['', 'scheme'],
    ['example.org/agent', 'scheme'],
    ['SPIFFE://example.org/agent', 'scheme'],
    ['spiffe:/example.org/agent', 'scheme'],
    [' spiffe://example.org/agent', 'scheme'],
    ['https://example.org/agent', 'scheme'],
    ['spiffe://', 'trust_domain'],
    ['spiffe:///agent', 'trust_domain'],
    ['spiffe://Example.org/agent', 'trust_domain'],
    ['spiffe://example.org:443/agent', 'trust_domain'],
    ['spiffe://user@example.org/agent', 'trust_domain'],
    ['spiffe://ex%61mple.org/agent', 'trust_domain'],
    ['spiffe://ex\u00e4mple.org/agent', 'trust_domain'],
    ['spiffe://example.org?x', 'trust_domain'],
    ['spiffe://[::1]/agent', 'trust_domain'],
    [`spiffe://${'a'.repeat(256)}/b`, 'trust_domain'],
    ['spiffe://example.org/', 'path'],
    ['spiffe://example.org/agent/', 'path'],
    ['spiffe://example.org//agent', 'path'],
    ['spiffe://example.org/./agent', 'path'],
    ['spiffe://example.org/agent/..', 'path'],
    ['spiffe://example.org/agent?x=1', 'path'],
    ['spiffe://example.org/agent#x', 'path'],
    ['spiffe://example.org/%61gent', 'path'],
    ['spiffe://example.org/a:b', 'path'],
    ['spiffe://example.org/a@b', 'path'],
    ['spiffe://example.org/a\\b', 'path'],
    ['spiffe://example.org/agent\n', 'path'],
    ['spiffe://example.org/\u0430gent', 'path'],
    [`spiffe://example.org/${'a'.repeat(2048)}`, 'too_long'],
  ])('%j is refused: %s', (text, problem) => {
    expect(parseSpiffeId(text)).toEqual({ ok: false, problem })
  })

  it('is text', () => {
    for (const other of [undefined, null, 7, {}, ['spiffe://example.org/a']]) expect(parseSpiffeId(other)).toEqual({ ok: false, problem: 'not_text' })
  })
})

describe('a prefix', () => {
  it('matches itself and what is below it, by whole segments', () => {
    expect(isWithin('spiffe://example.org/agent/a', 'spiffe://example.org/agent')).toBe(true)
    expect(isWithin('spiffe://example.org/agent', 'spiffe://example.org/agent')).toBe(true)
    expect(isWithin('spiffe://example.org/agent', 'spiffe://example.org')).toBe(true)
    expect(isWithin('spiffe://example.org/agents', 'spiffe://example.org/agent')).toBe(false)
    expect(isWithin('spiffe://example.org/agent', 'spiffe://example.org/agent/a')).toBe(false)
    expect(isWithin('spiffe://example.org.evil.com/agent', 'spiffe://example.org')).toBe(false)
    expect(isWithin('spiffe://example.org/agent/a', 'spiffe://example.org/agent/')).toBe(false)
    expect(isWithin('spiffe://example.org/agent/a', 'spiffe://example.org/.*')).toBe(false)
    expect(isWithin('spiffe://example.org/agent/a', '')).toBe(false)
    expect(isWithin('', '')).toBe(false)
  })

  it('never matches an id that is not below it', () => {
    const segment = fc.constantFrom('a', 'b', 'ab', '.a')
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 4 }), fc.array(segment, { maxLength: 4 }), (id, prefix) => {
        const below = prefix.length <= id.length && prefix.every((part, index) => part === id[index])
        expect(isWithin(['spiffe://d', ...id].join('/'), ['spiffe://d', ...prefix].join('/'))).toBe(below)
      }),
      { numRuns: 500 },
    )
  })
})
