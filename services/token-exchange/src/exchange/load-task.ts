// Step: the task the tokens would be for, alive now, and that subject and caller are its own. In order: which task is meant, who may
// name it, its state in the store, that it belongs to this subject and this agent, that its actor chain is whole.
// A task id alone opens nothing. Does NOT create anything: a task from a template is only planned here.
import type { BailiwickConfig } from '@bailiwick/config'
import { deny, ok, sameActor } from '@bailiwick/core'
import type { Actor, Result, Subject, Task, TaskId } from '@bailiwick/core'
import type { TaskStore } from '@bailiwick/task-state'
import type { Caller, TaskInHand, VerifiedSubject } from './model.ts'
import { planTask } from './plan-task.ts'

interface Deps {
  readonly store: TaskStore
  readonly config: Pick<BailiwickConfig, 'identity' | 'resources' | 'limits'>
}

interface Input {
  readonly subject: VerifiedSubject
  readonly caller: Caller
  /** The request's `task_id` parameter. */
  readonly taskId: TaskId | undefined
}

export async function loadTask(deps: Deps, input: Input, nowMs: number): Promise<Result<TaskInHand>> {
  const { subject, caller, taskId } = input
  switch (subject.grant) {
    case 'task_token':
    case 'runtime_token':
      if (taskId !== undefined && taskId !== subject.claims.taskId) return deny({ reason: 'request_malformed', detail: 'task_id_of_another_task' })
      return await loadOwn(deps, subject, caller, nowMs)
    case 'user_token': {
      // The exchange makes no task for a user: a person, a launcher or an operator does, at control.
      if (taskId === undefined) return deny({ reason: 'request_malformed', detail: 'task_id_missing' })
      return await loadNamed(deps, { subject, caller, taskId }, nowMs)
    }
    case 'workload':
      return taskId === undefined ? await planTask(deps, caller, subject.spiffeId, nowMs) : await loadNamed(deps, { subject, caller, taskId }, nowMs)
  }
}

async function loadOwn(
  deps: Deps,
  { claims }: Extract<VerifiedSubject, { readonly grant: 'task_token' | 'runtime_token' }>,
  caller: Caller,
  nowMs: number,
): Promise<Result<TaskInHand>> {
  const proof = { kep: claims.kep, kid: claims.kid, jti: claims.jti }
  const standing = await deps.store.readStanding({ taskId: claims.taskId, ...proof, newWork: true, nowSeconds: seconds(nowMs) })
  if (!standing.ok) return standing
  const { task } = standing.value
  if (task.id !== claims.taskId || task.subject.sub !== claims.sub) return deny({ reason: 'subject_invalid', detail: 'not_the_tasks_subject' })
  if (claims.typ === 'at+jwt' && !sameActor(claims.act, task.act)) return deny({ reason: 'subject_invalid', detail: 'not_the_tasks_actor_chain' })
  const agent = checkAgent(task, caller)
  return agent.ok ? ok({ task, proof }) : agent
}

async function loadNamed(
  deps: Deps,
  { subject, caller, taskId }: { readonly subject: VerifiedSubject; readonly caller: Caller; readonly taskId: TaskId },
  nowMs: number,
): Promise<Result<TaskInHand>> {
  // Whose it is comes first: a stranger who knows an id is not told whether the task lives.
  const found = await deps.store.findTask(taskId)
  if (found === undefined) return deny({ reason: 'task_unknown' })
  if (found.createdByClient !== caller.client.id) return deny({ reason: 'actor_invalid', detail: 'task_of_another_creator' })
  const mine = belongsTo(found, subject)
  if (!mine.ok) return mine
  const agent = checkAgent(found, caller)
  if (!agent.ok) return agent
  if (subject.grant === 'user_token') {
    const fresh = await checkSignIn(deps, found, subject.identity.authenticatedAt, caller, nowMs)
    if (!fresh.ok) return fresh
  }
  const standing = await deps.store.readStanding({ taskId, newWork: true, nowSeconds: seconds(nowMs) })
  return standing.ok ? ok({ task: standing.value.task, proof: {} }) : standing
}

/** A user's cut-off refuses sign-ins that are older; without `auth_time` it holds. The task's own age is the store's business. */
async function checkSignIn(deps: Deps, task: Task, authenticatedAt: number | undefined, { client, actsAs }: Caller, nowMs: number): Promise<Result<unknown>> {
  return await deps.store.checkNewWork(
    {
      subject: task.subject,
      actors: [actsAs],
      clients: [client.id],
      createdBy: task.createdBy,
      resources: [],
      ...(authenticatedAt === undefined ? {} : { authenticatedAt }),
    },
    seconds(nowMs),
  )
}

function belongsTo(task: Task, subject: VerifiedSubject): Result<void> {
  const proved: Pick<Subject, 'sub' | 'kind'> & { readonly iss?: string } =
    subject.grant === 'user_token'
      ? { sub: subject.identity.sub, iss: subject.identity.iss, kind: subject.identity.kind }
      : { sub: subject.grant === 'workload' ? subject.spiffeId : subject.claims.sub, kind: 'workload' }
  // The issuer too, where it is part of the identity: an alias that was given to another issuer must not inherit its users' tasks.
  const same = task.subject.sub === proved.sub && task.subject.kind === proved.kind && (proved.iss === undefined || task.subject.iss === proved.iss)
  return same ? ok(undefined) : deny({ reason: 'subject_invalid', detail: 'not_the_tasks_subject' })
}

function checkAgent(task: Task, { client, actsAs }: Caller): Result<void> {
  if (task.agent.clientId !== client.id || task.agent.id !== actsAs) return deny({ reason: 'actor_invalid', detail: 'not_the_tasks_agent' })
  return isWhole(task.subject, task.agent.id, task.act) ? ok(undefined) : deny({ reason: 'actor_invalid', detail: 'broken_actor_chain' })
}

/** Delegation never comes out as impersonation: whoever acts for another is in `act`, and whoever acts for itself is not. */
function isWhole(subject: Subject, agentId: string, act: Actor | undefined): boolean {
  return act === undefined ? subject.sub === agentId : subject.sub !== agentId && act.sub === agentId
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}
