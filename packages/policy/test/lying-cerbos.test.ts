// What the decider makes of a decision point that answers nonsense: never an allow.
import { systemClock } from '@bailiwick/core'
import type { PolicyItem } from '../src/index.ts'
import { createCerbosDecider } from '../src/index.ts'
import { afterEach, describe, expect, it } from 'vitest'
import { listed, question, refund } from './fixtures.ts'
import { ALLOW, DENY, NO_EFFECT, UNSPECIFIED, result, startLyingCerbos } from './lying-cerbos.ts'
import type { Lie } from './lying-cerbos.ts'

const closers: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function decideAgainst(lie: Lie, items: readonly PolicyItem[] = [refund()]) {
  const server = await startLyingCerbos(lie)
  const decider = createCerbosDecider({ address: server.address, clock: systemClock })
  closers.push(() => decider.close(), server.close)
  return { answers: await decider.decide(question({ items })), server, decider }
}

const isCanary = (entry: { resource?: { kind: string } | undefined }): boolean => entry.resource?.kind === 'bailiwick:canary'
const aboutUs =
  (lie: Lie): Lie =>
  (honest) => [...lie(honest.filter((entry) => !isCanary(entry))), ...honest.filter(isCanary)]

const malformed = expect.objectContaining({ dependency: 'policy', code: 'pdp_answer_malformed' })
const unfit = expect.objectContaining({ dependency: 'policy', code: 'pdp_unfit' })

describe('answers', () => {
  it('are matched by what they are about when they come in another order', async () => {
    const items = [listed('a'), listed('b'), listed('c')]
    const shuffled = aboutUs((honest) =>
      honest.toReversed().map((entry) => (entry.resource?.id === 'b' ? result('mcp:payments', 'b', { 'tools/list/b': DENY }) : entry)),
    )
    const { answers } = await decideAgainst(shuffled, items)
    expect(answers.map(({ effect }) => effect)).toEqual(['allow', 'deny', 'allow'])
  })

  it('about one id are told apart by their actions', async () => {
    const list = { ...refund(), actions: ['tools/list/refund_issue'] }
    const call = { ...refund(), actions: ['tools/call/refund_issue'] }
    const lie = aboutUs((honest) =>
      honest
        .toReversed()
        .map((entry) => ('tools/call/refund_issue' in entry.actions ? result('mcp:payments', 'refund_issue', { 'tools/call/refund_issue': DENY }) : entry)),
    )
    const { answers } = await decideAgainst(lie, [list, call])
    expect(answers.map(({ effect, actions }) => [effect, actions])).toEqual([
      ['allow', { 'tools/list/refund_issue': 'allow' }],
      ['deny', { 'tools/call/refund_issue': 'deny' }],
    ])
  })

  it('of a question with two items alike are not mixed up', async () => {
    const other = refund({ ticket_id: 'T-2001', amount_cents: 1 })
    const { answers, server } = await decideAgainst((honest) => honest, [refund(), other])
    expect(answers.map(({ effect }) => effect)).toEqual(['allow', 'allow'])
    expect(server.requests.map(({ resources }) => resources.filter((entry) => !isCanary(entry)).length)).toEqual([1, 1])
  })

  const lies: readonly (readonly [string, Lie])[] = [
    ['missing', () => []],
    ['about another id', () => [result('mcp:payments', 'refund_status', { 'tools/list/refund_issue': ALLOW, 'tools/call/refund_issue': ALLOW })]],
    ['about another kind', () => [result('mcp_payments', 'refund_issue', { 'tools/list/refund_issue': ALLOW, 'tools/call/refund_issue': ALLOW })]],
    ['lacking an action', () => [result('mcp:payments', 'refund_issue', { 'tools/list/refund_issue': ALLOW })]],
    ['without actions', () => [result('mcp:payments', 'refund_issue', {})]],
    ['about more actions than asked', (honest) => honest.map((entry) => ({ ...entry, actions: { ...entry.actions, extra: ALLOW } }))],
    ['doubled', (honest) => [...honest, ...honest]],
  ]

  it.each(lies)('that are %s are a fault', async (_, lie) => {
    await expect(decideAgainst(aboutUs(lie))).rejects.toEqual(malformed)
  })

  it.each([
    ['unspecified', UNSPECIFIED],
    ['one nobody knows', NO_EFFECT],
    ['a deny', DENY],
  ])('whose effect is %s are a deny', async (_, effect) => {
    const lie = aboutUs(() => [result('mcp:payments', 'refund_issue', { 'tools/list/refund_issue': ALLOW, 'tools/call/refund_issue': effect })])
    const { answers } = await decideAgainst(lie)
    expect(answers[0]).toMatchObject({ effect: 'deny', actions: { 'tools/list/refund_issue': 'allow', 'tools/call/refund_issue': 'deny' } })
  })

  it('that allow what the schema refused are a deny', async () => {
    const lie: Lie = (honest) => {
      const errors = honest.find((entry) => entry.resource?.id === 'invalid')?.validationErrors ?? []
      return honest.map((entry) => (isCanary(entry) ? entry : { ...entry, validationErrors: errors }))
    }
    const { answers } = await decideAgainst(lie)
    expect(answers[0]).toMatchObject({ effect: 'deny', schemaErrors: [{ path: '/alive', source: 'resource' }] })
  })
})

