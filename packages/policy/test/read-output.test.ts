import { describe, expect, it } from 'vitest'
import type { Value } from '@cerbos/core'
import { readOutput } from '../src/read-output.ts'

const CALL = 'tools/call/refund_issue'
const LIST = 'tools/list/refund_issue'
const stepUp = { type: 'step_up', approvers_role: 'tier-2-lead' }

function output(source: string, value: Value | undefined, action = CALL): { action: string; source: string; value: Value | undefined } {
  return { action, source, value }
}

function read(...outputs: readonly ReturnType<typeof output>[]): ReturnType<typeof readOutput> {
  return readOutput(outputs, (action) => action === CALL)
}

describe('the output that explains a deny', () => {
  it('is the one that says how to go on', () => {
    const found = read(output('a', { decision: 'deny', reason: 'no' }), output('b', { decision: 'deny', reason: 'ask', remediation: stepUp }))
    expect(found).toEqual({ source: 'b', outcome: 'deny', reason: 'ask', remediation: stepUp })
  })

  it('reads the same in whatever order the engine sends the members of its remediation', () => {
    const inner = [
      { b: 1, a: [{ d: 1, c: 2 }] },
      { a: [{ d: 1, c: 2 }], b: 1 },
    ]
    const texts = inner.map((details, place) => {
      const remediation = place === 0 ? { type: 'step_up', details, approvers_role: 'lead' } : { approvers_role: 'lead', details, type: 'step_up' }
      return JSON.stringify(read(output('a', { decision: 'deny', remediation }))?.remediation)
    })
    expect(texts[0]).toBe('{"approvers_role":"lead","details":{"a":[{"d":1,"c":2}],"b":1},"type":"step_up"}')
    expect(texts[1]).toBe(texts[0])
  })

  it('is else the first by the name of its rule, in whatever order they came', () => {
    const [a, b] = [output('a', { decision: 'deny', reason: 'first' }), output('b', { decision: 'deny', reason: 'second' })]
    expect(read(b, a)).toEqual(read(a, b))
    expect(read(b, a)?.reason).toBe('first')
  })

  it('is never one about an action that was allowed', () => {
    expect(read(output('a', { decision: 'deny', reason: 'not this', remediation: stepUp }, LIST))).toBeUndefined()
  })

  it('is never one that says allow, says nothing, or failed', () => {
    expect(read(output('a', { decision: 'allow', reason: 'x' }), output('b', { reason: 'x' }), output('c', undefined), output('d', null))).toBeUndefined()
  })

  it.each<[string, Value]>([
    ['a text', 'denied'],
    ['a list', [{ decision: 'deny' }]],
    ['a number', 1],
  ])('is not %s', (_, value) => {
    expect(read(output('a', value))).toBeUndefined()
  })

  it('drops words of the wrong type and keeps the rest', () => {
    expect(read(output('a', { decision: 'deny', reason: 7, remediation: 'step_up' }))).toEqual({ source: 'a', outcome: 'deny' })
  })

  it('drops a remediation without a type, with a strange one, or over its size', () => {
    for (const remediation of [{}, { type: 7 }, { type: 'step up!' }, { type: 'step_up', note: 'x'.repeat(3_000) }]) {
      expect(read(output('a', { decision: 'deny', remediation }))).toEqual({ source: 'a', outcome: 'deny' })
    }
  })

  it('keeps a reason to one short line', () => {
    const found = read(output('a', { decision: 'deny', reason: `two\r\nX-Injected: 1\u0000\u001b[31m${'x'.repeat(1_000)}` }))
    expect(found?.reason).toMatch(/^two X-Injected: 1 \[31mx+$/)
    expect(found?.reason?.length).toBeLessThanOrEqual(512)
  })

  it('takes no outcome that is not a word', () => {
    expect(read(output('a', { decision: 'limit exceeded\n' }))).toEqual({ source: 'a' })
  })
})
