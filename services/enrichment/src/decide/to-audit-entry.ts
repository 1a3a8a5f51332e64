// What the walk established, as the audit record says it. No token, no argument in clear that the operator did not list. No I/O.
import { actorChain } from '@bailiwick/core'
import type { Call, Denial, HeaderList, JsonObject } from '@bailiwick/core'
import { maskArguments, tokenSha256 } from '@bailiwick/audit'
import type { AuditEffect, AuditEntry } from '@bailiwick/audit'
import type { AuditConfig } from '@bailiwick/config'
import { sha256Canonical } from '@bailiwick/json'
import type { Enriched } from '@bailiwick/profiles'
import type { RuntimeClaims } from '@bailiwick/tokens'
import type { Facts } from './question.ts'

export interface Outcome {
  readonly effect: AuditEffect
  readonly denial: Denial | undefined
  /** The record of the allow this deny takes back. */
  readonly supersedes?: string
}

/** A record is small; of more tools and entries the first ones are recorded. */
const MAX_RECORDED_NAMES = 64
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/
/** Long enough for a UUID, too short for a token. */
const REQUEST_ID = /^[A-Za-z0-9:_-]{1,64}$/

export function toAuditEntry(config: AuditConfig, facts: Facts, outcome: Outcome): AuditEntry {
  const { denial } = outcome
  const { token } = facts.question.credential
  return {
    kind: facts.kind,
    decision_id: facts.id,
    effect: outcome.effect,
    plane: 'gateways',
    door: facts.question.channel.door,
    gateway: gatewayOf(facts),
    action: { ...actionOf(facts.call, config), ...concealedFields(facts) },
    timing_us: { ...facts.timing },
    ...(outcome.supersedes === undefined ? {} : { supersedes: outcome.supersedes }),
    ...(denial === undefined ? {} : denialFields(denial)),
    ...(facts.resource === undefined ? {} : { resource: facts.resource.name }),
    ...(token === undefined ? {} : { token: tokenOf(token, facts) }),
    ...(facts.claims === undefined ? {} : claimedFields(facts.claims)),
    ...(facts.standing === undefined ? {} : standingFields(facts.standing)),
    ...(facts.enriched === undefined ? {} : { profile: profileOf(facts.enriched, config) }),
    ...(facts.asked === undefined ? {} : { policy: policyOf(facts) }),
    ...(facts.also === undefined ? {} : { act: facts.also }),
  }
}

function denialFields(denial: Denial): Partial<AuditEntry> {
  const detail = detailOf(denial)
  return {
    reason: denial.reason,
    ...(detail === undefined ? {} : { detail }),
    ...('policyReason' in denial && denial.policyReason !== undefined ? { policy_reason: denial.policyReason } : {}),
    ...('remediation' in denial && denial.remediation !== undefined ? { remediation: denial.remediation } : {}),
  }
}

function detailOf(denial: Denial): string | undefined {
  if (denial.reason === 'body_unreadable') return denial.detail === undefined ? denial.problem : `${denial.problem}: ${denial.detail}`
  if (denial.reason === 'arguments_invalid') return denial.detail ?? denial.pointers.join(' ')
  return denial.detail
}

