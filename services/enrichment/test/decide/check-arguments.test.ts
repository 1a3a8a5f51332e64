import { describe, expect, it } from 'vitest'
import type { McpCall } from '@bailiwick/core'
import type { ToolVerdict } from '@bailiwick/tool-schemas'
import { checkArguments } from '../../src/decide/check-arguments.ts'
import { MODELS, MODEL_CALL, PAYMENTS, request, toolCall } from '../fixtures.ts'

function pinned(verdict: ToolVerdict): Parameters<typeof checkArguments>[0] {
  return { tools: { of: (resource) => (resource === 'payments' ? { names: () => ['refund_issue'], check: () => verdict } : undefined) } }
}

describe('a tool call', () => {
  it.each([
    ['that fits passes', undefined, { ok: true }],
    ['of a tool that is not pinned', 'unknown', { denial: { reason: 'tool_unknown', detail: 'not_pinned' } }],
    ['of a tool that changed', 'changed', { denial: { reason: 'tool_unknown', detail: 'changed_since_it_was_pinned' } }],
    ['that does not fit', { pointers: ['/a'] }, { denial: { reason: 'arguments_invalid', pointers: ['/a'] } }],
    ['too costly to check', { pointers: [''], tooCostly: true }, { denial: { reason: 'arguments_invalid', pointers: [''], detail: 'too_costly_to_check' } }],
  ] satisfies [string, ToolVerdict, object][])('%s', (_what, verdict, expected) => {
    expect(checkArguments(pinned(verdict), PAYMENTS, toolCall('refund_issue', { a: 1 }))).toMatchObject(expected)
  })

  it('whose arguments the door could not see is denied, also where none would fit', () => {
    const unseen: McpCall = toolCall('refund_issue', 'unseen')
    expect(checkArguments(pinned(undefined), PAYMENTS, unseen)).toMatchObject({
      denial: { reason: 'arguments_invalid', pointers: [''], detail: 'arguments_unseen' },
    })
    expect(checkArguments(pinned('changed'), PAYMENTS, unseen)).toMatchObject({ ok: false })
    expect(checkArguments(pinned('unknown'), PAYMENTS, unseen)).toMatchObject({ denial: { reason: 'tool_unknown' } })
  })

  it('where nothing is pinned is not checked', () => {
    expect(checkArguments({ tools: { of: () => undefined } }, PAYMENTS, toolCall('refund_issue', 'unseen'))).toEqual({ ok: true, value: undefined })
  })
})

it('what is no tool call is not checked', () => {
  for (const call of [request('tools/list'), request('prompts/get', 'refund_issue'), { ...toolCall('x'), method: 'resources/read' }])
    expect(checkArguments(pinned('unknown'), PAYMENTS, call).ok).toBe(true)
  expect(checkArguments(pinned('unknown'), MODELS, MODEL_CALL).ok).toBe(true)
})
