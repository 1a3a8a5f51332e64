// A model call as it came over HTTP. Checks, in order: headers, path, a known dialect for that path, headers and query that would
// override the body, the body, its members, then what the dialect reads. An unknown path is refused.
import type { HttpForm, JsonObject, Resource, UnreadCall } from '@bailiwick/core'
import { refuse, refuseUnreadable, unreadable } from '../read-outcome.ts'
import type { ReadOutcome, Unreadable } from '../read-outcome.ts'
import { pathnameOf } from '../transport/check-path.ts'
import { readHeaders } from '../transport/read-headers.ts'
import type { CheckedHeaders } from '../transport/read-headers.ts'
import { readJsonBody } from '../transport/read-json-body.ts'
import { hasRoutingHeader, isHarmlessQuery } from './check-overrides.ts'
import type { LlmDialectReader } from './dialect.ts'
import { DIALECTS } from './dialects.ts'
import { checkLlmPath, createPathMatcher } from './match-path.ts'
import { checkMembers } from './member-rules.ts'
import { readFormBody } from './read-form-body.ts'

const NO_LEXEMES: readonly string[] = []
const UNREAD: UnreadCall = { kind: 'unread', resourceKind: 'llm' }
const matchPath = createPathMatcher(DIALECTS)

/** What the path alone tells, also one that is refused: a renderer has to know in whose words to answer. */
export function unreadLlm({ path }: Pick<HttpForm, 'path'>): UnreadCall {
  const matched = matchPath(pathnameOf(path))
  return matched === undefined ? UNREAD : { ...UNREAD, dialect: matched.reader.dialect }
}

export function readLlmHttp(resource: Resource, form: HttpForm): ReadOutcome {
  const wrongPath = checkLlmPath(form.path)
  const pathname = pathnameOf(form.path)
  const matched = matchPath(pathname)
  const unread = unreadLlm(form)
  const read = readHeaders(form.headers)
  if (!read.ok) return refuseUnreadable(read, unread)
  if (wrongPath !== undefined) return refuseUnreadable(wrongPath, unread)
  if (matched === undefined || form.method !== 'POST') return refuse({ reason: 'method_unknown', detail: 'path' }, unread)
  const { reader, path } = matched
  if (hasRoutingHeader(form.headers)) return refuseUnreadable(unreadable('not_a_request', 'routing_header'), unread)
  if (!isHarmlessQuery(form.path.slice(pathname.length + 1), reader.members.reserved)) {
    return refuseUnreadable(unreadable('not_a_request', 'query'), unread)
  }
  const body = readBody(resource, form, read.headers, reader)
  if (!body.ok) return refuseUnreadable(body, unread)
  const call = checkMembers(body.value, reader.members) ?? reader.read(body.value, path)
  if (typeof call === 'string') return refuseUnreadable(unreadable('not_a_request', call), unread)
  return { ok: true, call: { kind: 'llm', dialect: reader.dialect, ...call } }
}

type Body = { readonly ok: true; readonly value: JsonObject } | ({ readonly ok: false } & Unreadable)

function readBody({ maxBodyBytes: maxBytes }: Resource, form: HttpForm, headers: CheckedHeaders, { body, members }: LlmDialectReader): Body {
  if (typeof body === 'object') return readFormBody(form, headers, { ...body, maxBytes, reserved: members.reserved })
  const declared = body === 'blob' ? asJson(headers) : headers
  const read = readJsonBody(form, declared, { maxBytes, reservedKeys: members.reserved, keepLexemes: NO_LEXEMES, plainKeys: false })
  return read.ok ? { ok: true, value: read.body.value } : read
}

/** No media type, or the one for "bytes", where the format has none but JSON. Any other is read as what it says. */
function asJson(headers: CheckedHeaders): CheckedHeaders {
  const type = headers.get('content-type')?.toLowerCase()
  return type === undefined || type === 'application/octet-stream' ? new Map([...headers, ['content-type', 'application/json']]) : headers
}
