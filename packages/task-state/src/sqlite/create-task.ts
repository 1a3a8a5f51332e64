// Writes a task with everything later checks depend on: its path, its revision, its scopes. Runs inside one IMMEDIATE transaction, so that
// what it checked (parent, cut-offs, holds) still holds when it commits. A child can only narrow.
import { deny, Fault, ok } from '@bailiwick/core'
import type { Denial, Result, Revision, RevocationScope, Task } from '@bailiwick/core'
import { problemOf, wideningOf } from '../new-task-rules.ts'
import { partiesOf, scopeKeysOf } from '../scope-keys.ts'
import { factsText } from '../task-facts.ts'
import type { NewTask, Standing } from '../task-store.ts'
import { refusalOfWork } from './new-work.ts'
import { nextRevision } from './open-store.ts'
import type { OpenStore } from './open-store.ts'
import { readStanding } from './read-standing.ts'
import { USES_RESOURCE } from './schema.ts'

export function createTask(store: OpenStore, input: NewTask, nowSeconds: number): Result<Standing> {
  const { db } = store
  const keys = scopeKeysOf(partiesOf(input))
  if (keys === undefined) return refuse('too_many_scopes')
  const malformed = problemOf(input, nowSeconds)
  if (malformed !== undefined) return refuse(malformed)
  if (db.prepare('SELECT 1 AS found FROM task WHERE id = ?').get(input.id) !== undefined)
    throw new Fault('state', 'task_exists', 'a task with this id exists already')

  let parent: Task | undefined
  if (input.parentId !== undefined) {
    const standing = readStanding(store, { taskId: input.parentId, newWork: true, nowSeconds })
    if (!standing.ok) return standing
    parent = standing.value.task
    const wider = wideningOf(input, parent)
    if (wider !== undefined) return refuse(wider)
  } else if (input.bindingSource === 'inherited') return refuse('nothing_to_inherit')

  const { refusal } = refusalOfWork(db, {
    keys,
    resources: input.resources,
    ...(parent === undefined ? { signIn: { subject: input.subject, authenticatedAt: input.authenticatedAt } } : {}),
  })
  if (refusal !== undefined) return deny(refusal)
  const createdRev = nextRevision(db)
  const path = parent === undefined ? [] : [...parent.path, parent.id]
  insertTask(store, input, path, createdRev)
  insertScopes(store, input, keys, createdRev)
  const { authenticatedAt: _, ...facts } = input
  return ok({ task: { ...facts, path, state: 'active', version: 1, createdRev }, revision: createdRev })
}

function refuse(detail: string): Result<never> {
  return deny({ reason: 'target_refused', detail } satisfies Denial)
}

const INSERT_TASK = `
  INSERT INTO task (id, parent_id, path, state, version, created_epoch, created_revision, root_epoch, root_revision, sub, agent_id, expires_at, facts)
  SELECT ?1, ?2, ?3, 'active', 1, ?4, ?5, coalesce(r.root_epoch, ?4), coalesce(r.root_revision, ?5), ?6, ?7, ?8, ?9
  FROM (SELECT 1) LEFT JOIN task AS r ON r.id = ?2`

function insertTask(store: OpenStore, input: NewTask, path: readonly string[], rev: Revision): void {
  const insert = store.db.prepare(INSERT_TASK)
  insert.run(
    input.id,
    input.parentId ?? null,
    JSON.stringify(path),
    rev.epoch,
    rev.revision,
    input.subject.sub,
    input.agent.id,
    input.expiresAt,
    factsText(input),
  )
}

// A scope shared with an ancestor keeps the ancestor's older revision: a cut-off between the two ends the ancestor, so it ends the child.
const INHERIT_SCOPES = `
  INSERT INTO task_scope (task, kind, id, epoch, revision)
  SELECT c.seq, k.kind, k.id, k.epoch, k.revision FROM task AS c JOIN task AS p ON p.id = c.parent_id JOIN task_scope AS k ON k.task = p.seq
  WHERE c.id = ?1 AND k.kind <> '${USES_RESOURCE}'`

const OWN_SCOPES = `
  INSERT OR IGNORE INTO task_scope (task, kind, id, epoch, revision)
  SELECT t.seq, k.value ->> 0, k.value ->> 1, ?2, ?3 FROM task AS t JOIN json_each(?4) AS k WHERE t.id = ?1`

function insertScopes(store: OpenStore, input: NewTask, keys: readonly RevocationScope[], rev: Revision): void {
  if (input.parentId !== undefined) store.db.prepare(INHERIT_SCOPES).run(input.id)
  const own = [...keys.map((key) => [key.kind, key.id]), ...input.resources.map((name) => [USES_RESOURCE, name])]
  store.db.prepare(OWN_SCOPES).run(input.id, rev.epoch, rev.revision, JSON.stringify(own))
}
