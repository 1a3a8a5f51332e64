import { expect, it } from 'vitest'
import { deny, newTaskId, ok } from '@bailiwick/core'
import type { Denial, Result, Task } from '@bailiwick/core'
import type { Standing, StandingQuery } from '@bailiwick/task-state'
import { readTaskState, rereadTaskState } from '../../src/decide/read-task-state.ts'
import { testClock } from '@bailiwick/kit/clock'
import { CLAIMS, MODELS, NOW_SECONDS, PAYMENTS, TASK, clientId, without } from '../fixtures.ts'

const REVISION = { epoch: 1, revision: 9 }

function read(task: Task, asked: StandingQuery[] = [], claims = CLAIMS): Promise<Result<Standing>> {
  const store = {
    readStanding: (query: StandingQuery) => {
      asked.push(query)
      return Promise.resolve(ok({ task, revision: REVISION }))
    },
  }
  return readTaskState({ store }, { claims, resource: PAYMENTS }, NOW_SECONDS)
}

it('asks the store for everything a revocation could be about', async () => {
  const asked: StandingQuery[] = []
  expect(await read(TASK, asked)).toEqual(ok({ task: TASK, revision: REVISION }))
  expect(asked).toEqual([{ taskId: TASK.id, kep: CLAIMS.kep, resource: 'payments', kid: 'kid-1', jti: 'jti-1', newWork: false, nowSeconds: NOW_SECONDS }])
})

it.each([
  ['another subject', { ...TASK, subject: { ...TASK.subject, sub: 'corp:bob' } }, 'token_invalid'],
  ['another client', { ...TASK, agent: { ...TASK.agent, clientId: clientId('triage-agent') } }, 'token_invalid'],
  ['no actor', without(TASK, 'act'), 'token_invalid'],
  ['another actor', { ...TASK, act: { sub: 'client:triage-agent' } }, 'token_invalid'],
  ['a longer chain', { ...TASK, act: { sub: 'client:refund-agent', client_id: 'refund-agent', act: { sub: 'client:x' } } }, 'token_invalid'],
  ['other resources', { ...TASK, resources: [MODELS.name] }, 'wrong_resource'],
] satisfies [string, Task, Denial['reason']][])('refuses a token whose task has %s', async (_what, task, reason) => {
  expect(await read(task)).toMatchObject({ ok: false, denial: { reason } })
})

it('refuses an identity no header could carry to the upstream', async () => {
  const act = { sub: `client:${'ü'.repeat(600)}` }
  expect(await read({ ...TASK, act }, [], { ...CLAIMS, act })).toMatchObject({ ok: false, denial: { reason: 'token_invalid' } })
})

it('takes an answer about another task for no answer', async () => {
  expect(await read({ ...TASK, id: newTaskId(0) })).toMatchObject({ ok: false, denial: { reason: 'state_unavailable' } })
})

it('passes on what the store denies', async () => {
  const store = { readStanding: () => Promise.resolve(deny({ reason: 'task_revoked' })) }
  expect(await readTaskState({ store }, { claims: CLAIMS, resource: PAYMENTS }, NOW_SECONDS)).toMatchObject({ ok: false, denial: { reason: 'task_revoked' } })
})

it('does not read again what was never established', async () => {
  const store = { readStanding: () => Promise.resolve(ok({ task: TASK, revision: REVISION })) }
  await expect(rereadTaskState({ store, clock: testClock() }, {})).rejects.toMatchObject({ code: 'nothing_established' })
})
