// Query parameters of the list endpoints, parsed once. Unknown or repeated parameters are refused: a misspelt filter must not mean "all",
// and one that can match nothing is not an empty list.
import { DECISION_ID_FORM, DENIALS, deny, ok, parseDecisionId, parseTaskId, TASK_ID_FORM } from '@bailiwick/core'
import type { Result } from '@bailiwick/core'
import type { TaskFilter } from '@bailiwick/task-state'
import { parseRecordCursor } from '../decisions/find-records.ts'
import type { RecordQuery } from '../decisions/find-records.ts'

type Query = Readonly<Record<string, unknown>>

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 200
const MAX_TEXT = 256
/** Of tasks and revocations: a place in their sequence. */
const CURSOR = /^\d{1,15}$/
const CURSOR_FORM = 'the next_cursor of the page before'

const KINDS = ['decision', 'enrichment', 'exchange', 'introspection', 'task', 'revocation', 'audit_read', 'operator', 'refusals', 'store'] as const
const EFFECTS = ['allow', 'deny', 'shadow_allow'] as const

export function parsePage(query: Query): Result<{ readonly limit: number; readonly after?: string }> {
  const read = readTexts(query, ['limit', 'cursor'])
  if (!read.ok) return read
  const limit = parseLimit(read.value['limit'])
  if (limit === undefined) return malformed('limit', `a whole number from 1 to ${MAX_LIMIT}`)
  if (!isCursor(read.value['cursor'])) return malformed('cursor', CURSOR_FORM)
  return ok({ limit, ...(read.value['cursor'] === undefined ? {} : { after: read.value['cursor'] }) })
}

export function parseTaskFilter(query: Query): Result<TaskFilter> {
  const read = readTexts(query, ['limit', 'cursor', 'state', 'sub', 'agent', 'parent_id'])
  if (!read.ok) return read
  const limit = parseLimit(read.value['limit'])
  if (limit === undefined) return malformed('limit', `a whole number from 1 to ${MAX_LIMIT}`)
  if (!isCursor(read.value['cursor'])) return malformed('cursor', CURSOR_FORM)
  const state = read.value['state']
  if (state !== undefined && state !== 'active' && state !== 'ended') return malformed('state', 'active or ended')
  const parentId = read.value['parent_id'] === undefined ? undefined : parseTaskId(read.value['parent_id'])
  if (read.value['parent_id'] !== undefined && parentId === undefined) return malformed('parent_id', TASK_ID_FORM)
  return ok({
    limit,
    ...(read.value['cursor'] === undefined ? {} : { after: read.value['cursor'] }),
    ...(state === undefined ? {} : { state }),
    ...(read.value['sub'] === undefined ? {} : { sub: read.value['sub'] }),
    ...(read.value['agent'] === undefined ? {} : { agentId: read.value['agent'] }),
    ...(parentId === undefined ? {} : { parentId }),
  })
}

export function parseRecordQuery(query: Query): Result<RecordQuery> {
  const read = readTexts(query, ['limit', 'cursor', 'kind', 'effect', 'reason', 'sub', 'task_id', 'resource', 'decision_id', 'final'])
  if (!read.ok) return read
  const limit = parseLimit(read.value['limit'])
  if (limit === undefined) return malformed('limit', `a whole number from 1 to ${MAX_LIMIT}`)
  const kind = KINDS.find((known) => known === read.value['kind'])
  if (read.value['kind'] !== undefined && kind === undefined) return malformed('kind', `one of ${KINDS.join(', ')}`)
  const effect = EFFECTS.find((known) => known === read.value['effect'])
  if (read.value['effect'] !== undefined && effect === undefined) return malformed('effect', `one of ${EFFECTS.join(', ')}`)
  const final = read.value['final']
  if (final !== undefined && final !== 'true') return malformed('final', 'true, or left out')
  const taskId = read.value['task_id']
  if (taskId !== undefined && parseTaskId(taskId) === undefined) return malformed('task_id', TASK_ID_FORM)
  const about = read.value['decision_id']
  if (about !== undefined && parseDecisionId(about) === undefined) return malformed('decision_id', DECISION_ID_FORM)
  const reason = read.value['reason']
  if (reason !== undefined && !Object.hasOwn(DENIALS, reason)) return malformed('reason', 'a denial reason, like policy_denied or task_revoked')
  const cursor = read.value['cursor']
  const after = cursor === undefined ? undefined : parseRecordCursor(cursor)
  if (cursor !== undefined && after === undefined) return malformed('cursor', CURSOR_FORM)
  const filter = {
    limit,
    ...(kind === undefined ? {} : { kind }),
    ...(effect === undefined ? {} : { effect }),
    ...(read.value['reason'] === undefined ? {} : { reason: read.value['reason'] }),
    ...(read.value['sub'] === undefined ? {} : { sub: read.value['sub'] }),
    ...(read.value['task_id'] === undefined ? {} : { task_id: read.value['task_id'] }),
    ...(read.value['resource'] === undefined ? {} : { resource: read.value['resource'] }),
    ...(read.value['decision_id'] === undefined ? {} : { decision_id: read.value['decision_id'] }),
    ...(final === undefined ? {} : { final: true as const }),
  }
  return ok({ filter, ...(after === undefined ? {} : { after }) })
}

function isCursor(text: string | undefined): boolean {
  return text === undefined || CURSOR.test(text)
}

function readTexts(query: Query, known: readonly string[]): Result<Readonly<Record<string, string | undefined>>> {
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(query)) {
    if (!known.includes(name)) return malformed(`unknown_parameter ${name.slice(0, 32)}`)
    if (typeof value !== 'string' || value === '' || value.length > MAX_TEXT) return malformed(name)
    texts[name] = value
  }
  return ok(texts)
}

function parseLimit(text: string | undefined): number | undefined {
  if (text === undefined) return DEFAULT_LIMIT
  const limit = /^[1-9]\d{0,2}$/.test(text) ? Number(text) : 0
  return limit >= 1 && limit <= MAX_LIMIT ? limit : undefined
}

function malformed(detail: string, expected?: string): Result<never> {
  return deny({ reason: 'request_malformed', detail, ...(expected === undefined ? {} : { expected }) })
}
