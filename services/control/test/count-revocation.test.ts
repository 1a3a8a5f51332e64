import { expect, it } from 'vitest'
import { deny, ok } from '@bailiwick/core'
import type { Result } from '@bailiwick/core'
import type { Acknowledgement } from '@bailiwick/task-state'
import type { Done } from '../src/answer-act.ts'
import { countRevocation } from '../src/revocations/count-revocation.ts'
import type { Revoked } from '../src/revocations/revoke.ts'

const confirmed: Acknowledgement = {
  status: 'confirmed',
  revision: { epoch: 1, revision: 9 },
  durability: 'local',
  replicas: { needed: 0, acked: 0 },
  endedTasks: 1,
}

function revoked(outcome: Revoked['outcome']): Result<Done<Revoked>> {
  return ok({ value: { scope: { kind: 'agent', id: 'client:refund-agent' }, hold: true, outcome, canRestart: false, nodes: [], elapsedMs: 1 }, audit: {} })
}

it.each<[string, Result<Done<Revoked>>, readonly string[]]>([
  ['one that is confirmed', revoked(confirmed), ['agent confirmed']],
  ['one that is written and may be lost', revoked({ ...confirmed, status: 'unconfirmed' }), ['agent unconfirmed']],
  ['one of which nobody knows', revoked('unknown'), ['agent unknown']],
  ['no dry run', revoked('dry_run'), []],
  ['none that was refused', deny({ reason: 'policy_denied' }), []],
])('counts %s, by what its caller is told', (_what, done, expected) => {
  const counted: string[] = []
  expect(countRevocation({ revoked: (kind, status) => counted.push(`${kind} ${status}`) }, done)).toBe(done)
  expect(counted).toEqual(expected)
})
