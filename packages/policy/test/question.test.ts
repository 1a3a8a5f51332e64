import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { assertAskable } from '../src/index.ts'
import type { PolicyItem, PolicyQuestion } from '../src/index.ts'
import { question, refund, refundAgentForAlice } from './fixtures.ts'

const malformed = expect.objectContaining({ dependency: 'policy', code: 'question_malformed' })

function withPrincipal(change: Partial<PolicyQuestion['principal']>): PolicyQuestion {
  return question({ principal: { ...refundAgentForAlice(), ...change } })
}

function withItem(change: Partial<PolicyItem>): PolicyQuestion {
  return question({ items: [{ ...refund(), ...change }] })
}

function withArgument(value: JsonValue): PolicyQuestion {
  return question({ items: [refund({ ticket_id: 'T-1042', amount_cents: value })] })
}

function nested(depth: number): JsonValue {
  let value: JsonValue = 1
  for (let at = 0; at < depth; at++) value = [value]
  return value
}

describe('a question', () => {
  it('of the story is asked', () => {
    expect(() => assertAskable(question())).not.toThrow()
  })

  const refused: readonly (readonly [string, PolicyQuestion])[] = [
    ['without a principal id', withPrincipal({ id: '' })],
    ['without a role', withPrincipal({ roles: [] })],
    ['with an empty role', withPrincipal({ roles: ['user', ''] })],
    ['with a role that is a pattern', withPrincipal({ roles: ['user', '*'] })],
    ['with a repeated role', withPrincipal({ roles: ['user', 'user'] })],
    ['with more roles than a profile has', withPrincipal({ roles: Array.from({ length: 101 }, (_, at) => `role-${at}`) })],
    ['about nothing', question({ items: [] })],
    ['about more than a thousand things', question({ items: Array.from({ length: 1001 }, () => refund()) })],
    ['about something without an id', withItem({ resource: { ...refund().resource, id: '' } })],
    ['about something without a kind', withItem({ resource: { ...refund().resource, kind: '' } })],
    ['about something with an endless id', withItem({ resource: { ...refund().resource, id: 'x'.repeat(4_097) } })],
    ['about something with half a character in its id', withItem({ resource: { ...refund().resource, id: 'refund\ud800' } })],
    ['without an action', withItem({ actions: [] })],
    ['with an empty action', withItem({ actions: [''] })],
    ['with the same action twice', withItem({ actions: ['initialize', 'initialize'] })],
    ['with more actions than the engine takes', withItem({ actions: Array.from({ length: 51 }, (_, at) => `a${at}`) })],
    ['with NaN', withArgument(Number.NaN)],
    ['with infinity', withArgument(Number.POSITIVE_INFINITY)],
    ['with NaN deep inside', withArgument([{ a: { b: [Number.NaN] } }])],
    ['with half a character', withArgument('\udc00')],
    ['with half a character in a name', question({ items: [refund({ 'x\ud800': 1 })] })],
    ['with an attribute that would set a prototype', question({ items: [refund(JSON.parse('{"__proto__": {"amount_cents": 1}}') as JsonObject)] })],
    ['with attributes nested too deep', withArgument(nested(70))],
    ['with more than the engine reads', withArgument('x'.repeat(4_000_000))],
    ['with an attribute that is undefined', question({ items: [refund({ amount_cents: undefined as never })] })],
    ['with a NaN in the profile', withPrincipal({ attr: { profile: { refund_limit_cents: Number.NaN } } })],
  ]

  it.each(refused)('%s is refused before it is asked', (_, asked) => {
    expect(() => assertAskable(asked)).toThrowError(malformed)
  })
})
