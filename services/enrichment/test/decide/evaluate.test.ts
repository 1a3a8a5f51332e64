import { expect, it } from 'vitest'
import type { PolicyAnswer, PolicyQuestion } from '@bailiwick/policy'
import { fakeDecider } from '@bailiwick/kit/fake-decider'
import { evaluate } from '../../src/decide/evaluate.ts'

const QUESTION: PolicyQuestion = {
  principal: { id: 'corp:alice', roles: ['user'], attr: {} },
  items: [{ resource: { kind: 'mcp:payments', id: 'refund_issue', attr: {} }, actions: ['tools/list/refund_issue', 'tools/call/refund_issue'] }],
  annotations: {},
  deadline: { atMonotonicMs: 1 },
}
const ALLOW: PolicyAnswer = {
  effect: 'allow',
  actions: { 'tools/list/refund_issue': 'allow', 'tools/call/refund_issue': 'allow' },
  schemaErrors: [],
  callId: 'c',
}

function answering(answers: readonly PolicyAnswer[]): { decide: () => Promise<readonly PolicyAnswer[]> } {
  return { decide: () => Promise.resolve(answers) }
}

it('has no denial when every action is allowed', async () => {
  expect((await evaluate({ decider: fakeDecider('allow') }, QUESTION)).denial).toBeUndefined()
})

it('has the policy’s denial and its words', async () => {
  const decider = fakeDecider(() => ({ effect: 'deny', outcome: 'limit_exceeded', reason: 'over the cap', remediation: { type: 'step_up' } }))
  expect((await evaluate({ decider }, QUESTION)).denial).toEqual({ reason: 'limit_exceeded', policyReason: 'over the cap', remediation: { type: 'step_up' } })
})

it.each([
  ['no answer', []],
  ['two answers', [ALLOW, ALLOW]],
  ['an allow with one action denied', [{ ...ALLOW, actions: { ...ALLOW.actions, 'tools/call/refund_issue': 'deny' } }]],
  ['an allow of other actions', [{ ...ALLOW, actions: { x: 'allow' } }]],
] satisfies [string, PolicyAnswer[]][])('is a fault on %s', async (_what, answers) => {
  await expect(evaluate({ decider: answering(answers) }, QUESTION)).rejects.toMatchObject({ dependency: 'policy', code: 'pdp_answer_malformed' })
})
