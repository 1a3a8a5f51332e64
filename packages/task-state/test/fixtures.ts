// One valid task, one valid revocation; each test changes one thing.
import { newRevocationId, newTaskId, parseClientId, parseResourceName } from '@bailiwick/core'
import type { ClientId, ResourceName, Revision, RevocationKind } from '@bailiwick/core'
import { TEST_EPOCH_MS } from '@bailiwick/kit/clock'
import type { NewTask, NewWork, RevokeInput, StandingQuery } from '../src/task-store.ts'

export const NOW = TEST_EPOCH_MS / 1000
/** Later than every clock that dates a cut-off here: the tests' and a real server's. 2100-01-01T00:00:00Z. */
export const LATER_MS = Date.UTC(2100, 0, 1)
export const LATER = LATER_MS / 1000

export function client(text: string): ClientId {
  const id = parseClientId(text)
  if (id === undefined) throw new TypeError('not a client id')
  return id
}

export function resource(text: string): ResourceName {
  const name = parseResourceName(text)
  if (name === undefined) throw new TypeError('not a resource name')
  return name
}

/** alice's refund task: launched by her portal, run by the refund agent. */
export function newTask(change: Partial<NewTask> = {}): NewTask {
  return {
    id: newTaskId(TEST_EPOCH_MS),
    subject: { sub: 'corp:alice', iss: 'https://idp.example.com', kind: 'user', subId: { format: 'iss_sub', iss: 'https://idp.example.com', sub: 'alice' } },
    agent: { id: 'client:refund-agent', clientId: client('refund-agent'), declared: true },
    act: { sub: 'client:refund-agent', client_id: 'refund-agent' },
    binding: { ticket_id: 'T-1042' },
    bindingSource: 'subject',
    purpose: 'refund',
    resources: [resource('payments'), resource('tickets')],
    createdAt: NOW,
    createdBy: 'corp:alice',
    createdByClient: client('support-portal'),
    expiresAt: NOW + 3600,
    authenticatedAt: NOW - 60,
    ...change,
  }
}

/** A child that narrows nothing and widens nothing. */
export function childOf(parent: NewTask, change: Partial<NewTask> = {}): NewTask {
  const { authenticatedAt: _, ...rest } = newTask({ ...parent, id: newTaskId(TEST_EPOCH_MS), parentId: parent.id, bindingSource: 'inherited' })
  return { ...rest, ...change }
}

/** triage's own task: an autonomous workload that acts for itself. */
export function workloadTask(change: Partial<NewTask> = {}): NewTask {
  const { act: _act, createdByClient: _client, authenticatedAt: _at, ...rest } = newTask()
  const spiffeId = 'spiffe://example.org/agent/triage'
  return {
    ...rest,
    id: newTaskId(TEST_EPOCH_MS),
    subject: { sub: spiffeId, iss: 'https://as.example.com', kind: 'workload', subId: { format: 'uri', uri: spiffeId } },
    agent: { id: spiffeId, clientId: client('triage-agent'), declared: false },
    createdBy: 'operator:olga',
    bindingSource: 'operator',
    ...change,
  }
}

export function newWork(change: Partial<NewWork> = {}): NewWork {
  const task = newTask()
  return {
    subject: task.subject,
    actors: ['client:refund-agent'],
    clients: [client('refund-agent')],
    resources: [resource('payments')],
    authenticatedAt: NOW - 60,
    ...change,
  }
}

export function query(taskId: NewTask['id'], change: Partial<StandingQuery> = {}): StandingQuery {
  return { taskId, newWork: false, nowSeconds: NOW, ...change }
}

export function revocation(kind: RevocationKind, id: string, change: Partial<RevokeInput> = {}): RevokeInput {
  return {
    id: newRevocationId(TEST_EPOCH_MS),
    scope: { kind, id },
    reason: 'an incident',
    hold: false,
    setBy: 'operator:olga',
    atMs: TEST_EPOCH_MS,
    ...change,
  }
}

export function plus(revision: Revision, by: number): Revision {
  return { epoch: revision.epoch, revision: revision.revision + by }
}
