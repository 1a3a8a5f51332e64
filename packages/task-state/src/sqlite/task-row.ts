// A task as a row: the facts that never change as one JSON text, what changes as columns. Reading checks every member, because a row that
// another program or a bad disk changed must be a fault, never a task with a hole in it.
import { parseTaskId } from '@bailiwick/core'
import type { Task, TaskId, TaskState } from '@bailiwick/core'
import type { SqliteRow } from '@bailiwick/sqlite'
import { corrupt } from '../corrupt.ts'
import { factsOf, parseStored } from '../task-facts.ts'
import { integerOf, optionalIntegerOf, optionalTextOf, textOf } from './column.ts'

/** Columns {@link taskOf} reads, of a table named `t`. */
export const TASK_COLUMNS = 't.path, t.state, t.version, t.created_epoch, t.created_revision, t.expires_at, t.ended_at, t.ended_by, t.end_reason, t.facts'

export function taskOf(row: SqliteRow, id: TaskId): Task {
  const facts = factsOf(textOf(row, 'facts'), id, integerOf(row, 'expires_at'))
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
  const path = text === '[]' ? [] : parseStored(text, 'path')
  if (!Array.isArray(path) || !path.every((id): id is TaskId => parseTaskId(id) !== undefined) || path.at(-1) !== parentId) throw corrupt('path')
  return path
}
