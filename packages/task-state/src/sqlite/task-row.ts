// A task as a row: the facts that never change as one JSON text, what changes as columns. Reading checks every member, because a row that
// another program or a bad disk changed must be a fault, never a task with a hole in it.
import { parseClientId, parseResourceName, parseTaskId } from '@bailiwick/core'
import type { Task, TaskId, TaskState } from '@bailiwick/core'
import type { SqliteRow } from '@bailiwick/sqlite'
import type { NewTask } from '../task-store.ts'
import { corrupt, integerOf, optionalIntegerOf, optionalTextOf, textOf } from './column.ts'

/** Columns {@link taskOf} reads, of a table named `t`. */
export const TASK_COLUMNS = 't.path, t.state, t.version, t.created_epoch, t.created_revision, t.expires_at, t.ended_at, t.ended_by, t.end_reason, t.facts'

type TaskFacts = Omit<NewTask, 'authenticatedAt'>

export function factsText(input: NewTask): string {
  const { authenticatedAt: _, ...facts } = input
  return JSON.stringify(facts satisfies TaskFacts)
}

export function taskOf(row: SqliteRow, id: TaskId): Task {
  const facts = parse(textOf(row, 'facts'), 'facts')
  if (!isTaskFacts(facts) || facts.id !== id || facts.expiresAt !== integerOf(row, 'expires_at')) throw corrupt('task facts')
  const endedAt = optionalIntegerOf(row, 'ended_at')
  const endedBy = optionalTextOf(row, 'ended_by')
  const endReason = optionalTextOf(row, 'end_reason')
  return {
    ...facts,
    path: pathOf(row, facts.parentId),
    state: stateOf(row),
    version: integerOf(row, 'version'),
    createdRev: { epoch: integerOf(row, 'created_epoch'), revision: integerOf(row, 'created_revision') },
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(endedBy === undefined ? {} : { endedBy }),
    ...(endReason === undefined ? {} : { endReason }),
  }
}

export function stateOf(row: SqliteRow): TaskState {
  const state = row['state']
  if (state !== 'active' && state !== 'completed' && state !== 'revoked') throw corrupt('state')
  return state
}

function pathOf(row: SqliteRow, parentId: TaskId | undefined): readonly TaskId[] {
  const text = textOf(row, 'path')
  const path = text === '[]' ? [] : parse(text, 'path')
  if (!Array.isArray(path) || !path.every((id): id is TaskId => parseTaskId(id) !== undefined) || path.at(-1) !== parentId) throw corrupt('path')
  return path
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw corrupt(what, error)
  }
}

type Members = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}

function isTaskFacts(value: unknown): value is TaskFacts {
  return (
    isObject(value) &&
    parseTaskId(value['id']) !== undefined &&
    (value['parentId'] === undefined || parseTaskId(value['parentId']) !== undefined) &&
    isSubject(value['subject']) &&
    isAgent(value['agent']) &&
    (value['act'] === undefined || isActor(value['act'])) &&
    isBinding(value['binding']) &&
    typeof value['bindingSource'] === 'string' &&
    isOptionalText(value['purpose']) &&
    isResources(value['resources']) &&
    Number.isSafeInteger(value['createdAt']) &&
    typeof value['createdBy'] === 'string' &&
    (value['createdByClient'] === undefined || parseClientId(value['createdByClient']) !== undefined) &&
    Number.isSafeInteger(value['expiresAt'])
  )
}

function isSubject(value: unknown): boolean {
  if (!isObject(value) || typeof value['sub'] !== 'string' || value['sub'] === '' || typeof value['iss'] !== 'string' || !isObject(value['subId'])) return false
  return value['kind'] === 'user' || value['kind'] === 'agent' || value['kind'] === 'workload'
}

function isAgent(value: unknown): boolean {
  if (!isObject(value) || typeof value['id'] !== 'string' || value['id'] === '' || typeof value['declared'] !== 'boolean') return false
  return parseClientId(value['clientId']) !== undefined && ['name', 'harness', 'harnessVersion', 'model'].every((member) => isOptionalText(value[member]))
}

function isActor(value: unknown): boolean {
  for (let at = value; at !== undefined;) {
    if (!isObject(at) || typeof at['sub'] !== 'string' || !isOptionalText(at['client_id']) || !isOptionalText(at['sub_profile'])) return false
    at = at['act']
  }
  return true
}

function isBinding(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((fact) => fact === null || typeof fact !== 'object')
}

function isResources(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((name) => parseResourceName(name) !== undefined)
}
