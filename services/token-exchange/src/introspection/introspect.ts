// The introspection walk: parse -> caller is a resource's client -> token is ours, for that resource -> task state -> stored task agrees ->
// audit (durable) -> task state again -> answer. Starts inactive and earns active. A fault is 503, never "active" and never a lie.
// Does NOT look at the subject's profile or ask the policy: it answers whether the task's authority lives now.
import { deadlineIn, denialOfFault, deny, newDecisionId, nowSeconds, ok, remainingMs, sameActor } from '@bailiwick/core'
import type { Deadline, DecisionId, Resource, Result, Task } from '@bailiwick/core'
import { tokenSha256 } from '@bailiwick/audit'
import type { AuditEntry } from '@bailiwick/audit'
import type { RuntimeClaims } from '@bailiwick/tokens'
import type { TokenExchangeDeps } from '../deps.ts'
import { answerWithin } from '../exchange/answer-within.ts'
import { authenticateClient, checkKind } from '../exchange/authenticate-client.ts'
import type { Caller, CredentialFields, ShownKeys } from '../exchange/model.ts'
import { parseProof } from '../exchange/parse-request.ts'
import { logFault, recordRefusal } from '../exchange/record.ts'

export interface TokenFields {
  readonly credentials: CredentialFields
  readonly shown: ShownKeys
  readonly token?: string | undefined
}

export interface Introspection {
  readonly decisionId: DecisionId
  readonly outcome: Result<RuntimeClaims | 'inactive'>
}

export async function introspect(deps: TokenExchangeDeps, fields: Result<TokenFields>): Promise<Introspection> {
  const deadline = deadlineIn(deps.clock, deps.config.limits.exchangeMs)
  const trail: IntrospectionTrail = { decisionId: newDecisionId(deps.clock.nowMs()) }
  const outcome = await answerWithin(deps.clock, deadline, settle(deps, fields, deadline, trail))
  return { decisionId: trail.decisionId, outcome }
}

async function settle(
  deps: TokenExchangeDeps,
  fields: Result<TokenFields>,
  deadline: Deadline,
  trail: IntrospectionTrail,
): Promise<Result<RuntimeClaims | 'inactive'>> {
  let outcome: Result<RuntimeClaims | 'inactive'>
  try {
    outcome = await walk(deps, fields, deadline, trail)
  } catch (thrown) {
    logFault(deps.log, trail.decisionId, thrown)
    outcome = { ok: false, denial: denialOfFault(thrown) }
  }
  if (!outcome.ok) await recordRefusal(deps, { ...toEntry(trail, 'deny'), reason: outcome.denial.reason, ...detailOf(outcome) }, trail.caller !== undefined)
  return outcome
}

interface IntrospectionTrail {
  readonly decisionId: DecisionId
  caller?: Caller
  resource?: Resource
  token?: string
  claims?: RuntimeClaims
  /** The allow record, once durable. */
  recorded?: string
}

async function walk(
  deps: TokenExchangeDeps,
  fields: Result<TokenFields>,
  deadline: Deadline,
  trail: IntrospectionTrail,
): Promise<Result<RuntimeClaims | 'inactive'>> {
  if (!fields.ok) return fields
  const { credentials, shown, token } = fields.value
  const proof = parseProof(credentials, shown.certificate, deps.config.limits)
  if (!proof.ok) return proof
  if (token === undefined) return deny({ reason: 'request_malformed', detail: 'token missing' })
  trail.token = token
  const caller = await authenticateClient(deps, proof.value, nowSeconds(deps.clock))
  if (!caller.ok) return caller
  trail.caller = caller.value
  const kind = checkKind(caller.value, ['resource'])
  if (!kind.ok) return kind
  const own = caller.value.client.resource
  const resource = own === undefined ? undefined : deps.config.resources.get(own)
  if (resource === undefined) return deny({ reason: 'grant_not_allowed', detail: 'client_without_resource' })
  trail.resource = resource

  const verified = token.length > deps.config.limits.tokenBytes ? undefined : await deps.keys.verifyRuntimeToken(token, nowSeconds(deps.clock))
  if (verified === undefined) return await inactive(deps, trail, 'token_too_large')
  if (!verified.ok) return await inactive(deps, trail, verified.denial.reason)
  // Its resource alone may ask: anybody else learns nothing, not even that the token lives.
  if (verified.value.aud !== resource.uri) return await inactive(deps, trail, 'wrong_resource')
  trail.claims = verified.value

  const standing = await readState(deps, verified.value, resource)
  if (!standing.ok) return await inactive(deps, trail, standing.denial.reason)
  if (!agrees(standing.value.task, verified.value, resource)) return await inactive(deps, trail, 'token_invalid')

  trail.recorded = (await deps.journal.append(toEntry(trail, 'allow'))).id
  const live = await readState(deps, verified.value, resource)
  if (!live.ok) return await inactive(deps, trail, live.denial.reason)
  if (remainingMs(deps.clock, deadline) === 0) return deny({ reason: 'deadline_exceeded', detail: 'after_last_check' })
  return verified.value.exp > nowSeconds(deps.clock) ? ok(verified.value) : await inactive(deps, trail, 'token_expired')
}

async function inactive(deps: TokenExchangeDeps, trail: IntrospectionTrail, why: string): Promise<Result<'inactive'>> {
  await recordRefusal(deps, { ...toEntry(trail, 'deny'), detail: why }, true)
  return ok('inactive')
}

function readState({ store, clock }: TokenExchangeDeps, { taskId, kep, kid, jti }: RuntimeClaims, resource: Resource): ReturnType<typeof store.readStanding> {
  return store.readStanding({ taskId, kep, kid, jti, resource: resource.name, newWork: false, nowSeconds: nowSeconds(clock) })
}

/** The token says of the task what the task says of itself. */
function agrees(task: Task, { sub, clientId, act }: RuntimeClaims, resource: Resource): boolean {
  return task.subject.sub === sub && task.agent.clientId === clientId && sameActor(task.act, act) && task.resources.includes(resource.name)
}

function toEntry({ decisionId, caller, resource, token, claims, recorded }: IntrospectionTrail, effect: 'allow' | 'deny'): AuditEntry {
  return {
    kind: 'introspection',
    decision_id: decisionId,
    ...(effect === 'deny' && recorded !== undefined ? { supersedes: recorded } : {}),
    effect,
    plane: 'agents',
    door: 'introspect',
    ...(caller === undefined ? {} : { client_id: caller.client.id }),
    ...(claims === undefined ? {} : { subject: { sub: claims.sub }, task: { id: claims.taskId } }),
    ...(resource === undefined ? {} : { resource: resource.name }),
    action: { kind: 'introspection' },
    ...(token === undefined
      ? {}
      : { token: { sha256: tokenSha256(token), ...(claims === undefined ? {} : { jti: claims.jti, kid: claims.kid, aud: claims.aud }) } }),
  }
}

function detailOf(outcome: Extract<Result<unknown>, { readonly ok: false }>): Pick<AuditEntry, 'detail'> {
  return 'detail' in outcome.denial && outcome.denial.detail !== undefined ? { detail: outcome.denial.detail } : {}
}
