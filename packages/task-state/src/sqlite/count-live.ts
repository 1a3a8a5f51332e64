// How many live tasks a scope covers: what a revocation would end. Counted, never remembered. A key covers tokens, not tasks: always 0.
import type { RevocationScope } from '@bailiwick/core'
import type { SqliteDatabase } from '@bailiwick/sqlite'
import { integerOf } from './column.ts'
import { IS_CUT } from './read-standing.ts'
import { USES_RESOURCE } from './schema.ts'

/** `t` is alive at ?1: its own row, every ancestor, no cut-off yet. The first comparison spares the other when no cut-off is newer. */
const LIVE = `
  t.state = 'active' AND t.expires_at > ?1
  AND (t.path = '[]' OR NOT EXISTS (
    SELECT 1 FROM json_each(t.path) AS p LEFT JOIN task AS a ON a.id = p.value WHERE a.id IS NULL OR a.state <> 'active' OR a.expires_at <= ?1
  ))
  AND ((t.root_epoch, t.root_revision) >= (SELECT cut_epoch, cut_revision FROM meta) OR NOT ${IS_CUT})`

const LIVE_IN_SCOPE = `
  SELECT count(*) AS n FROM task_scope AS c CROSS JOIN task AS t ON t.seq = c.task WHERE c.kind = ?2 AND c.id = ?3 AND ${LIVE}`

const LIVE_FOR_RESOURCE = `
  SELECT count(*) AS n FROM task_scope AS c CROSS JOIN task AS t ON t.seq = c.task
  WHERE c.kind = '${USES_RESOURCE}' AND c.id = ?2 AND ${LIVE}
  AND NOT EXISTS (SELECT 1 FROM scope AS s WHERE s.kind = 'resource' AND s.id = ?2 AND (t.root_epoch, t.root_revision) < (s.epoch, s.revision))`

// A tree below a task that is not live is not live either, so the walk down stops there.
const LIVE_IN_TREE = `
  WITH RECURSIVE tree (id) AS (
    SELECT t.id FROM task AS t WHERE t.id = ?2 AND ${LIVE}
    UNION ALL
    SELECT t.id FROM tree CROSS JOIN task AS t ON t.parent_id = tree.id WHERE ${LIVE}
  ) SELECT count(*) AS n FROM tree`

export function countLive(db: SqliteDatabase, scope: RevocationScope, nowSeconds: number): number {
  const now = Math.floor(nowSeconds)
  if (scope.kind === 'key') return 0
  const row =
    scope.kind === 'task'
      ? db.prepare(LIVE_IN_TREE).get(now, scope.id)
      : scope.kind === 'resource'
        ? db.prepare(LIVE_FOR_RESOURCE).get(now, scope.id)
        : db.prepare(LIVE_IN_SCOPE).get(now, scope.kind, scope.id)
  return row === undefined ? 0 : integerOf(row, 'n')
}