function gatewayOf({ gateway, question }: Facts): NonNullable<AuditEntry['gateway']> {
  const headers = question.call.form === 'http' ? question.call.headers : []
  const requestId = headerOf(headers, 'x-request-id', REQUEST_ID)
  const traceparent = headerOf(headers, 'traceparent', TRACEPARENT)
  return {
    peer: question.channel.peer,
    ...(gateway === undefined ? {} : { name: gateway.name }),
    ...(gateway?.authentication.method === 'loopback' ? { development: true } : {}),
    ...(requestId === undefined ? {} : { request_id: requestId }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...sourceFields(gateway, question),
  }
}

/** Only of a gateway that proved which one it is: anybody on this machine can say that somebody called. */
function sourceFields(gateway: Facts['gateway'], { source }: Facts['question']): Pick<NonNullable<AuditEntry['gateway']>, 'source'> {
  if (source === undefined || gateway === undefined || gateway.authentication.method === 'loopback') return {}
  const { principal, certificateSha256 } = source
  return {
    source: {
      ...(principal === undefined ? {} : { principal }),
      ...(certificateSha256 === undefined ? {} : { certificate_sha256: certificateSha256 }),
    },
  }
}

/** Written by the client: kept only where it has the form it should have. */
function headerOf(headers: HeaderList, name: string, form: RegExp): string | undefined {
  const value = headers.find(([key]) => key === name)?.[1]
  return value !== undefined && form.test(value) ? value : undefined
}

function actionOf(call: Call, { clearArguments }: AuditConfig): NonNullable<AuditEntry['action']> {
  switch (call.kind) {
    case 'llm':
      return { kind: 'llm', method: call.operation, name: call.model, dialect: call.dialect, tools: call.tools.slice(0, MAX_RECORDED_NAMES) }
    case 'unread':
      return { kind: 'unread', ...(call.method === undefined ? {} : { method: call.method }) }
    case 'mcp':
      return {
        kind: 'mcp',
        method: call.method,
        ...(call.name === undefined ? {} : { name: call.name }),
        ...(call.arguments === undefined || call.arguments === 'unseen' ? {} : argumentFields(call.arguments, clearArguments)),
      }
  }
}

function concealedFields({ call, concealed }: Facts): { listed?: number; dropped?: readonly string[] } {
  if (concealed === undefined) return {}
  const listed = call.kind === 'mcp' && call.listed !== undefined ? { listed: call.listed.length } : {}
  return { ...listed, dropped: concealed.dropped.slice(0, MAX_RECORDED_NAMES) }
}

function argumentFields(given: JsonObject, clearArguments: readonly string[]): { args_digest: string; args_masked: JsonObject } {
  return { args_digest: sha256Canonical(given), args_masked: maskArguments(given, clearArguments) }
}

function tokenOf(token: string, { claims, possessed }: Facts): NonNullable<AuditEntry['token']> {
  if (claims === undefined) return { sha256: tokenSha256(token) }
  const proof = possessed === undefined || possessed.proof === 'none' ? {} : { proof: possessed.proof }
  return { jti: claims.jti, aud: claims.aud, kid: claims.kid, expires_at: claims.exp, sha256: tokenSha256(token), ...proof }
}

/** What the verified token says, while the store has not said it: a task that is no longer alive is named in its denial. */
function claimedFields({ clientId, sub, act, taskId }: RuntimeClaims): Partial<AuditEntry> {
  return { client_id: clientId, subject: { sub }, task: { id: taskId }, ...(act === undefined ? {} : { actor: { sub: act.sub, chain: actorChain(act) } }) }
}

/** The stored task's own words, over the token's. */
function standingFields({ task, revision }: NonNullable<Facts['standing']>): Partial<AuditEntry> {
  return {
    client_id: task.agent.clientId,
    subject: { sub: task.subject.sub, iss: task.subject.iss, kind: task.subject.kind },
    ...(task.act === undefined ? {} : { actor: { sub: task.act.sub, chain: actorChain(task.act) } }),
    task: {
      id: task.id,
      path: task.path,
      binding: task.binding,
      ...(task.parentId === undefined ? {} : { parent_id: task.parentId }),
      ...(task.purpose === undefined ? {} : { purpose: task.purpose }),
    },
    state: { revision },
  }
}

function profileOf({ profile, trace }: Enriched, { profileAttributes }: AuditConfig): NonNullable<AuditEntry['profile']> {
  const attributes = Object.entries(profile.attributes).filter(([name]) => profileAttributes.includes(name))
  return {
    sources: Object.fromEntries(trace.map(({ source, outcome, ageMs, etag }) => [source, { outcome, age_ms: ageMs, ...(etag === undefined ? {} : { etag }) }])),
    attributes: Object.fromEntries(attributes),
    roles: profile.roles,
  }
}

function policyOf({ asked, answer }: Facts): NonNullable<AuditEntry['policy']> {
  const item = asked?.items[0]
  return {
    ...(item === undefined ? {} : { kind: item.resource.kind, id: item.resource.id, actions: item.actions }),
    ...(answer === undefined ? {} : { call_id: answer.callId }),
    ...(answer?.rule === undefined ? {} : { rule: answer.rule }),
  }
}
