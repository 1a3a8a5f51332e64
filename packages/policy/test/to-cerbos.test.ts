import { describe, expect, it } from 'vitest'
import { toBatches } from '../src/to-cerbos.ts'
import { listed, question, refund } from './fixtures.ts'

const sizes = (batches: ReturnType<typeof toBatches>): readonly number[] => batches.map(({ request }) => request.resources.length)

describe('a question on the wire', () => {
  it('is one request, with the facts as they are and the ids to join the logs by', () => {
    const [batch, ...more] = toBatches(question(), false)
    expect(more).toEqual([])
    expect(batch?.request).toMatchObject({
      principal: { id: 'corp:alice', roles: ['user', 'tier-1-support'] },
      resources: [{ resource: refund().resource, actions: refund().actions }],
      requestContext: { annotations: question().annotations },
    })
  })

  it('takes as many requests as fifty resources each need, and no more', () => {
    const items = Array.from({ length: 120 }, (_, at) => listed(`tool_${at}`))
    expect(sizes(toBatches(question({ items }), false))).toEqual([50, 50, 20])
  })

  it('leaves room for the canaries in the first request', () => {
    const items = Array.from({ length: 98 }, (_, at) => listed(`tool_${at}`))
    const batches = toBatches(question({ items }), true)
    expect(sizes(batches)).toEqual([50, 50])
    expect(batches.map(({ withCanaries }) => withCanaries)).toEqual([true, false])
  })

  it('keeps items apart that an answer could not tell from each other', () => {
    const other = refund({ ticket_id: 'T-2001', amount_cents: 4000 })
    expect(sizes(toBatches(question({ items: [refund(), other, { ...refund(), actions: ['tools/call/refund_issue'] }] }), false))).toEqual([2, 1])
  })

  it('splits by size before the engine would refuse the message', () => {
    const items = ['a', 'b', 'c'].map((id) => ({
      ...refund({ note: 'x'.repeat(1_500_000) }),
      resource: { ...refund({ note: 'x'.repeat(1_500_000) }).resource, id },
    }))
    expect(sizes(toBatches(question({ items }), false))).toEqual([2, 1])
  })
})
