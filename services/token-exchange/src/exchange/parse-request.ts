// Step: from decoded fields to a typed request. In order: grant, client proof, subject token, actor token, requested type, task id,
// targets, scopes. Pure. Does NOT verify any token, nor know which resources exist.
// A missing, blank or oversized subject token ends here: no later step may fall back to the client's own identity.
import { deny, ok, parseResourceName, parseTaskId } from '@bailiwick/core'
import type { Result, TaskId } from '@bailiwick/core'
import { normaliseResourceUri } from '@bailiwick/tokens'
import type { ClientProof, ShownCertificate } from '@bailiwick/tokens'
import type { CredentialFields, ExchangeRequest, PresentedToken, RequestFields, SubjectTokenType, Target, TargetFields } from './model.ts'

export const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:'
/** Detail of the one `grant_not_allowed` that RFC 6749 section 5.2 spells otherwise: a grant nobody may use here. */
export const UNSUPPORTED_GRANT_TYPE = 'unsupported_grant_type'

/** RFC 6749 section 3.3. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/
const MAX_SCOPES = 32
const MAX_RESOURCE_LENGTH = 2048
const SUBJECT_TYPES: ReadonlyMap<string, SubjectTokenType> = new Map([
  [`${TOKEN_TYPE}access_token`, 'access_token'],
  [`${TOKEN_TYPE}id_token`, 'id_token'],
  [`${TOKEN_TYPE}jwt`, 'jwt'],
])

export interface ParseLimits {
  readonly tokenBytes: number
  readonly batchItems: number
}

export function parseRequest(fields: RequestFields, limits: ParseLimits): Result<ExchangeRequest> {
  if (fields.grantType === undefined) return malformed('grant_type')
  if (fields.grantType !== GRANT_TYPE) return deny({ reason: 'grant_not_allowed', detail: UNSUPPORTED_GRANT_TYPE })
  const proof = parseProof(fields.credentials, fields.shown.certificate, limits)
  if (!proof.ok) return proof
  const subject = parseToken('subject_token', fields.subjectToken, fields.subjectTokenType, limits)
  if (!subject.ok) return subject
  if (subject.value === undefined) return malformed('subject_token missing')
  const actor = parseToken('actor_token', fields.actorToken, fields.actorTokenType, limits)
  if (!actor.ok) return actor
  if (fields.requestedTokenType !== undefined && fields.requestedTokenType !== `${TOKEN_TYPE}access_token`) return malformed('requested_token_type')
  const taskId = parseOptionalTaskId(fields.taskId)
  if (!taskId.ok) return taskId
  const targets = parseTargets(fields.targets, limits)
  if (!targets.ok) return targets
  return ok({ proof: proof.value, shown: fields.shown, subject: subject.value, actor: actor.value, taskId: taskId.value, targets: targets.value })
}

/** Shared with introspection and revocation: the same proof is asked of every caller. */
export function parseProof(
  { assertion, assertionType, clientId, other }: CredentialFields,
  certificate: ShownCertificate | undefined,
  limits: Pick<ParseLimits, 'tokenBytes'>,
): Result<ClientProof> {
  // Which of two credentials counted would be a guess (RFC 6749 section 2.3).
  if (other && assertion !== undefined) return malformed('two_credentials')
  if (assertion === undefined) {
    if (assertionType !== undefined) return malformed('client_assertion missing')
    // RFC 8705 section 2: the client says who it is, and its connection proves it. Beside an assertion a certificate only binds.
    if (!other && certificate !== undefined && clientId !== undefined) return ok({ certificate, clientId })
    return deny({ reason: 'client_unauthenticated', detail: other ? 'credential_unsupported' : 'no_credential' })
  }
  if (assertionType === undefined) return malformed('client_assertion_type missing')
  if (assertion.length > limits.tokenBytes) return malformed('client_assertion too_large')
  return ok({ assertion, assertionType, ...(clientId === undefined ? {} : { clientId }) })
}

function parseToken(name: string, token: string | undefined, type: string | undefined, limits: ParseLimits): Result<PresentedToken | undefined> {
  if (token === undefined) return type === undefined ? ok(undefined) : malformed(`${name}_type without ${name}`)
  if (type === undefined) return malformed(`${name}_type missing`)
  if (token.trim() === '') return malformed(`${name} blank`)
  if (token.length > limits.tokenBytes) return malformed(`${name} too_large`)
  const known = SUBJECT_TYPES.get(type)
  return known === undefined ? malformed(`${name}_type unsupported`) : ok({ token, type: known })
}

function parseOptionalTaskId(text: string | undefined): Result<TaskId | undefined> {
  if (text === undefined) return ok(undefined)
  const taskId = parseTaskId(text)
  return taskId === undefined ? malformed('task_id') : ok(taskId)
}

function parseTargets(fields: TargetFields, limits: ParseLimits): Result<readonly Target[] | 'all'> {
  switch (fields.kind) {
    case 'all':
      return ok('all')
    case 'one':
      return parseSingleTarget(fields)
    case 'many':
      return parseItems(fields.items, limits)
  }
}

function parseSingleTarget({ resources, audiences, scope }: Extract<TargetFields, { readonly kind: 'one' }>): Result<readonly Target[]> {
  // No default: an absent target never means "any", and one token never names two.
  if (resources.length + audiences.length !== 1)
    return deny({ reason: 'target_refused', detail: resources.length + audiences.length === 0 ? 'no_target' : 'several_targets' })
  const scopes = parseScope(scope)
  if (!scopes.ok) return scopes
  // `resource` is a URI (RFC 8707); `audience` may be our logical name too (RFC 8693 section 2.1). Both end in one allow-list.
  const [resource] = resources
  const [audience] = audiences
  if (resource !== undefined) return ok([{ asked: resource, key: uriKey(resource), scope: scopes.value }])
  if (audience !== undefined) return ok([{ asked: audience, key: anyKey(audience), scope: scopes.value }])
  return deny({ reason: 'target_refused', detail: 'no_target' })
}

function parseItems(items: readonly { readonly resource: string; readonly scope?: string | undefined }[], limits: ParseLimits): Result<readonly Target[]> {
  if (items.length === 0) return malformed('items empty')
  if (items.length > limits.batchItems) return deny({ reason: 'target_refused', detail: 'too_many_items' })
  const targets: Target[] = []
  const seen = new Set<string>()
  for (const { resource, scope } of items) {
    const scopes = parseScope(scope)
    if (!scopes.ok) return scopes
    const key = anyKey(resource)
    if (key !== undefined && seen.has(key)) return malformed('items repeated')
    if (key !== undefined) seen.add(key)
    targets.push({ asked: resource, key, scope: scopes.value })
  }
  return ok(targets)
}

function uriKey(text: string): string | undefined {
  return text.length > MAX_RESOURCE_LENGTH ? undefined : normaliseResourceUri(text)
}

function anyKey(text: string): string | undefined {
  return parseResourceName(text) ?? uriKey(text)
}

function parseScope(text: string | undefined): Result<readonly string[] | undefined> {
  if (text === undefined) return ok(undefined)
  const scopes = [...new Set(text.split(' ').filter((scope) => scope !== ''))]
  if (scopes.length === 0) return ok(undefined)
  if (scopes.length > MAX_SCOPES || !scopes.every((scope) => SCOPE_TOKEN.test(scope))) return deny({ reason: 'scope_refused', detail: 'scope_malformed' })
  return ok(scopes)
}

function malformed(detail: string): Result<never> {
  return deny({ reason: 'request_malformed', detail })
}
