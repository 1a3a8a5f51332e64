// The act of creating a task: plan -> account active -> policy -> creating write -> task token. The write re-checks parent, cut-offs and holds.
import { deadlineIn, deny, newTaskId, ok } from '@bailiwick/core'
import type { DecisionId, JsonObject, Result, Task } from '@bailiwick/core'
import { cutOffDisabled } from '@bailiwick/task-state'
import { newJti } from '@bailiwick/tokens'
import type { TaskClaims } from '@bailiwick/tokens'
import { askPolicy } from '../ask-policy.ts'
import type { Done } from '../answer-act.ts'
import type { Caller } from '../callers/caller.ts'
import type { ControlDeps } from '../deps.ts'
import { planTask } from './plan-task.ts'
import type { TaskPlan } from './plan-task.ts'
import type { TaskRequest } from './task-request.ts'

export interface CreatedTask {
  readonly task: Task
  /** Handed to the agent: valid only as subject_token at our token endpoints, with that agent's own authentication. */
  readonly taskToken: string
}

export async function createTask(
  deps: ControlDeps,
  caller: Caller,
  request: TaskRequest,
  decisionId: DecisionId,
  now: number,
): Promise<Result<Done<CreatedTask>>> {
  if (caller.kind === 'operator' && !caller.rights.has('create')) return deny({ reason: 'policy_denied', detail: 'operator_right_missing' })
  const plan = planTask(deps, caller, request, now)
  if (!plan.ok) return plan
  const active = await deps.profiles.enrich(plan.value.subject, deadlineIn(deps.clock, deps.config.limits.exchangeMs))
  if (!active.ok) {
    if (active.denial.reason === 'account_disabled') await cutOffDisabled(deps, plan.value.subject)
    return active
  }
  const allowed = await askPolicy(deps, caller, { kind: 'bailiwick:task', id: 'new', action: 'create', attr: policyAttr(plan.value, now) }, decisionId)
  if (!allowed.ok) return allowed
  const created = await deps.store.createTask({ id: newTaskId(deps.clock.nowMs()), ...plan.value }, now)
  if (!created.ok) return created
  const { task, revision } = created.value
  const jti = newJti()
  const taskToken = await deps.keys.mintTaskToken({
    iss: deps.config.issuer,
    sub: task.subject.sub,
    subId: task.subject.subId,
    clientId: task.agent.clientId,
    jti,
    iat: now,
    exp: task.expiresAt,
    taskId: task.id,
    kep: revision,
    ...bindingOf(caller, task),
  })
  return ok({
    value: { task, taskToken },
    audit: {
      task: auditedTask(task),
      subject: { sub: task.subject.sub, iss: task.subject.iss, kind: task.subject.kind },
      act: { agent: task.agent.id, resources: [...task.resources], expires_at: task.expiresAt, binding_source: task.bindingSource },
      token: { jti, aud: deps.config.issuer, expires_at: task.expiresAt },
      policy: {
        call_id: allowed.value.callId,
        kind: 'bailiwick:task',
        id: 'new',
        actions: ['create'],
        ...(allowed.value.rule === undefined ? {} : { rule: allowed.value.rule }),
      },
      state: { revision },
    },
  })
}

/** A binding is not lost by making a child for oneself. Another agent has a key of its own, and this one is of no use to it. */
function bindingOf(caller: Caller, task: Task): Pick<TaskClaims, 'cnf'> {
  return caller.kind === 'agent' && caller.cnf !== undefined && task.agent.clientId === caller.client.id ? { cnf: caller.cnf } : {}
}

function policyAttr(plan: TaskPlan, now: number): JsonObject {
  return {
    subject: plan.subject.sub,
    subject_kind: plan.subject.kind,
    agent: plan.agent.id,
    binding: plan.binding,
    resources: [...plan.resources],
    lifetime_s: plan.expiresAt - now,
    ...(plan.parentId === undefined ? {} : { parent_id: plan.parentId }),
  }
}

/** What every control record says of a task. */
export function auditedTask(task: Task): { id: string; parent_id?: string; path?: readonly string[]; purpose?: string; binding?: JsonObject } {
  return {
    id: task.id,
    ...(task.parentId === undefined ? {} : { parent_id: task.parentId, path: task.path }),
    ...(task.purpose === undefined ? {} : { purpose: task.purpose }),
    binding: task.binding,
  }
}