describe('a decision point is not believed', () => {
  const canaries: readonly (readonly [string, Lie])[] = [
    ['that leaves the canaries out', (honest) => honest.filter((entry) => !isCanary(entry))],
    [
      'that denies the valid canary',
      (honest) => honest.map((entry) => (entry.resource?.id === 'valid' ? result('bailiwick:canary', 'valid', { sing: DENY }) : entry)),
    ],
    [
      'that allows the invalid canary',
      (honest) => honest.map((entry) => (entry.resource?.id === 'invalid' ? result('bailiwick:canary', 'invalid', { sing: ALLOW }) : entry)),
    ],
    [
      'that denies the invalid canary without saying why',
      (honest) => honest.map((entry) => (entry.resource?.id === 'invalid' ? { ...entry, validationErrors: [] } : entry)),
    ],
    ['that answers a canary twice', (honest) => [...honest, ...honest.filter(isCanary)]],
  ]

  it.each(canaries)('%s', async (_, lie) => {
    await expect(decideAgainst(lie)).rejects.toEqual(unfit)
  })

  it('again after a while without a new proof', async () => {
    let alive = true
    let nowMs = 0
    const server = await startLyingCerbos((honest) => (alive ? honest : honest.filter((entry) => !isCanary(entry))))
    const decider = createCerbosDecider({ address: server.address, clock: { nowMs: () => nowMs, monotonicMs: () => nowMs } })
    closers.push(() => decider.close(), server.close)
    const ask = () => decider.decide(question({ deadline: { atMonotonicMs: nowMs + 2_000 } }))
    expect((await ask())[0]?.effect).toBe('allow')
    alive = false
    nowMs += 999
    expect((await ask())[0]?.effect).toBe('allow')
    nowMs += 1
    await expect(ask()).rejects.toEqual(unfit)
    await expect(ask()).rejects.toEqual(unfit)
  })
})

it('no question is asked when no time is left', async () => {
  const server = await startLyingCerbos((honest) => honest)
  const decider = createCerbosDecider({ address: server.address, clock: systemClock })
  closers.push(() => decider.close(), server.close)
  await expect(decider.decide(question({ deadline: { atMonotonicMs: systemClock.monotonicMs() } }))).rejects.toMatchObject({ code: 'pdp_timeout' })
  expect(server.requests).toEqual([])
})

it('a malformed question never reaches the decision point', async () => {
  const server = await startLyingCerbos((honest) => honest)
  const decider = createCerbosDecider({ address: server.address, clock: systemClock })
  closers.push(() => decider.close(), server.close)
  await expect(decider.decide(question({ items: [refund({ amount_cents: Number.NaN })] }))).rejects.toMatchObject({ code: 'question_malformed' })
  expect(server.requests).toEqual([])
})

it('a list of a hundred tools takes three requests, with the canaries and without', async () => {
  const tools = Array.from({ length: 100 }, (_, at) => listed(`tool_${at}`))
  const items: readonly PolicyItem[] = [{ resource: { kind: 'mcp:payments', id: 'payments', attr: {} }, actions: ['tools/list'] }, ...tools]
  const { answers, server, decider } = await decideAgainst((honest) => honest, items)
  expect(answers.map(({ effect }) => effect)).toEqual(Array(101).fill('allow'))
  expect(server.requests).toHaveLength(3)
  await decider.decide(question({ items }))
  expect(server.requests).toHaveLength(6)
})
