// The audit entry of an exchange, from its trail. Pure. Never a token: the subject token by its hash, the issued ones by their ids.
import { tokenSha256 } from '@bailiwick/audit'
import type { AuditEntry } from '@bailiwick/audit'
import { actorChain } from '@bailiwick/core'
import type { Denial, JsonObject, JsonValue, Task } from '@bailiwick/core'
import { goodOf } from './items.ts'
import type { ExchangeRequest, Item, Signed, VerifiedSubject } from './model.ts'
import type { Trail, TrailConfig } from './trail.ts'

/** A resource nobody knows is the caller's own text: enough of it to recognise, no more. */
const MAX_ASKED = 200

export type Final =
  | { readonly effect: 'allow' }
  | { readonly effect: 'deny'; readonly denial: Denial; /** The allow record this overrides. */ readonly supersedes?: string }

export function toEntry(config: TrailConfig, trail: Trail, final: Final): AuditEntry {
  const { caller, hand, request } = trail
  return {
    kind: 'exchange',
    decision_id: trail.decisionId,
    effect: final.effect,
    plane: 'agents',
    door: trail.door,
    ...(final.effect === 'deny' ? refusal(final.denial) : {}),
    ...(final.effect === 'deny' && final.supersedes !== undefined ? { supersedes: final.supersedes } : {}),
    ...(caller === undefined ? {} : { client_id: caller.client.id }),
    ...subjectAndActor(trail),
    ...(hand === undefined ? {} : { task: taskOf(hand.task) }),
    ...singleResource(trail),
    action: { kind: 'exchange', method: 'issue' },
    ...(request === undefined ? {} : { token: tokenOf(request, trail.subject) }),
    ...(final.effect === 'allow' ? { issued: issuedOf(trail.items ?? []) } : {}),
    ...profileOf(config, trail),
    ...policyOf(trail),
    ...stateOf(trail),
    act: actOf(trail, final),
  }
}

function refusal(denial: Denial): Pick<AuditEntry, 'reason' | 'detail' | 'policy_reason' | 'remediation'> {
  return {
    reason: denial.reason,
    ...('detail' in denial && denial.detail !== undefined ? { detail: denial.detail } : {}),
    ...('policyReason' in denial && denial.policyReason !== undefined ? { policy_reason: denial.policyReason } : {}),
    ...('remediation' in denial && denial.remediation !== undefined ? { remediation: denial.remediation } : {}),
  }
}

function subjectAndActor({ hand, subject, caller }: Trail): Pick<AuditEntry, 'subject' | 'actor'> {
  if (hand !== undefined) {
    const { sub, iss, kind } = hand.task.subject
    const chain = actorChain(hand.task.act)
    return { subject: { sub, iss, kind }, actor: { sub: hand.task.agent.id, chain: chain.length === 0 ? [hand.task.agent.id] : chain } }
  }
  const actor = caller === undefined ? {} : { actor: { sub: caller.actsAs, chain: [caller.actsAs] } }
  return subject === undefined ? actor : { ...actor, subject: provedSubject(subject) }
}

function provedSubject(subject: VerifiedSubject): NonNullable<AuditEntry['subject']> {
  switch (subject.grant) {
    case 'task_token':
    case 'runtime_token':
      return { sub: subject.claims.sub }
    case 'user_token':
      return { sub: subject.identity.sub, iss: subject.identity.iss, kind: subject.identity.kind }
    case 'workload':
      return { sub: subject.spiffeId, kind: 'workload' }
  }
}

function taskOf(task: Task): NonNullable<AuditEntry['task']> {
  return {
    id: task.id,
    ...(task.parentId === undefined ? {} : { parent_id: task.parentId }),
    path: task.path,
    ...(task.purpose === undefined ? {} : { purpose: task.purpose }),
    binding: task.binding,
  }
}

