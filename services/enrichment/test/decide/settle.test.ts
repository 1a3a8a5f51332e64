import { expect, it } from 'vitest'
import { newDecisionId, ok } from '@bailiwick/core'
import type { Denial } from '@bailiwick/core'
import { fakeDecider } from '@bailiwick/kit/fake-decider'
import { fakeEnricher } from '@bailiwick/kit/fake-enricher'
import { fakeJournal } from '@bailiwick/kit/fake-journal'
import { silentLog } from '@bailiwick/kit/silent-log'
import { testClock } from '@bailiwick/kit/clock'
import { testConfig } from '@bailiwick/kit/test-config'
import { noMetrics, noTracing } from '@bailiwick/runtime'
import { createDeadlineWatch } from '../../src/decide/deadline-watch.ts'
import type { Facts, WalkDeps } from '../../src/decide/question.ts'
import { settle } from '../../src/decide/settle.ts'
import { createUnprovenAllowance } from '../../src/decide/unproven-allowance.ts'
import { CHANNEL, CLAIMS, EDGE, HINT, PAYMENTS, TASK, toolCall } from '../fixtures.ts'

const clock = testClock()

function walkDeps(journal = fakeJournal({ clock })): WalkDeps {
  return {
    config: testConfig(),
    clock,
    store: {
      revoke: () => Promise.reject(new Error('nothing is revoked here')),
      consumeOnce: () => Promise.reject(new Error('nothing is spent here')),
      readStanding: () => Promise.resolve(ok({ task: TASK, revision: { epoch: 1, revision: 5 } })),
    },
    keys: { verifyRuntimeToken: () => Promise.resolve(ok(CLAIMS)) },
    decider: fakeDecider('allow'),
    profiles: fakeEnricher(),
    journal,
    log: silentLog().log,
    faults: { failed: () => {} },
    reader: { read: () => Promise.reject(new Error('nothing is read here')) },
    tools: { of: () => undefined },
    deadlines: createDeadlineWatch(clock),
    unproven: createUnprovenAllowance(clock),
    metrics: noMetrics,
    tracing: noTracing,
  }
}

function established(): Facts {
  return {
    id: newDecisionId(0),
    kind: 'decision',
    question: {
      channel: CHANNEL,
      resourceHint: HINT,
      credential: { token: 't' },
      call: { form: 'mcp', method: 'ping', version: '2025-06-18' },
      deadline: { atMonotonicMs: clock.monotonicMs() + 150 },
    },
    timing: {},
    call: toolCall('refund_issue'),
    gateway: EDGE,
    resource: { ...PAYMENTS, mode: 'shadow' },
    claims: CLAIMS,
    standing: { task: TASK, revision: { epoch: 1, revision: 5 } },
  }
}

const decidedBy =
  (denial: Denial | undefined): (() => Promise<Denial | undefined>) =>
  () =>
    Promise.resolve(denial)

it('releases what nothing stands against', async () => {
  expect(await settle(walkDeps(), established(), decidedBy(undefined))).toMatchObject({ effect: 'allow' })
})

it('lets nothing pass in shadow mode that ended the walk before the policy answered', async () => {
  expect(await settle(walkDeps(), established(), decidedBy({ reason: 'tool_unknown' }))).toMatchObject({ effect: 'deny' })
  const answered: Facts = { ...established(), answer: { effect: 'deny', actions: {}, schemaErrors: [], callId: 'c' } }
  expect(await settle(walkDeps(), answered, decidedBy({ reason: 'tool_unknown' }))).toMatchObject({ effect: 'shadow_allow' })
})

it('allows nothing of which no task was established, whatever the steps say', async () => {
  const { claims: _claims, ...without } = established()
  const journal = fakeJournal({ clock })
  expect(await settle(walkDeps(journal), without, decidedBy(undefined))).toMatchObject({ effect: 'deny', denial: { reason: 'state_unavailable' } })
  expect(journal.records.map(({ effect }) => effect)).toEqual(['allow', 'deny'])
})

it('records calls without a valid token one by one until there are too many, then counts them, and a known task goes on being recorded', async () => {
  const journal = fakeJournal({ clock })
  const deps = walkDeps(journal)
  const { claims: _claims, ...stranger } = established()
  for (let n = 0; n < 100; n++) await settle(deps, { ...stranger, id: newDecisionId(n) }, decidedBy({ reason: 'token_missing' }))
  expect([journal.records.length, journal.refusals.length]).toEqual([60, 40])
  expect(await settle(deps, established(), decidedBy({ reason: 'policy_denied' }))).toMatchObject({ effect: 'deny' })
  expect(journal.records.length).toBe(61)
})

it('denies when a step throws, and when the record cannot even be made', async () => {
  const failing = (): Promise<never> => Promise.reject(new Error('oops'))
  expect(await settle(walkDeps(), established(), failing)).toMatchObject({ effect: 'deny', denial: { reason: 'state_unavailable' } })
  const unrecordable: Facts = { ...established(), call: toolCall('x', { a: Number.NaN }) }
  expect(await settle(walkDeps(), unrecordable, decidedBy(undefined))).toMatchObject({ effect: 'deny' })
})
