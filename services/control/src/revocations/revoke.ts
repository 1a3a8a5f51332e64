// The act of revoking: right -> policy -> confirmed write. What it answers is evidence of what is durable, never of what is hoped.
import { deny, newRevocationId, ok, parseTaskId } from '@bailiwick/core'
import type { DecisionId, JsonObject, Result, RevocationId, RevocationScope } from '@bailiwick/core'
import type { Acknowledgement } from '@bailiwick/task-state'
import { askPolicy } from '../ask-policy.ts'
import type { Done } from '../answer-act.ts'
import type { Caller } from '../callers/caller.ts'
import type { ControlDeps } from '../deps.ts'
import { effectiveHold } from './revocation-request.ts'
import type { RevocationRequest } from './revocation-request.ts'

export interface Revoked {
  /** Undefined for a dry run: nothing was recorded. */
  readonly id?: RevocationId
  readonly scope: RevocationScope
  readonly hold: boolean
  readonly acknowledgement?: Acknowledgement
  readonly affectedTasks: number
  /** The agent makes its own tasks and nothing holds it: it can simply start again. */
  readonly canRestart: boolean
  readonly elapsedMs: number
}

export async function revoke(
  deps: ControlDeps,
  caller: Caller,
  request: RevocationRequest,
  decisionId: DecisionId,
  now: number,
): Promise<Result<Done<Revoked>>> {
  const began = deps.clock.monotonicMs()
  if (caller.kind === 'operator' && !caller.rights.has('revoke')) return deny({ reason: 'policy_denied', detail: 'operator_right_missing' })
  const { scope } = request
  const selfStarting = await startsItself(deps, scope)
  const hold = effectiveHold(request, selfStarting)
  const attr: JsonObject = { kind: scope.kind, hold, set_by: caller.sub }
  const allowed = await askPolicy(deps, caller, { kind: 'bailiwick:revocation', id: `${scope.kind}:${scope.id}`, action: 'create', attr }, decisionId)
  if (!allowed.ok) return allowed
  const act: JsonObject = { scope: { kind: scope.kind, id: scope.id }, reason: request.reason, hold, dry_run: request.dryRun }
  const elapsedMs = (): number => deps.clock.monotonicMs() - began
  if (request.dryRun) {
    const affected = await deps.store.countAffected(scope, now)
    if (!affected.ok) return affected
    return ok({ value: { scope, hold, affectedTasks: affected.value, canRestart: selfStarting && !hold, elapsedMs: elapsedMs() }, audit: { act } })
  }
  const id = newRevocationId(deps.clock.nowMs())
  const done = await deps.store.revoke({ id, scope, reason: request.reason, hold, setBy: caller.sub, atMs: deps.clock.nowMs() })
  if (!done.ok) return done
  return ok({
    value: { id, scope, hold, acknowledgement: done.value, affectedTasks: done.value.endedTasks, canRestart: selfStarting && !hold, elapsedMs: elapsedMs() },
    audit: { act: { ...act, revocation_id: id, status: done.value.status, ended_tasks: done.value.endedTasks }, state: { revision: done.value.revision } },
  })
}

/** True for the task of an agent that makes its tasks from a template: ending one alone only makes it start the next. */
async function startsItself(deps: ControlDeps, scope: RevocationScope): Promise<boolean> {
  if (scope.kind !== 'task') return false
  const id = parseTaskId(scope.id)
  const task = id === undefined ? undefined : await deps.store.findTask(id)
  return task !== undefined && task.bindingSource === 'template'
}
