// Lists for people, newest first. A page starts where the one before ended, whatever was created since. A task is shown as it stands: ended from
// above or by a cut-off counts as ended. Not proof of life.
import { parseTaskId } from '@bailiwick/core'
import type { Revocation, Task, TaskId } from '@bailiwick/core'
import type { SqliteRow, SqliteValue } from '@bailiwick/sqlite'
import { corrupt } from '../corrupt.ts'
import { cursorOf, pageSize } from '../page.ts'
import type { Page, TaskFilter } from '../task-store.ts'
import { integerOf, textOf } from './column.ts'
import type { OpenStore } from './open-store.ts'
import { stateAsItStands } from './read-standing.ts'
import { storedRevocationOf } from './revocation-row.ts'
import { TASK_COLUMNS, taskOf } from './task-row.ts'

/** Rows looked at for one page: a filter that matches little gives a short page with a `next`, never a long read. */
const MAX_SCANNED = 1000

export function findTask(store: OpenStore, id: TaskId, nowSeconds: number): Task | undefined {
  const row = store.db.prepare(`SELECT ${TASK_COLUMNS} FROM task AS t WHERE t.id = ?`).get(id)
  return row === undefined ? undefined : asItStands(store, row, id, nowSeconds).task
}

export function listTasks(store: OpenStore, filter: TaskFilter, nowSeconds: number): Page<Task> {
  const conditions = ['t.seq < ?']
  const values: SqliteValue[] = [cursorOf(filter.after)]
  const only = (condition: string, value: SqliteValue | undefined): void => {
    if (value === undefined) return
    conditions.push(condition)
    values.push(value)
  }
  only('t.sub = ?', filter.sub)
  only('t.agent_id = ?', filter.agentId)
  only('t.parent_id = ?', filter.parentId)
  // Spares rows that cannot be active; what is left is still looked at one by one.
  only("t.state = 'active' AND t.expires_at > ?", filter.state === 'active' ? Math.floor(nowSeconds) : undefined)
  const rows = store.db
    .prepare(`SELECT t.seq, t.id, ${TASK_COLUMNS} FROM task AS t WHERE ${conditions.join(' AND ')} ORDER BY t.seq DESC LIMIT ${MAX_SCANNED + 1}`)
    .all(...values)

  const limit = pageSize(filter.limit)
  const items: Task[] = []
  let last: SqliteRow | undefined
  for (const row of rows.slice(0, MAX_SCANNED)) {
    if (items.length === limit) break
    last = row
    const id = parseTaskId(row['id'])
    if (id === undefined) throw corrupt('task id')
    const { task, active } = asItStands(store, row, id, nowSeconds)
    if (filter.state === undefined || (filter.state === 'active') === active) items.push(task)
  }
  return last === undefined || last === rows.at(-1) ? { items } : { items, next: String(integerOf(last, 'seq')) }
}

function asItStands(store: OpenStore, row: SqliteRow, id: TaskId, nowSeconds: number): { readonly task: Task; readonly active: boolean } {
  const task = taskOf(row, id)
  const standing = stateAsItStands(store, id, nowSeconds)
  // `expired` is no stored state: the task says so itself by `expiresAt`.
  return { task: standing === 'expired' ? task : { ...task, state: standing }, active: standing === 'active' }
}

export function listRevocations(store: OpenStore, page: { readonly limit: number; readonly after?: string }): Page<Revocation> {
  const limit = pageSize(page.limit)
  const rows = store.db.prepare('SELECT * FROM revocation WHERE seq < ? ORDER BY seq DESC LIMIT ?').all(cursorOf(page.after), limit + 1)
  const items = rows.slice(0, limit).map((row) => storedRevocationOf(row).revocation)
  const last = rows[limit - 1]
  return rows.length <= limit || last === undefined ? { items } : { items, next: String(integerOf(last, 'seq')) }
}

export function taskExists(store: OpenStore, id: string): boolean {
  const row = store.db.prepare('SELECT id FROM task WHERE id = ?').get(id)
  return row !== undefined && textOf(row, 'id') === id
}
