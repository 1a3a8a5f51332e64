// Step: the task a caller's request would become, or why it may not. Pure; only narrows. A subject, a launcher, an operator, or the
// agent of the parent.
// Does NOT check cut-offs, holds or the parent's present state: the creating write does, inside the store.
import { actorChain, deny, ok } from '@bailiwick/core'
import type { Actor, Binding, BindingSource, ClientId, Resource, ResourceName, Result, Subject, TaskAgent } from '@bailiwick/core'
import type { BailiwickConfig, ClientConfig } from '@bailiwick/config'
import type { NewTask } from '@bailiwick/task-state'
import type { AgentCaller, Caller } from '../callers/caller.ts'
import { isWorkload, subOfClient } from '../callers/caller.ts'
import type { TaskRequest } from './task-request.ts'

/** A task as planned: everything but its id. */
export type TaskPlan = Omit<NewTask, 'id'>

export interface PlanDeps {
  readonly config: Pick<BailiwickConfig, 'clients' | 'resources' | 'limits' | 'issuer'>
}

/** Without `expires_in`, a task lives this long. */
const DEFAULT_LIFETIME_SECONDS = 3600

export function planTask(deps: PlanDeps, caller: Caller, request: TaskRequest, nowSeconds: number): Result<TaskPlan> {
  if (caller.kind === 'agent') return planChild(deps, caller, request, nowSeconds)
  if (request.parentId !== undefined) return deny({ reason: 'actor_invalid', detail: 'child_needs_the_parents_own_token' })
  const agent = findAgent(deps, request.agent)
  if (!agent.ok) return agent
  const origin = originOf(deps, caller, agent.value)
  if (!origin.ok) return origin
  const resources = narrowResources(deps, request.resources, agent.value, undefined)
  if (!resources.ok) return resources
  const lifetime = request.lifetimeSeconds ?? DEFAULT_LIFETIME_SECONDS
  const longest = deps.config.limits.taskLifetimeSeconds
  if (lifetime > longest) return deny({ reason: 'request_malformed', detail: 'expires_in', expected: `at most ${longest} seconds, by limits.task_lifetime` })
  const { subject, act, bindingSource, createdByClient, authenticatedAt } = origin.value
  return ok({
    subject,
    agent: taskAgent(agent.value, request),
    ...(act === undefined ? {} : { act }),
    binding: request.binding ?? {},
    bindingSource,
    ...(request.purpose === undefined ? {} : { purpose: request.purpose }),
    resources: resources.value,
    createdAt: nowSeconds,
    createdBy: caller.sub,
    ...(createdByClient === undefined ? {} : { createdByClient }),
    expiresAt: nowSeconds + lifetime,
    ...(authenticatedAt === undefined ? {} : { authenticatedAt }),
  })
}

interface Origin {
  readonly subject: Subject
  readonly act?: Actor
  readonly bindingSource: BindingSource
  readonly createdByClient?: ClientId
  readonly authenticatedAt?: number
}

function originOf(deps: PlanDeps, caller: Exclude<Caller, AgentCaller>, agent: ClientConfig): Result<Origin> {
  const act = actorOf(agent)
  const autonomous = subjectOfAgent(deps, agent)
  switch (caller.kind) {
    case 'person':
      return ok({ subject: caller.subject, act, bindingSource: 'subject', ...signIn(caller.authenticatedAt) })
    case 'operator': {
      const user = caller.onBehalfOf
      if (user === undefined) return ok({ subject: autonomous, bindingSource: 'operator' })
      return ok({ subject: toSubject(user), act, bindingSource: 'operator', ...signIn(user.authenticatedAt) })
    }
    case 'client': {
      const { client, onBehalfOf: user } = caller
      if (!client.mayLaunch) return deny({ reason: 'grant_not_allowed', detail: 'client_may_not_launch' })
      if (user === undefined) return ok({ subject: autonomous, bindingSource: 'launcher', createdByClient: client.id })
      if (!client.actsFor.includes(user.issuerAlias)) return deny({ reason: 'subject_invalid', detail: 'client_may_not_act_for_issuer' })
      return ok({ subject: toSubject(user), act, bindingSource: 'launcher', createdByClient: client.id, ...signIn(user.authenticatedAt) })
    }
  }
}

