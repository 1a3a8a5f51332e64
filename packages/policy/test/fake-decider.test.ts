import { fakeDecider } from '@bailiwick/kit/fake-decider'
import { Fault } from '@bailiwick/core'
import { describe, expect, it } from 'vitest'
import { listed, question, refund, refundAgentForAlice } from './fixtures.ts'

describe('the fake decider', () => {
  it('denies by default and remembers what it was asked', async () => {
    const decider = fakeDecider()
    const asked = question()
    expect(await decider.decide(asked)).toEqual([
      expect.objectContaining({ effect: 'deny', actions: { 'tools/list/refund_issue': 'deny', 'tools/call/refund_issue': 'deny' } }),
    ])
    expect(decider.questions).toEqual([asked])
  })

  it('answers each item by the script, in order', async () => {
    const decider = fakeDecider(({ resource }) => (resource.id === 'refund_status' ? 'allow' : { reason: 'cap', outcome: 'deny' }))
    const answers = await decider.decide(question({ items: [refund(), listed('refund_status')] }))
    expect(answers).toMatchObject([{ effect: 'deny', reason: 'cap' }, { effect: 'allow' }])
  })

  it('refuses the questions the real one refuses', async () => {
    await expect(fakeDecider('allow').decide(question({ principal: { ...refundAgentForAlice(), roles: [] } }))).rejects.toMatchObject({
      code: 'question_malformed',
    })
  })

  it('plays a decision point that is away', async () => {
    const decider = fakeDecider(() => {
      throw new Fault('policy', 'pdp_unreachable', 'away')
    })
    await expect(decider.decide(question())).rejects.toMatchObject({ code: 'pdp_unreachable' })
  })
})
