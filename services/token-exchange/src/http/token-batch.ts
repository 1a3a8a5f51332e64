// Door: `POST /oauth2/token-batch`: several resources of one task in one call. Ours, not an RFC's: unknown members are
// refused. Decodes JSON strictly, asks the same walk, answers item by item in the order asked.
import type { IncomingMessage } from 'node:http'
import type { BailiwickConfig } from '@bailiwick/config'
import { deny, ok } from '@bailiwick/core'
import type { JsonObject, JsonValue, Result } from '@bailiwick/core'
import { parseStrictJson } from '@bailiwick/json'
import type { TokenExchangeDeps } from '../deps.ts'
import { exchange } from '../exchange/exchange.ts'
import type { Issued, Item, RequestFields, Signed, TargetFields } from '../exchange/model.ts'
import { GRANT_TYPE } from '../exchange/parse-request.ts'
import { maxRequestBytes } from './body-limits.ts'
import { readBytes, sentAuthorization } from './form.ts'
import type { Handler } from './handler.ts'
import { itemError, oauthResponse } from './oauth-response.ts'
import { reply } from './reply.ts'
import { shownKeys } from './shown-keys.ts'
import { tokenFields } from './token.ts'

const TEXT_MEMBERS = [
  'client_assertion_type',
  'client_assertion',
  'client_id',
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'task_id',
] as const
const MEMBERS: ReadonlySet<string> = new Set([...TEXT_MEMBERS, 'items'])
const ITEM_MEMBERS: ReadonlySet<string> = new Set(['resource', 'scope'])

export function tokenBatchDoor(deps: TokenExchangeDeps): Handler {
  return async (request, response) => {
    const fields = await decode(request, deps.config)
    const { decisionId, outcome } = await exchange(deps, { door: 'token-batch', fields })
    if (outcome.ok) reply(response, { status: 200, body: encode(outcome.value) })
    else reply(response, oauthResponse(outcome.denial, decisionId, sentAuthorization(request)))
  }
}

async function decode(request: IncomingMessage, config: BailiwickConfig): Promise<Result<RequestFields>> {
  const maxBytes = maxRequestBytes(config.limits)
  const bytes = await readBytes(request, 'application/json', maxBytes)
  if (!bytes.ok) return bytes
  const parsed = parseStrictJson(bytes.value, { maxBytes, maxDepth: 4 })
  if (!parsed.ok) return deny({ reason: 'body_unreadable', problem: parsed.problem.class === 'encoding' ? 'encoding' : 'syntax', detail: parsed.problem.class })
  const body = parsed.value
  if (!isObject(body) || !Object.keys(body).every((key) => MEMBERS.has(key))) return malformed('members')
  for (const member of TEXT_MEMBERS) if (body[member] !== undefined && typeof body[member] !== 'string') return malformed(member)
  const targets = decodeItems(body['items'])
  if (!targets.ok) return targets
  return ok({
    grantType: GRANT_TYPE,
    credentials: {
      assertionType: text(body, 'client_assertion_type'),
      assertion: text(body, 'client_assertion'),
      clientId: text(body, 'client_id'),
      other: sentAuthorization(request),
    },
    shown: shownKeys(request, config),
    subjectToken: text(body, 'subject_token'),
    subjectTokenType: text(body, 'subject_token_type'),
    actorToken: text(body, 'actor_token'),
    actorTokenType: text(body, 'actor_token_type'),
    taskId: text(body, 'task_id'),
    targets: targets.value,
  })
}

function decodeItems(value: JsonValue | undefined): Result<TargetFields> {
  if (value === 'all') return ok({ kind: 'all' })
  if (!isArray(value)) return malformed('items')
  const items: { readonly resource: string; readonly scope?: string }[] = []
  for (const item of value) {
    if (!isObject(item) || !Object.keys(item).every((key) => ITEM_MEMBERS.has(key))) return malformed('item')
    const { resource, scope } = item
    if (typeof resource !== 'string' || (scope !== undefined && typeof scope !== 'string')) return malformed('item')
    items.push({ resource, ...(scope === undefined ? {} : { scope }) })
  }
  return ok({ kind: 'many', items })
}

function encode({ taskId, items, nowSeconds }: Issued): JsonObject {
  return { task_id: taskId, items: items.map((item) => encodeItem(item, nowSeconds)) }
}

/** `resource` is what was asked, as it was asked; for "all" it is the URI. `resource_name` tells which configured resource that is. */
function encodeItem({ target, outcome }: Item<Signed>, nowSeconds: number): JsonObject {
  if (!outcome.ok) return { resource: target.asked, ...itemError(outcome.denial) }
  return { resource: target.asked, resource_name: outcome.value.resource.name, ...tokenFields(outcome.value, nowSeconds) }
}

/** Empty means not sent, as in the form. */
function text(body: JsonObject, member: string): string | undefined {
  const value = body[member]
  return typeof value === 'string' && value !== '' ? value : undefined
}

function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function malformed(detail: string): Result<never> {
  return deny({ reason: 'request_malformed', detail })
}