function singleResource({ items }: Trail): Pick<AuditEntry, 'resource'> {
  const [only] = items ?? []
  return items?.length === 1 && only?.outcome.ok === true ? { resource: only.outcome.value.resource.name } : {}
}

function tokenOf(request: ExchangeRequest, subject: VerifiedSubject | undefined): NonNullable<AuditEntry['token']> {
  const sha256 = tokenSha256(request.subject.token)
  if (subject === undefined) return { sha256 }
  switch (subject.grant) {
    case 'task_token':
      return { sha256, jti: subject.claims.jti, kid: subject.claims.kid, expires_at: subject.claims.exp }
    case 'runtime_token':
      return { sha256, jti: subject.claims.jti, kid: subject.claims.kid, aud: subject.claims.aud, expires_at: subject.claims.exp }
    case 'user_token':
      return { sha256, expires_at: subject.identity.exp }
    case 'workload':
      return { sha256, expires_at: subject.expiresAt }
  }
}

function issuedOf(items: readonly Item<Signed>[]): NonNullable<AuditEntry['issued']> {
  return goodOf(items).map(({ resource, jti, expiresAt, scope, cnf }) => ({
    resource: resource.name,
    jti,
    expires_at: expiresAt,
    ...(cnf === undefined ? {} : { cnf }),
    ...(scope.length === 0 ? {} : { scope: scope.join(' ') }),
  }))
}

/** The view of the store the tokens were signed at. */
function stateOf({ items }: Trail): Pick<AuditEntry, 'state'> {
  const last = goodOf(items ?? []).at(-1)
  return last === undefined ? {} : { state: { revision: last.revision } }
}

function profileOf({ audit }: TrailConfig, { enriched }: Trail): Pick<AuditEntry, 'profile'> {
  if (enriched === undefined) return {}
  const kept = Object.entries(enriched.profile.attributes).filter(([name]) => audit.profileAttributes.includes(name))
  const sources = enriched.trace.map(({ source, outcome, ageMs }) => [source, { outcome, age_ms: ageMs }] as const)
  return { profile: { sources: Object.fromEntries(sources), attributes: Object.fromEntries(kept), roles: enriched.profile.roles } }
}

function policyOf({ answers }: Trail): Pick<AuditEntry, 'policy'> {
  const [first] = answers ?? []
  if (first === undefined) return {}
  const rule = answers?.length === 1 && first.rule !== undefined ? { rule: first.rule } : {}
  return { policy: { call_id: first.callId, kind: 'oauth:resource', actions: ['issue'], ...rule } }
}

/** What was asked and what became of it, resource by resource. */
function actOf(trail: Trail, final: Final): JsonObject {
  const { request, subject, items, hand } = trail
  const withheld = final.effect === 'deny' && final.supersedes !== undefined ? goodOf(items ?? []).map(({ jti }) => jti) : []
  return {
    ...(subject === undefined ? {} : { grant: subject.grant }),
    ...(request === undefined ? {} : { requested: requestedOf(request) }),
    ...(items === undefined ? {} : { items: items.map(itemOf) }),
    ...(hand?.opened === true ? { task_created: true } : {}),
    ...(withheld.length === 0 ? {} : { withheld }),
    ...trail.also,
  }
}

function requestedOf({ targets, taskId }: ExchangeRequest): JsonObject {
  const named = taskId === undefined ? {} : { task_id: taskId }
  if (targets === 'all') return { ...named, items: 'all' }
  const items = targets.map(({ asked, scope }) => ({
    resource: asked.slice(0, MAX_ASKED).toWellFormed(),
    ...(scope === undefined ? {} : { scope: scope.join(' ') }),
  }))
  return { ...named, items }
}

function itemOf({ target, outcome }: Item<Signed>): JsonValue {
  if (outcome.ok) return { resource: outcome.value.resource.name, effect: 'allow' }
  return { resource: target.asked.slice(0, MAX_ASKED).toWellFormed(), effect: 'deny', ...refusal(outcome.denial) }
}
