// Short ways to write a history: times in milliseconds, one task, one door, and whatever a case changes.
import { checkHistory } from '../src/checker/check-history.ts'
import type { CheckEvent, CreateEvent, HealEvent, JournalRecord, ObserveEvent, RevokeEvent, TaskFacts } from '../src/checker/event.ts'

const MS = 1e6

export const TASK: TaskFacts = {
  id: 'task-1',
  user: 'corp:alice',
  agent: 'client:refund-agent',
  client: 'refund-agent',
  createdBy: 'client:support-portal',
  expiresNs: 1_000_000 * MS,
}

type Times = readonly [invokeMs: number, endMs: number]

export function created([invokeMs, endMs]: Times, facts: Partial<TaskFacts> = {}, result: CreateEvent['result'] = 'ok'): CreateEvent {
  return { op: 'create', invokeNs: invokeMs * MS, endNs: endMs * MS, result, task: { ...TASK, ...facts } }
}

export function revoked([invokeMs, endMs]: Times, more: Partial<RevokeEvent> = {}): RevokeEvent {
  return {
    op: 'revoke',
    what: 'revoked by node-1',
    invokeNs: invokeMs * MS,
    endNs: endMs * MS,
    result: 'ok',
    scope: { kind: 'task', id: TASK.id },
    reachable: true,
    ...more,
  }
}

export function checked([invokeMs, endMs]: Times, result: CheckEvent['result'], more: Partial<CheckEvent> = {}): CheckEvent {
  return {
    op: 'check',
    door: 'ext_authz',
    node: 'node-1',
    asksPolicy: true,
    task: TASK.id,
    resource: 'payments',
    token: 'jti-1',
    invokeNs: invokeMs * MS,
    endNs: endMs * MS,
    result,
    ...more,
  }
}

export function observed([invokeMs, endMs]: Times, state: ObserveEvent['state'], task: string = TASK.id): ObserveEvent {
  return { op: 'observe', node: 'node-1', invokeNs: invokeMs * MS, endNs: endMs * MS, task, state }
}

export function healed(atMs: number, nodes: readonly string[]): HealEvent {
  return { op: 'heal', invokeNs: atMs * MS, endNs: atMs * MS, fault: 'pause', nodes }
}

export function recorded(decisionId: string, more: Partial<JournalRecord> = {}): JournalRecord {
  return { id: `record of ${decisionId}`, decisionId, effect: 'allow', issued: [], ...more }
}

/** The names of the rules a history breaks. */
export function rulesBroken(...given: Parameters<typeof checkHistory>): readonly string[] {
  return checkHistory(...given).violations.map(({ rule }) => rule)
}
