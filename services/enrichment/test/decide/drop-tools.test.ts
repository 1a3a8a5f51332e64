import { expect, it } from 'vitest'
import type { PolicyItem, PolicyQuestion } from '@bailiwick/policy'
import { fakeDecider } from '@bailiwick/kit/fake-decider'
import { dropTools } from '../../src/decide/drop-tools.ts'
import type { FewerTools } from '../../src/decide/drop-tools.ts'
import { evaluate } from '../../src/decide/evaluate.ts'

const QUESTION: PolicyQuestion = {
  principal: { id: 'corp:alice', roles: ['user'], attr: {} },
  items: [{ resource: { kind: 'llm:models', id: 'gpt-4o', attr: { dialect: 'openai_chat', stream: false, tools: ['a', 'b', 'c'] } }, actions: ['completion'] }],
  annotations: {},
  deadline: { atMonotonicMs: 1 },
}

function drop(allows: (tools: readonly unknown[]) => boolean, tools: readonly string[] = ['a', 'b', 'c']): Promise<FewerTools | undefined> {
  const decider = fakeDecider((item: PolicyItem) => {
    const asked = item.resource.attr['tools']
    return Array.isArray(asked) && allows(asked) ? 'allow' : 'deny'
  })
  return dropTools((question) => evaluate({ decider }, question), { tools }, QUESTION)
}

it('keeps the tools that are allowed, and asks about the call as it goes on', async () => {
  const fewer = await drop((tools) => !tools.includes('b'))
  expect(fewer?.concealed).toEqual({ kept: ['a', 'c'], dropped: ['b'] })
  expect(fewer?.asked.items).toEqual([
    { resource: { kind: 'llm:models', id: 'gpt-4o', attr: { dialect: 'openai_chat', stream: false, tools: ['a', 'c'] } }, actions: ['completion'] },
  ])
})

it.each([
  ['the model itself is refused', () => false],
  ['no tool may stay', (tools: readonly unknown[]) => tools.length === 0],
  ['tools that are allowed alone are refused together', (tools: readonly unknown[]) => tools.length < 2],
])('has nothing to offer where %s', async (_when, allows) => {
  expect(await drop(allows)).toBeUndefined()
})

it('does not try without tools to drop, nor with more than it would ask about', async () => {
  expect(await drop(() => true, [])).toBeUndefined()
  expect(
    await drop(
      () => true,
      Array.from({ length: 65 }, (_, index) => `tool_${index}`),
    ),
  ).toBeUndefined()
})
