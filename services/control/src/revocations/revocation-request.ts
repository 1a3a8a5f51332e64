// The revocation an operator asks for: parsed once, ids validated by kind. No I/O.
import { isJsonObject } from '@bailiwick/json'
import { deny, HOLDS_BY_DEFAULT, ok, parseClientId, parseResourceName, parseTaskId, REVOCATION_IDS, REVOCATION_KINDS } from '@bailiwick/core'
import type { JsonObject, JsonValue, Result, RevocationKind, RevocationScope } from '@bailiwick/core'

export interface RevocationRequest {
  readonly scope: RevocationScope
  readonly reason: string
  /** Undefined: the kind's default decides. */
  readonly hold?: boolean
  readonly dryRun: boolean
}

const FIELDS = new Set(['scope', 'reason', 'hold', 'dry_run'])
const MAX_REASON = 512
const MAX_ID = 2048
const TRUE_OR_FALSE = 'true or false'
const USER_ID = /^[a-z][a-z0-9-]{0,31}:[\x21-\x7e]{1,255}$/
const OPERATOR_ID = /^operator:[a-z][a-z0-9-]{0,62}$/
const SPIFFE_ID = /^spiffe:\/\/[a-z0-9._-]{1,255}(\/[A-Za-z0-9._-]+)*$/
const KEY_ID = /^[A-Za-z0-9_-]{1,128}$/

export function parseRevocationRequest(body: JsonObject): Result<RevocationRequest> {
  for (const key of Object.keys(body)) if (!FIELDS.has(key)) return malformed(`unknown_field ${key.slice(0, 32)}`)
  const scope = parseScope(body['scope'])
  if (!scope.ok) return scope
  const reason = body['reason']
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > MAX_REASON) return malformed('reason', `a text of 1 to ${MAX_REASON} characters`)
  const hold = body['hold']
  if (hold !== undefined && typeof hold !== 'boolean') return malformed('hold', TRUE_OR_FALSE)
  const dryRun = body['dry_run'] ?? false
  if (typeof dryRun !== 'boolean') return malformed('dry_run', TRUE_OR_FALSE)
  return ok({ scope: scope.value, reason, ...(hold === undefined ? {} : { hold }), dryRun })
}

/** The hold that will be set: as asked, else the kind's default; an autonomous agent's own task holds its agent, or it would simply start again. */
export function effectiveHold(request: RevocationRequest, canRestart: boolean): boolean {
  return request.hold ?? (HOLDS_BY_DEFAULT[request.scope.kind] || canRestart)
}

function parseScope(value: JsonValue | undefined): Result<RevocationScope> {
  if (!isJsonObject(value)) return malformed('scope', 'an object with kind and id')
  const { kind: kindText, id, ...others } = value
  if (Object.keys(others).length > 0) return malformed('scope', 'an object with kind and id alone')
  const kind = REVOCATION_KINDS.find((known) => known === kindText)
  if (kind === undefined) return malformed('scope.kind', `one of ${REVOCATION_KINDS.join(', ')}`)
  if (typeof id !== 'string' || id.length > MAX_ID || !isIdOf(kind, id)) return malformed('scope.id', REVOCATION_IDS[kind])
  return ok({ kind, id })
}

function isIdOf(kind: RevocationKind, id: string): boolean {
  switch (kind) {
    case 'task':
      return parseTaskId(id) !== undefined
    case 'user':
      return USER_ID.test(id)
    case 'agent':
      // An actor's sub: `client:<id>`, a SPIFFE ID, or a user acting itself.
      return USER_ID.test(id) || SPIFFE_ID.test(id)
    case 'client':
      return parseClientId(id) !== undefined
    case 'operator':
      return OPERATOR_ID.test(id)
    case 'workload':
      return SPIFFE_ID.test(id)
    case 'resource':
      return parseResourceName(id) !== undefined
    case 'key':
      return KEY_ID.test(id)
    case 'everything':
      return id === '*'
  }
}

function malformed(detail: string, expected?: string): Result<never> {
  return deny({ reason: 'request_malformed', detail, ...(expected === undefined ? {} : { expected }) })
}
