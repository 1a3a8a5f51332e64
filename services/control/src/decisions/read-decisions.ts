// The acts of reading the audit: all records of one decision, a page of records, and the right to follow them live.
import { deny, ok } from '@bailiwick/core'
import type { DecisionId, Result } from '@bailiwick/core'
import type { AuditRecord } from '@bailiwick/audit'
import { askPolicy } from '../ask-policy.ts'
import type { Done } from '../answer-act.ts'
import type { Caller } from '../callers/caller.ts'
import type { ControlDeps } from '../deps.ts'
import { findRecords } from './find-records.ts'
import type { RecordPage, RecordQuery } from './find-records.ts'

async function mayRead(deps: ControlDeps, caller: Caller, decisionId: DecisionId): Promise<Result<unknown>> {
  if (caller.kind === 'operator' && !caller.rights.has('read')) return deny({ reason: 'policy_denied', detail: 'operator_right_missing' })
  return await askPolicy(deps, caller, { kind: 'bailiwick:audit', id: 'decisions', action: 'read', attr: {} }, decisionId)
}

export async function readDecision(
  deps: ControlDeps,
  caller: Caller,
  asked: DecisionId,
  decisionId: DecisionId,
): Promise<Result<Done<readonly AuditRecord[]>>> {
  const allowed = await mayRead(deps, caller, decisionId)
  if (!allowed.ok) return allowed
  const records = [...(await deps.journal.decision(asked)), ...(await deps.shipped.decision(asked))]
  if (records.length === 0) return deny({ reason: 'resource_unknown', detail: 'no_such_decision' })
  return ok({ value: records, audit: { act: { read_decision: records[0]?.decision_id ?? '' } } })
}

export async function listDecisions(deps: ControlDeps, caller: Caller, query: RecordQuery, decisionId: DecisionId): Promise<Result<Done<RecordPage>>> {
  const allowed = await mayRead(deps, caller, decisionId)
  if (!allowed.ok) return allowed
  const page = await findRecords(deps, query)
  return ok({ value: page, audit: { act: { listed: page.records.length } } })
}

export async function followDecisions(deps: ControlDeps, caller: Caller, decisionId: DecisionId): Promise<Result<Done<true>>> {
  const allowed = await mayRead(deps, caller, decisionId)
  return allowed.ok ? ok({ value: true, audit: { act: { stream: true } } }) : allowed
}
