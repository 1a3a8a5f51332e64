// What was judged is what was forwarded: whatever is accepted, another parser finds the same call in the same bytes.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testResource } from '@bailiwick/kit/test-resource'
import { canonicalize, isJsonObject } from '@bailiwick/json'
import { readCall } from '../../src/read/read-call.ts'
import { http, JSON_HEADERS, META_2026 } from './fixtures.ts'

const RUNS = { numRuns: 800 }
const member = fc.constantFrom(
  '"jsonrpc":"2.0"',
  '"id":1',
  '"id":"a"',
  '"method":"tools/call"',
  '"method":"ping"',
  '"Method":"tools/call"',
  '"params":{"name":"a","arguments":{"n":1}}',
  '"params":{"name":"a","name":"b"}',
  '"params":{"Name":"b","name":"a"}',
  '"params":{"arguments":{"n":1e400},"name":"a"}',
  `"params":{"name":"a","_meta":${JSON.stringify(META_2026)}}`,
  '"result":{}',
  '"x":1',
)
const damage = fc.record({ at: fc.nat(), cut: fc.nat({ max: 3 }), put: fc.constantFrom('', '"', '\\', '{', '}', ',', ':', '\u0000', 'ſ', '\\u0061', '1', ' ') })
// Half begin as a whole message: members drawn at random alone are a valid one in less than a hundredth of the draws.
const members = fc.oneof(
  fc.array(member, { minLength: 2, maxLength: 5 }),
  fc
    .tuple(
      fc.constantFrom(['"id":1', '"method":"ping"'], ['"id":"a"', '"method":"tools/call"', '"params":{"name":"a","arguments":{"n":1}}']),
      fc.array(member, { maxLength: 1 }),
    )
    .map(([whole, more]) => [...whole, ...more]),
)
const messages = fc.tuple(members, fc.array(damage, { maxLength: 1 })).map(([drawn, damages]) =>
  damages.reduce(
    (text, { at, cut, put }) => {
      const from = at % (text.length + 1)
      return text.slice(0, from) + put + text.slice(from + cut)
    },
    `{"jsonrpc":"2.0",${drawn.join(',')}}`,
  ),
)

describe('readCall', () => {
  it('accepts no message that JSON.parse reads as another method, name or arguments', () => {
    let accepted = 0
    fc.assert(
      fc.property(messages, (raw) => {
        const outcome = readCall(testResource('mcp'), http({ raw }))
        if (!outcome.ok || outcome.call.kind !== 'mcp' || outcome.call.shape === 'response') return
        accepted++
        const seen: { method: unknown; id?: unknown; params?: { name?: unknown; arguments?: unknown } } = JSON.parse(raw)
        expect(outcome.call.method).toBe(seen.method)
        if (outcome.call.requestId !== undefined) expect(JSON.parse(outcome.call.requestId.lexeme)).toBe(seen.id)
        if (outcome.call.method !== 'tools/call') return
        expect(outcome.call.name).toBe(seen.params?.name)
        const args = outcome.call.arguments
        expect(args !== 'unseen' && isJsonObject(args) && JSON.parse(canonicalize(args))).toEqual(seen.params?.arguments ?? {})
      }),
      RUNS,
    )
    // The walk must not be empty: about a sixth of these are accepted.
    expect(accepted).toBeGreaterThan(20)
  })

  it('never throws and always names what it refused, whatever comes', () => {
    const header = fc.tuple(
      fc.constantFrom('content-type', 'connection', 'host', 'mcp-name', 'mcp-method', 'content-length', 'x', 'Mcp_Name'),
      fc.string({ maxLength: 12 }),
    )
    fc.assert(
      fc.property(
        fc.constantFrom('mcp', 'llm'),
        fc.constantFrom('POST', 'GET', 'DELETE', 'PUT', ''),
        fc.string({ maxLength: 20 }).map((path) => `/${path}`),
        fc.array(header, { maxLength: 4 }),
        fc.uint8Array({ maxLength: 40 }),
        (kind, method, path, headers, raw) => {
          const outcome = readCall(testResource(kind), http({ method, path, headers: [...JSON_HEADERS, ...headers], raw }))
          if (!outcome.ok) expect(outcome.unread).toMatchObject({ kind: 'unread', resourceKind: kind })
        },
      ),
      RUNS,
    )
  })

  it('keeps content out of every detail it writes for the audit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', minLength: 6, maxLength: 20 }), (secret) => {
        const outcome = readCall(
          testResource('mcp'),
          http({ raw: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":${JSON.stringify(`${secret} `)}}}` }),
        )
        expect(outcome.ok ? '' : JSON.stringify(outcome.denial)).not.toContain(JSON.stringify(secret).slice(1, -1))
      }),
      RUNS,
    )
  })
})
