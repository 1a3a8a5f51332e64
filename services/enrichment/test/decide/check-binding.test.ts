import { describe, expect, it } from 'vitest'
import type { McpCall, Resource } from '@bailiwick/core'
import { isJsonObject, parseStrictJson } from '@bailiwick/json'
import { checkBinding } from '../../src/decide/check-binding.ts'
import { MODEL_CALL, MODELS, PAYMENTS, TASK, request, toolCall, without } from '../fixtures.ts'

const MISMATCH = { ok: false, denial: { reason: 'binding_mismatch' } }

function check(call: McpCall, resource: Resource = PAYMENTS, binding: typeof TASK.binding = TASK.binding): ReturnType<typeof checkBinding> {
  return checkBinding(resource, call, binding)
}

function given(json: string): McpCall['arguments'] {
  const parsed = parseStrictJson(Buffer.from(json))
  if (!parsed.ok || !isJsonObject(parsed.value)) throw new Error(json)
  return parsed.value
}

describe('a bound tool', () => {
  it('passes on the tasks own ticket', () => {
    expect(check(toolCall('refund_issue', given('{"ticket_id":"T-1042","amount_cents":4000}')))).toEqual({ ok: true, value: undefined })
  })

  it.each([
    ['another ticket', given('{"ticket_id":"T-1043"}')],
    ['a list that holds the ticket', given('{"ticket_id":["T-1042"]}')],
    ['an object', given('{"ticket_id":{"a":"T-1042"}}')],
    ['no ticket', given('{}')],
    ['a null ticket', given('{"ticket_id":null}')],
    ['a ticket in another place', given('{"x":{"ticket_id":"T-1042"}}')],
    ['another case', given('{"ticket_id":"t-1042"}')],
    ['arguments nobody saw', 'unseen'],
  ] satisfies [string, McpCall['arguments']][])('is refused with %s', (_what, args) => {
    expect(check(toolCall('refund_issue', args))).toMatchObject(MISMATCH)
  })

  it('is refused when the task has no such fact, even if the call has none either', () => {
    expect(check(toolCall('refund_issue', given('{"ticket_id":"T-1042"}')), PAYMENTS, {})).toMatchObject(MISMATCH)
    expect(check(toolCall('refund_issue', {}), PAYMENTS, {})).toMatchObject(MISMATCH)
  })

  it('tells a number from its text', () => {
    const binding = { ticket_id: 7 }
    expect(check(toolCall('refund_issue', given('{"ticket_id":"7"}')), PAYMENTS, binding)).toMatchObject(MISMATCH)
    expect(check(toolCall('refund_issue', given('{"ticket_id":7}')), PAYMENTS, binding).ok).toBe(true)
    expect(check(toolCall('refund_issue', given('{"ticket_id":true}')), PAYMENTS, { ticket_id: 1 })).toMatchObject(MISMATCH)
  })

  it('is compared on every key, not on the first', () => {
    const two: Resource = { ...PAYMENTS, bind: { refund_issue: { ticket_id: '/ticket_id', customer: '/customer/id' } } }
    const binding = { ticket_id: 'T-1042', customer: 'C-9' }
    expect(check(toolCall('refund_issue', given('{"ticket_id":"T-1042","customer":{"id":"C-9"}}')), two, binding).ok).toBe(true)
    expect(check(toolCall('refund_issue', given('{"ticket_id":"T-1042","customer":{"id":"C-8"}}')), two, binding)).toMatchObject(MISMATCH)
  })

  it('is refused when its entry compares nothing', () => {
    expect(check(toolCall('refund_issue', given('{"ticket_id":"T-1042"}')), { ...PAYMENTS, bind: { refund_issue: {} } })).toMatchObject(MISMATCH)
  })

  it('reads no member of Object as an argument or as an entry', () => {
    const odd: Resource = { ...PAYMENTS, bind: { refund_issue: { ticket_id: '/constructor/name' } } }
    expect(check(toolCall('refund_issue', {}), odd, { ticket_id: 'Object' })).toMatchObject(MISMATCH)
    expect(check(toolCall('constructor', given('{}')))).toMatchObject(MISMATCH)
  })
})

describe('what else a bound resource is asked for', () => {
  it('passes when it is listed as unbound', () => {
    expect(check(toolCall('refund_status')).ok).toBe(true)
    expect(check(request('resources/read', 'file:///a'), { ...PAYMENTS, unbound: ['file:///a'] }).ok).toBe(true)
  })

  it.each([
    ['a tool in neither list', toolCall('refund_cancel')],
    ['a prompt in neither list', request('prompts/get', 'x')],
    ['a prompt with the name of a bound tool', request('prompts/get', 'refund_issue')],
    ['a resource in neither list', request('resources/read', 'file:///a')],
    ['a subscription', request('resources/subscribe', 'file:///a')],
    ['a task of the server', request('tasks/result', 't1')],
    ['a completion', request('completion/complete', 'x')],
    ['a read without a name', request('resources/read')],
    ['a tool call without a name', without(toolCall('x'), 'name')],
    ['a method of tomorrow', request('tools/other')],
    ['a list that names something', request('tools/list', 'x')],
  ] satisfies [string, McpCall][])('denies %s', (_what, call) => {
    expect(check(call)).toMatchObject(MISMATCH)
  })

  it.each(['initialize', 'server/discover', 'ping', 'tools/list', 'prompts/list', 'resources/list', 'resources/templates/list', 'logging/setLevel'])(
    'asks no binding of %s',
    (method) => {
      expect(check(request(method)).ok).toBe(true)
    },
  )

  it.each(['notification', 'response', 'stream', 'session_end'] satisfies McpCall['shape'][])('asks no binding of a %s', (shape) => {
    expect(check({ ...request('x'), shape }).ok).toBe(true)
  })

  it('counts a model call as naming its model', () => {
    const bound: Resource = { ...MODELS, bind: {} }
    expect(checkBinding(bound, MODEL_CALL, TASK.binding)).toMatchObject(MISMATCH)
    expect(checkBinding({ ...bound, unbound: ['gpt-4o-mini'] }, MODEL_CALL, TASK.binding).ok).toBe(true)
  })
})

it('asks nothing where the resource binds nothing', () => {
  expect(check(toolCall('anything'), without(PAYMENTS, 'bind')).ok).toBe(true)
})
