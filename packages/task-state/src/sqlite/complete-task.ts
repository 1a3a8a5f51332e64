// Ends a task as done. A completed task may still be revoked; nothing makes it active again. Its children end with it, by the read.
import type { Denial, TaskId } from '@bailiwick/core'
import type { SqliteDatabase } from '@bailiwick/sqlite'
import { integerOf } from './column.ts'
import { countLive } from './count-live.ts'
import { nextRevision } from './open-store.ts'
import type { OpenStore } from './open-store.ts'
import { readStanding } from './read-standing.ts'

/** Undefined when the task may be completed or is already; else why not. A cut-off or a hold does not stand in the way of ending more. */
export function refusalOfCompletion(store: OpenStore, id: TaskId, atMs: number): Denial | undefined {
  const standing = readStanding(store, { taskId: id, newWork: false, nowSeconds: atMs / 1000 })
  if (standing.ok || standing.denial.reason === 'task_completed' || standing.denial.reason === 'cut_off') return undefined
  return standing.denial
}

/** When the task ends by itself; undefined for one that is not there. */
export function endOf(db: SqliteDatabase, id: TaskId): number | undefined {
  const row = db.prepare('SELECT expires_at FROM task WHERE id = ?').get(id)
  return row === undefined ? undefined : integerOf(row, 'expires_at')
}

/** Completed itself, with its end in the ledger too: repeating has nothing left to do. */
export function isCompletionKept(db: SqliteDatabase, id: TaskId): boolean {
  return db.prepare("SELECT 1 AS kept FROM task WHERE id = ? AND state = 'completed' AND end_in_ledger = 1").get(id) !== undefined
}

/** The live tasks it ended, with the task itself. Does nothing to a task that is missing or has ended, so that a replay is harmless. */
export function recordCompletion(db: SqliteDatabase, id: string, act: { readonly by: string; readonly atMs: number; readonly inLedger: boolean }): number {
  const endedTasks = countLive(db, { kind: 'task', id }, act.atMs / 1000)
  const changed = db
    .prepare(
      `UPDATE task SET state = 'completed', version = version + 1, ended_at = ?2, ended_by = ?3, end_reason = 'completed' WHERE id = ?1 AND state = 'active'`,
    )
    .run(id, Math.floor(act.atMs / 1000), act.by)
  if (changed > 0) nextRevision(db)
  if (act.inLedger) db.prepare("UPDATE task SET end_in_ledger = 1 WHERE id = ? AND state = 'completed' AND end_in_ledger = 0").run(id)
  return endedTasks
}
