// Plans of the real decision point with the shipped policies.
import { systemClock } from '@bailiwick/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCerbosDecider, superviseCerbos } from '../src/index.ts'
import type { Decider, PolicyPlanQuestion, SupervisedCerbos } from '../src/index.ts'
import { question, refundAgentForAlice } from './fixtures.ts'
import { rememberLog, startCerbos } from './start-cerbos.ts'

let cerbos: SupervisedCerbos
let decider: Decider

beforeAll(async () => {
  cerbos = await superviseCerbos({ directory: new URL('../../../policies', import.meta.url).pathname, log: rememberLog().log })
  decider = createCerbosDecider({ address: cerbos.address, clock: systemClock })
})
afterAll(async () => {
  await decider.close()
  await cerbos.close()
})

function models(change: Partial<PolicyPlanQuestion> = {}): PolicyPlanQuestion {
  const { items: _, ...rest } = question()
  return { ...rest, kind: 'llm:models', attr: { dialect: 'openai_chat', stream: false, tools: [] }, actions: ['completion'], ...change }
}

describe('a plan', () => {
  it('is a condition over what the question left open', async () => {
    expect(await decider.plan(models())).toEqual({
      kind: 'conditional',
      condition: { operator: 'in', operands: [{ variable: 'request.resource.id' }, { value: ['gpt-4o-mini', 'gpt-4o'] }] },
      callId: expect.any(String),
    })
  })

  it('is one that always denies for an action no rule knows, a kind no policy has, and an agent without a task', async () => {
    expect(await decider.plan(models({ actions: ['image'] }))).toMatchObject({ kind: 'always_denied' })
    expect(await decider.plan(models({ kind: 'llm:nowhere' }))).toMatchObject({ kind: 'always_denied' })
    expect(await decider.plan(models({ principal: refundAgentForAlice({ act: { sub: 'client:other' } }) }))).toMatchObject({ kind: 'always_denied' })
  })

  it('is never wider than the schemas: an attribute they refuse denies', async () => {
    expect(await decider.plan(models({ attr: { dialect: 'openai_chat', stream: 'yes', tools: [] } }))).toMatchObject({ kind: 'always_denied' })
  })

  it.each<[string, Partial<PolicyPlanQuestion>]>([
    ['without a role', { principal: { ...refundAgentForAlice(), roles: [] } }],
    ['without an action', { actions: [] }],
    ['with too many', { actions: Array.from({ length: 21 }, (_, n) => `a${n}`) }],
    ['with a number that is none', { attr: { stream: Number.NaN } }],
  ])('is not asked %s', async (_what, change) => {
    await expect(decider.plan(models(change))).rejects.toMatchObject({ dependency: 'policy', code: 'question_malformed' })
  })

  it('is not believed of an engine that does not reject what the schemas refuse, nor had of one that is away', async () => {
    const unfit = await startCerbos((config) => config.replace('"reject"', '"warn"'))
    const asking = createCerbosDecider({ address: unfit.address, clock: systemClock })
    await expect(asking.plan(models())).rejects.toMatchObject({ code: 'pdp_unfit' })
    await unfit.close()
    await expect(asking.plan(models())).rejects.toMatchObject({ dependency: 'policy' })
    await asking.close()
  })
})
