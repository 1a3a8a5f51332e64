import { describe, expect, it } from 'vitest'
import { newDecisionId } from '@bailiwick/core'
import type { McpCall } from '@bailiwick/core'
import { asksPolicy, toPolicyItem, toPolicyQuestion } from '../../src/decide/to-policy-question.ts'
import { CLAIMS, MODELS, MODEL_CALL, PAYMENTS, TASK, request, toolCall, without } from '../fixtures.ts'

const KIND = 'mcp:payments'

describe('what Cerbos is asked', () => {
  it.each([
    [request('initialize'), { kind: KIND, id: 'payments', attr: { method: 'initialize', protocol_version: '2025-06-18' } }, ['initialize']],
    [request('server/discover'), { kind: KIND, id: 'payments', attr: { method: 'server/discover', protocol_version: '2025-06-18' } }, ['initialize']],
    [request('tools/list'), { kind: KIND, id: 'payments', attr: {} }, ['tools/list']],
    [request('prompts/list'), { kind: KIND, id: 'payments', attr: {} }, ['prompts/list']],
    [request('resources/list'), { kind: KIND, id: 'payments', attr: {} }, ['resources/list']],
    [request('resources/templates/list'), { kind: KIND, id: 'payments', attr: {} }, ['resources/templates/list']],
    [request('tasks/list'), { kind: KIND, id: 'payments', attr: {} }, ['tasks/list']],
    [request('logging/setLevel'), { kind: KIND, id: 'payments', attr: {} }, ['logging/setLevel']],
    [request('subscriptions/listen'), { kind: KIND, id: 'payments', attr: {} }, ['subscriptions/listen']],
    [
      toolCall('refund_issue', { amount_cents: 4000 }),
      { kind: KIND, id: 'refund_issue', attr: { tool: 'refund_issue', arguments: { amount_cents: 4000 } } },
      ['tools/list/refund_issue', 'tools/call/refund_issue'],
    ],
    [request('resources/read', 'file:///a'), { kind: KIND, id: 'file:///a', attr: { uri: 'file:///a' } }, ['resources/read']],
    [request('resources/subscribe', 'file:///a'), { kind: KIND, id: 'file:///a', attr: { uri: 'file:///a' } }, ['resources/subscribe']],
    [request('resources/unsubscribe', 'file:///a'), { kind: KIND, id: 'file:///a', attr: { uri: 'file:///a' } }, ['resources/unsubscribe']],
    [request('prompts/get', 'greet'), { kind: KIND, id: 'greet', attr: {} }, ['prompts/get']],
    [request('completion/complete', 'greet'), { kind: KIND, id: 'greet', attr: {} }, ['completion/complete']],
    [request('tasks/get', 't1'), { kind: KIND, id: 't1', attr: {} }, ['tasks/get']],
  ] satisfies [McpCall, object, string[]][])('of $method', (call, resource, actions) => {
    expect(toPolicyItem(PAYMENTS, call)).toEqual({ ok: true, value: { resource, actions } })
  })

  it('of a model call: the model, the operation and every tool it declares', () => {
    expect(toPolicyItem(MODELS, MODEL_CALL)).toEqual({
      ok: true,
      value: {
        resource: { kind: 'llm:models', id: 'gpt-4o-mini', attr: { dialect: 'openai_chat', stream: true, tools: ['refund_issue'] } },
        actions: ['completion'],
      },
    })
  })

  it('never says that a call has no arguments where nobody saw them', () => {
    expect(toPolicyItem(PAYMENTS, toolCall('refund_issue', 'unseen'))).toMatchObject({ ok: true, value: { resource: { attr: { tool: 'refund_issue' } } } })
    const item = toPolicyItem(PAYMENTS, toolCall('refund_issue', 'unseen'))
    expect(item.ok && 'arguments' in item.value.resource.attr).toBe(false)
  })

  it('is nothing for a method no row is about', () => {
    expect(toPolicyItem(PAYMENTS, request('tools/other', 'x'))).toMatchObject({ ok: false, denial: { reason: 'method_unknown' } })
  })

  it('is nothing for a call that names nothing', () => {
    expect(toPolicyItem(PAYMENTS, without(toolCall('x'), 'name'))).toMatchObject({ ok: false, denial: { reason: 'body_unreadable' } })
  })
})

it.each(['notification', 'response', 'stream', 'session_end'] satisfies McpCall['shape'][])('asks no policy about a %s', (shape) => {
  expect(asksPolicy({ ...request('tools/call', 'x'), shape })).toBe(false)
})

it('asks no policy about a ping, and asks about everything else', () => {
  expect(asksPolicy(request('ping'))).toBe(false)
  expect(asksPolicy(request('tools/list'))).toBe(true)
  expect(asksPolicy(MODEL_CALL)).toBe(true)
})

it('asks about the subject of the stored task, with what the directory knows, the task and the token', () => {
  const item = toPolicyItem(PAYMENTS, toolCall('refund_status'))
  if (!item.ok) throw new Error('no item')
  const decisionId = newDecisionId(0)
  const deadline = { atMonotonicMs: 5 }
  const enriched = { profile: { attributes: { tier: 1 }, roles: ['tier-1-support'], meta: { directory: { ageMs: 3, stale: false } } }, trace: [] }
  const asked = toPolicyQuestion([item.value], {
    decisionId,
    claims: CLAIMS,
    possessed: { proof: 'none' },
    standing: { task: TASK, revision: { epoch: 1, revision: 9 } },
    enriched,
    deadline,
  })
  expect(asked).toEqual({
    principal: {
      id: 'corp:alice',
      roles: ['user', 'tier-1-support'],
      attr: {
        kind: 'user',
        profile: { tier: 1 },
        profile_meta: { directory: { age_ms: 3, stale: false } },
        actor: { id: 'client:refund-agent', kind: 'agent', chain: ['client:refund-agent'] },
        agent: { id: 'client:refund-agent', declared: false },
        task: {
          id: TASK.id,
          state: 'active',
          binding: { ticket_id: 'T-1042' },
          binding_source: 'launcher',
          purpose: 'refund',
          depth: 0,
          expires_at: TASK.expiresAt,
        },
        token: { client_id: 'refund-agent', scope: [], proof: 'none' },
      },
    },
    items: [item.value],
    annotations: { decision_id: decisionId, task_id: TASK.id },
    deadline,
  })
})