function planChild(deps: PlanDeps, caller: AgentCaller, request: TaskRequest, nowSeconds: number): Result<TaskPlan> {
  const parent = caller.standing.task
  if (request.parentId !== undefined && request.parentId !== parent.id) return deny({ reason: 'actor_invalid', detail: 'token_of_another_task' })
  const agent = request.agent === undefined || request.agent === caller.client.id ? ok(caller.client) : findAgent(deps, request.agent)
  if (!agent.ok) return agent
  const toItself = agent.value.id === caller.client.id
  if (!toItself && !caller.client.mayDelegateTo.includes(agent.value.id)) return deny({ reason: 'actor_invalid', detail: 'delegation_not_allowed' })
  // The binding is what the subject or the launcher tied the task to: an agent neither adds to it nor alters it.
  if (request.binding !== undefined && !sameBinding(request.binding, parent.binding)) return deny({ reason: 'binding_mismatch', detail: 'child_binding' })
  const resources = narrowResources(deps, request.resources ?? parent.resources, agent.value, parent.resources)
  if (!resources.ok) return resources
  const act = toItself ? ok(parent.act) : extendChain(parent.subject, caller, agent.value, parent.act)
  if (!act.ok) return act
  const left = parent.expiresAt - nowSeconds
  const lifetime = request.lifetimeSeconds ?? Math.min(DEFAULT_LIFETIME_SECONDS, left)
  if (lifetime > left) return deny({ reason: 'target_refused', detail: 'lifetime_beyond_parent' })
  return ok({
    parentId: parent.id,
    subject: parent.subject,
    agent: taskAgent(agent.value, request),
    ...(act.value === undefined ? {} : { act: act.value }),
    binding: parent.binding,
    bindingSource: 'inherited',
    ...(request.purpose === undefined ? {} : { purpose: request.purpose }),
    resources: resources.value,
    createdAt: nowSeconds,
    createdBy: caller.sub,
    createdByClient: caller.client.id,
    expiresAt: nowSeconds + lifetime,
  })
}

/** The new agent goes outermost; who was there stays as history. An actor that is in the chain already, or is the subject, is refused: a loop hides who acts. */
function extendChain(subject: Subject, caller: AgentCaller, agent: ClientConfig, parentAct: Actor | undefined): Result<Actor> {
  const next = actorOf(agent)
  const history = parentAct ?? (subject.sub === caller.sub ? undefined : actorOf(caller.client))
  if (next.sub === subject.sub || actorChain(history).includes(next.sub)) return deny({ reason: 'actor_invalid', detail: 'actor_already_in_chain' })
  return ok(history === undefined ? next : { ...next, act: history })
}

function findAgent(deps: PlanDeps, id: ClientId | undefined): Result<ClientConfig> {
  const agent = id === undefined ? undefined : deps.config.clients.get(id)
  if (agent === undefined || agent.kind !== 'agent') return deny({ reason: 'actor_invalid', detail: 'agent_unknown' })
  return ok(agent)
}

function narrowResources(
  deps: PlanDeps,
  asked: readonly ResourceName[] | undefined,
  agent: ClientConfig,
  ceiling: readonly ResourceName[] | undefined,
): Result<readonly ResourceName[]> {
  if (asked === undefined) return deny({ reason: 'request_malformed', detail: 'resources' })
  for (const name of asked) {
    const known: Resource | undefined = deps.config.resources.get(name)
    // One answer for unknown and forbidden: which resources exist is not told to who may not use them.
    if (known === undefined || !agent.resources.includes(name) || (ceiling !== undefined && !ceiling.includes(name)))
      return deny({ reason: 'target_refused', detail: `resource ${name}` })
  }
  return ok(asked)
}

function taskAgent(agent: ClientConfig, request: TaskRequest): TaskAgent {
  const said = request.declared
  const known = agent.agent
  const name = agent.name ?? said?.name
  const harness = known?.harness ?? said?.harness
  const harnessVersion = known?.harnessVersion ?? said?.harnessVersion
  const model = known?.model ?? said?.model
  return {
    id: subOfClient(agent),
    clientId: agent.id,
    ...(name === undefined ? {} : { name }),
    ...(harness === undefined ? {} : { harness }),
    ...(harnessVersion === undefined ? {} : { harnessVersion }),
    ...(model === undefined ? {} : { model }),
    declared: said !== undefined,
  }
}

function actorOf(client: ClientConfig): Actor {
  return { sub: subOfClient(client), client_id: client.id, sub_profile: 'ai_agent' }
}

function subjectOfAgent(deps: PlanDeps, agent: ClientConfig): Subject {
  const sub = subOfClient(agent)
  if (isWorkload(agent.authentication)) return { sub, iss: sub.split('/')[2] ?? '', kind: 'workload', subId: { format: 'uri', uri: sub } }
  return { sub, iss: deps.config.issuer, kind: 'agent', subId: { format: 'iss_sub', iss: deps.config.issuer, sub: agent.id } }
}

function toSubject(user: { readonly sub: string; readonly iss: string; readonly kind: Subject['kind']; readonly subId: Subject['subId'] }): Subject {
  return { sub: user.sub, iss: user.iss, kind: user.kind, subId: user.subId }
}

function signIn(authenticatedAt: number | undefined): { readonly authenticatedAt?: number } {
  return authenticatedAt === undefined ? {} : { authenticatedAt }
}

function sameBinding(asked: Binding, parent: Binding): boolean {
  const keys = Object.keys(parent)
  return Object.keys(asked).length === keys.length && keys.every((key) => Object.hasOwn(asked, key) && asked[key] === parent[key])
}
