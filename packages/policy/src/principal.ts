// Who Cerbos is asked about: the one place that spells a principal (docs/policies.md lists every attribute).
// A fact that is not known is a key that is not there: never null, never ''. A policy's `has()` then tells the truth, and a guard that
// reads an absent fact denies. No I/O.
import { actorChain, Fault } from '@bailiwick/core'
import type { Actor, JsonObject, JsonValue, Profile, ProfileMeta, Subject, Task, TaskAgent } from '@bailiwick/core'
import type { PolicyPrincipal } from './decider.ts'

/** What the caller is, before any profile is read. `client` and `operator` only at control. Never mappable from a profile. */
export type BaseRole = 'user' | 'agent' | 'workload' | 'client' | 'operator'

export const BASE_ROLES = ['user', 'agent', 'workload', 'client', 'operator'] as const satisfies readonly BaseRole[]

export interface PrincipalInput {
  readonly subject: Pick<Subject, 'sub'>
  readonly baseRole: BaseRole
  readonly profile: Profile
  /** Outermost actor first; absent when the subject acts for itself. */
  readonly act?: Actor | undefined
  readonly agent?: TaskAgent | undefined
  readonly task?: Pick<Task, 'id' | 'state' | 'binding' | 'bindingSource' | 'purpose' | 'path' | 'expiresAt'> | undefined
  readonly token?: { readonly clientId: string; readonly scope: readonly string[]; readonly proof?: 'dpop' | 'mtls' | 'none' | undefined } | undefined
}

/**
 * Does not check that the parts belong together (task and subject, agent and actor): the walk has.
 * @throws Fault `question_malformed` when a mapped role equals a base role: a directory entry must not make its owner an operator.
 */
export function toPrincipal(input: PrincipalInput): PolicyPrincipal {
  return {
    id: input.subject.sub,
    roles: rolesOf(input.baseRole, input.profile.roles),
    attr: {
      kind: input.baseRole,
      profile: withoutAbsent(input.profile.attributes),
      profile_meta: metaOf(input.profile.meta),
      actor: actorOf(input),
      ...(input.agent === undefined ? {} : { agent: agentOf(input.agent) }),
      ...(input.task === undefined ? {} : { task: taskOf(input.task) }),
      ...(input.token === undefined ? {} : { token: tokenOf(input.token) }),
    },
  }
}

/** The profile of an operator: its rights as Cerbos sees them, `P.attr.profile.rights`. */
export function operatorProfile(rights: readonly string[]): Profile {
  return { attributes: { rights: [...rights] }, roles: [], meta: {} }
}

function rolesOf(base: BaseRole, mapped: readonly string[]): readonly string[] {
  const reserved = new Set<string>(BASE_ROLES)
  if (mapped.some((role) => reserved.has(role))) throw new Fault('policy', 'question_malformed', 'a profile role has the name of a base role')
  // The engine refuses a repeated role outright.
  return [base, ...new Set(mapped)]
}

function metaOf(meta: Readonly<Record<string, ProfileMeta>>): JsonObject {
  return Object.fromEntries(Object.entries(meta).map(([source, { ageMs, stale }]) => [source, { age_ms: ageMs, stale }]))
}

function actorOf({ subject, baseRole, act }: PrincipalInput): JsonObject {
  if (act === undefined) return { id: subject.sub, kind: baseRole, chain: [subject.sub] }
  return { id: act.sub, kind: act.sub.startsWith('spiffe://') ? 'workload' : 'agent', chain: [...actorChain(act)] }
}

function agentOf(agent: TaskAgent): JsonObject {
  return {
    ...present({ id: agent.id, name: agent.name, harness: agent.harness, harness_version: agent.harnessVersion, model: agent.model }),
    declared: agent.declared,
  }
}

function taskOf(task: NonNullable<PrincipalInput['task']>): JsonObject {
  return {
    ...present({ id: task.id, state: task.state, binding_source: task.bindingSource, purpose: task.purpose }),
    binding: withoutAbsent(task.binding),
    depth: task.path.length,
    expires_at: task.expiresAt,
  }
}

function tokenOf(token: NonNullable<PrincipalInput['token']>): JsonObject {
  return { client_id: token.clientId, scope: [...token.scope], proof: token.proof ?? 'none' }
}

function present(facts: Readonly<Record<string, string | undefined>>): JsonObject {
  const kept: [string, string][] = []
  for (const [key, value] of Object.entries(facts)) if (value !== undefined && value !== '') kept.push([key, value])
  return Object.fromEntries(kept)
}

/** Drops null and '' members at every depth: two empty strings compare equal, and that must never satisfy a guard. */
function withoutAbsent(object: JsonObject): JsonObject {
  const kept: [string, JsonValue][] = []
  for (const [key, value] of Object.entries(object)) if (!isAbsent(value)) kept.push([key, pruned(value)])
  return Object.fromEntries(kept)
}

function pruned(value: JsonValue): JsonValue {
  if (isList(value)) return value.filter((element) => !isAbsent(element)).map(pruned)
  if (typeof value === 'object' && value !== null) return withoutAbsent(value)
  return value
}

function isAbsent(value: JsonValue): boolean {
  return value === null || value === ''
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
