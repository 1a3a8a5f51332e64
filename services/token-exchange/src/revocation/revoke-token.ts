// The revocation walk (RFC 7009): parse -> client -> token is ours -> token is the client's -> ended by `jti`, confirmed -> audit -> answer.
// Ends one token. What was exchanged from it earlier lives to its own, earlier end: the task is what ends a whole tree, at control.
import { deadlineIn, denialOfFault, deny, newDecisionId, nowSeconds, ok } from '@bailiwick/core'
import type { DecisionId, Denial, Result } from '@bailiwick/core'
import { tokenSha256 } from '@bailiwick/audit'
import type { AuditEntry } from '@bailiwick/audit'
import { reasonClassOf } from '@bailiwick/runtime'
import type { RevocationStatus } from '@bailiwick/runtime'
import { readTyp } from '@bailiwick/tokens'
import type { RuntimeClaims, TaskClaims } from '@bailiwick/tokens'
import type { TokenExchangeDeps } from '../deps.ts'
import { answerWithin } from '../exchange/answer-within.ts'
import { authenticateClient, checkKind } from '../exchange/authenticate-client.ts'
import type { Caller } from '../exchange/model.ts'
import { parseProof } from '../exchange/parse-request.ts'
import { logFault, recordRefusal } from '../exchange/record.ts'
import type { TokenFields } from '../introspection/introspect.ts'

/** A resource gives no tokens back; a node has none. */
const REVOKING_KINDS = ['agent', 'launcher'] as const

interface RevocationTrail {
  readonly decisionId: DecisionId
  caller?: Caller
  token?: string
  claims?: RuntimeClaims | TaskClaims
}

export async function revokeToken(
  deps: TokenExchangeDeps,
  fields: Result<TokenFields>,
): Promise<{ readonly decisionId: DecisionId; readonly outcome: Result<void> }> {
  const trail: RevocationTrail = { decisionId: newDecisionId(deps.clock.nowMs()) }
  // Late is 503: the caller asks again, and what was under way meanwhile only ends more.
  const outcome = await answerWithin(deps.clock, deadlineIn(deps.clock, deps.config.limits.exchangeMs), settle(deps, fields, trail))
  const status = statusOf(trail, outcome)
  if (status !== undefined) deps.metrics.revoked('token', status)
  return { decisionId: trail.decisionId, outcome }
}

/** Undefined where nothing was to be revoked, or not by this caller. */
function statusOf({ claims }: RevocationTrail, outcome: Result<void>): RevocationStatus | undefined {
  if (claims === undefined) return undefined
  if (outcome.ok) return 'confirmed'
  return reasonClassOf(outcome.denial.reason) === 'unavailable' ? 'unknown' : undefined
}

async function settle(deps: TokenExchangeDeps, fields: Result<TokenFields>, trail: RevocationTrail): Promise<Result<void>> {
  let outcome: Result<void>
  try {
    outcome = await walk(deps, fields, trail)
  } catch (thrown) {
    logFault(deps.log, trail.decisionId, thrown)
    outcome = { ok: false, denial: denialOfFault(thrown) }
  }
  if (!outcome.ok) await recordRefusal(deps, toEntry(trail, outcome.denial), trail.caller !== undefined)
  return outcome
}

async function walk(deps: TokenExchangeDeps, fields: Result<TokenFields>, trail: RevocationTrail): Promise<Result<void>> {
  if (!fields.ok) return fields
  const { credentials, shown, token } = fields.value
  const proof = parseProof(credentials, shown.certificate, deps.config.limits)
  if (!proof.ok) return proof
  if (token === undefined) return deny({ reason: 'request_malformed', detail: 'token missing' })
  trail.token = token
  const caller = await authenticateClient(deps, proof.value, nowSeconds(deps.clock))
  if (!caller.ok) return caller
  trail.caller = caller.value
  const kind = checkKind(caller.value, REVOKING_KINDS)
  if (!kind.ok) return kind

  const claims = await verifyOwn(deps, token)
  if (!claims.ok) {
    // RFC 7009 section 2.2: an unknown, foreign or expired token has nothing left to revoke. Keys we cannot read are another matter.
    return claims.denial.reason.endsWith('_unavailable') ? claims : ok(undefined)
  }
  trail.claims = claims.value
  if (claims.value.clientId !== caller.value.client.id) return deny({ reason: 'grant_not_allowed', detail: 'token_of_another_client' })

  const acknowledged = await deps.store.revokeToken(claims.value.jti, claims.value.exp, nowSeconds(deps.clock))
  if (acknowledged.status !== 'confirmed') return deny({ reason: 'state_unavailable', detail: 'unconfirmed' })
  await deps.journal.append(toEntry(trail, undefined))
  return ok(undefined)
}

async function verifyOwn(deps: TokenExchangeDeps, token: string): Promise<Result<RuntimeClaims | TaskClaims>> {
  if (token.length > deps.config.limits.tokenBytes) return deny({ reason: 'token_invalid', detail: 'too_large' })
  const now = nowSeconds(deps.clock)
  return readTyp(token) === 'task+jwt' ? await deps.keys.verifyTaskToken(token, now) : await deps.keys.verifyRuntimeToken(token, now)
}

function toEntry({ decisionId, caller, token, claims }: RevocationTrail, denial: Denial | undefined): AuditEntry {
  return {
    kind: 'revocation',
    decision_id: decisionId,
    effect: denial === undefined ? 'allow' : 'deny',
    ...(denial === undefined ? {} : { reason: denial.reason, ...('detail' in denial && denial.detail !== undefined ? { detail: denial.detail } : {}) }),
    plane: 'agents',
    door: 'revoke',
    ...(caller === undefined ? {} : { client_id: caller.client.id }),
    ...(claims === undefined ? {} : { subject: { sub: claims.sub }, task: { id: claims.taskId } }),
    action: { kind: 'control', method: 'revoke_token' },
    ...(token === undefined ? {} : { token: { sha256: tokenSha256(token), ...(claims === undefined ? {} : { jti: claims.jti, kid: claims.kid }) } }),
    ...(claims === undefined ? {} : { act: { scope: { kind: 'token', id: claims.jti } } }),
  }
}
