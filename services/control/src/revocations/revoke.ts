// The act of revoking: right -> policy -> confirmed write. What it answers is evidence of what is durable, never of what is hoped.
import { deny, newRevocationId, ok, parseTaskId } from '@bailiwick/core'
import type { DecisionId, JsonObject, Result, RevocationId, RevocationScope, Task } from '@bailiwick/core'
import type { Acknowledgement } from '@bailiwick/task-state'
import { askPolicy } from '../ask-policy.ts'
import type { Done } from '../answer-act.ts'
import type { Caller } from '../callers/caller.ts'
import type { ControlDeps } from '../deps.ts'
import type { NodeAt, Nodes } from '../nodes/nodes.ts'
import type { Pursuit } from './pursuit.ts'
import { effectiveHold } from './revocation-request.ts'
import type { RevocationRequest } from './revocation-request.ts'

export interface Revoked {
  /** Undefined for a dry run: nothing was recorded. */
  readonly id?: RevocationId
  readonly scope: RevocationScope
  readonly hold: boolean
  /** `unknown`: the store did not say; the same act is tried again until it does. */
  readonly outcome: Acknowledgement | 'unknown' | 'dry_run'
  /** Live tasks it ended, or would end; undefined while unknown. */
  readonly affectedTasks?: number
  /** The agent makes its own tasks and nothing holds it: it can simply start again. */
  readonly canRestart: boolean
  /** Who is expected to read the store, and who has been seen to at this revision; only with an acknowledgement. */
  readonly nodes: readonly NodeAt[]
  readonly elapsedMs: number
}

export async function revoke(
  deps: ControlDeps & { readonly pursuit: Pursuit; readonly nodes: Nodes },
  caller: Caller,
  request: RevocationRequest,
  decisionId: DecisionId,
  now: number,
): Promise<Result<Done<Revoked>>> {
  const began = deps.clock.monotonicMs()
  if (caller.kind === 'operator' && !caller.rights.has('revoke')) return deny({ reason: 'policy_denied', detail: 'operator_right_missing' })
  const { scope } = request
  const task = await taskOf(deps, scope)
  // Ending one task of an agent that makes its own only makes it start the next.
  const selfStarting = task?.bindingSource === 'template'
  const hold = effectiveHold(request, selfStarting)
  const holdScope = hold && task !== undefined ? ({ kind: 'agent', id: task.agent.id } as const) : undefined
  const attr: JsonObject = { kind: scope.kind, hold, set_by: caller.sub }
  const allowed = await askPolicy(deps, caller, { kind: 'bailiwick:revocation', id: `${scope.kind}:${scope.id}`, action: 'create', attr }, decisionId)
  if (!allowed.ok) return allowed
  const act: JsonObject = { scope: { kind: scope.kind, id: scope.id }, reason: request.reason, hold, dry_run: request.dryRun }
  const elapsedMs = (): number => deps.clock.monotonicMs() - began
  if (request.dryRun) {
    const affected = await deps.store.countAffected(scope, now)
    if (!affected.ok) return affected
    return ok({
      value: { scope, hold, outcome: 'dry_run', affectedTasks: affected.value, canRestart: selfStarting && !hold, nodes: [], elapsedMs: elapsedMs() },
      audit: { act },
    })
  }
  const input = {
    id: newRevocationId(deps.clock.nowMs()),
    scope,
    reason: request.reason,
    hold,
    ...(holdScope === undefined ? {} : { holdScope }),
    setBy: caller.sub,
    atMs: deps.clock.nowMs(),
  }
  const recorded = { ...act, revocation_id: input.id }
  const made = { id: input.id, scope, hold, canRestart: selfStarting && !hold }
  let done: Result<Acknowledgement>
  try {
    done = await deps.store.revoke(input)
  } catch (thrown) {
    deps.log.error({ err: thrown, revocation_id: input.id }, 'revocation not confirmed, trying again')
    deps.pursuit.pursue(input)
    return ok({ value: { ...made, outcome: 'unknown', nodes: [], elapsedMs: elapsedMs() }, audit: { act: { ...recorded, status: 'unknown' } } })
  }
  if (!done.ok) return done
  const { status, endedTasks, revision } = done.value
  if (status === 'unconfirmed') deps.pursuit.pursue(input)
  return ok({
    value: { ...made, outcome: done.value, affectedTasks: endedTasks, nodes: deps.nodes.atAcknowledgement(revision), elapsedMs: elapsedMs() },
    audit: { act: { ...recorded, status, ended_tasks: endedTasks }, state: { revision } },
  })
}

async function taskOf(deps: ControlDeps, scope: RevocationScope): Promise<Task | undefined> {
  const id = scope.kind === 'task' ? parseTaskId(scope.id) : undefined
  return id === undefined ? undefined : await deps.store.findTask(id)
}
