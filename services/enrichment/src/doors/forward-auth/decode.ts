// A gateway's sub-request as a Question: what the client asked for, as this dialect and no other tells it. Nothing is judged; where the
// method or the path could be read two ways the call says so, and the reader refuses it.
import type { Channel, Deadline, HeaderList, HttpForm, Question } from '@bailiwick/core'
import type { BodyBytes } from '@bailiwick/runtime'
import { bearerCredential, headersNamed } from '../header-list.ts'
import { KEY_HEADER } from '../http-channel.ts'
import { IDENTITY_HEADERS, isOurs } from '../identity-headers.ts'
import { FORWARD_AUTH_DIALECTS, ORIGINAL_HEADERS } from './dialects.ts'
import type { ForwardAuthDialectName } from './dialects.ts'
import type { ForwardAuthRoute } from './route.ts'

/** The sub-request as it arrived. */
export interface SubRequest {
  readonly method: string
  readonly headers: HeaderList
  readonly body: BodyBytes
}

/** Envoy, with `with_request_body`: `false` beside a whole body. A client's own is replaced. */
const PARTIAL_HEADER = 'x-envoy-auth-partial-body'
/** What a gateway that sends no body may tell of the one it keeps. */
const ORIGINAL_LENGTH = 'x-original-content-length'
const ORIGINAL_CODING = 'x-original-transfer-encoding'

/** About the hop from the gateway to us, or from the gateway: no part of what the client asked. */
const OF_THIS_HOP: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  KEY_HEADER,
  PARTIAL_HEADER,
  ORIGINAL_LENGTH,
  ORIGINAL_CODING,
  ...ORIGINAL_HEADERS,
])

export function toQuestion(route: ForwardAuthRoute | undefined, sub: SubRequest, channel: Channel, deadline: Deadline): Question {
  const headers = route === undefined ? [] : clientHeaders(sub)
  return {
    channel,
    resourceHint: { from: 'path_segment', ...(route === undefined ? {} : { value: route.resource }) },
    credential: bearerCredential(headers),
    call: route === undefined ? unclear([], 'forward_auth_path') : callOf(route, sub, headers),
    deadline,
  }
}

function callOf(route: ForwardAuthRoute, sub: SubRequest, headers: HeaderList): HttpForm {
  const { original, removesAny } = FORWARD_AUTH_DIALECTS[route.dialect]
  const foreign = ORIGINAL_HEADERS.some((name) => !isOfDialect(route.dialect, name) && headersNamed(sub.headers, name).length > 0)
  if (foreign) return unclear(headers, 'header_of_another_gateway')
  if (!removesAny && headers.some(([name]) => isOurs(name) && !IDENTITY_HEADERS.includes(name))) return unclear(headers, 'header_of_ours')
  const body = bodyOf(route.dialect, sub)
  if (original.from === 'own') return { form: 'http', method: sub.method, path: route.rest, headers, body }
  // The path of this sub-request is the gateway's own, written out: a rest would be a second path beside the header's.
  if (route.rest !== '' && route.rest !== '/') return unclear(headers, 'path_after_resource')
  const method = onlyOne(sub.headers, original.method)
  const path = onlyOne(sub.headers, original.uri)
  if (method === undefined) return unclear(headers, 'original_method')
  if (path === undefined) return unclear(headers, 'original_uri')
  return { form: 'http', method, path, headers, body }
}

function isOfDialect(dialect: ForwardAuthDialectName, name: string): boolean {
  const { original } = FORWARD_AUTH_DIALECTS[dialect]
  return original.from === 'headers' && (name === original.method || name === original.uri)
}

function onlyOne(headers: HeaderList, name: string): string | undefined {
  const [value, ...others] = headersNamed(headers, name)
  return value === undefined || value === '' || others.length > 0 ? undefined : value
}

function bodyOf(dialect: ForwardAuthDialectName, { body, headers }: SubRequest): HttpForm['body'] {
  if (!body.ok) return 'partial'
  if (body.bytes.length === 0) return 'absent'
  if (dialect !== 'envoy') return body.bytes
  const told = headersNamed(headers, PARTIAL_HEADER)
  return told.length === 1 && told[0] === 'false' ? body.bytes : 'partial'
}

/** The length of a body that was kept back is what the client announced of it; of one that came, it is known better. */
function clientHeaders({ headers, body }: SubRequest): HeaderList {
  const list: (readonly [string, string])[] = headers.filter(([name]) => !OF_THIS_HOP.has(name))
  if (body.ok && body.bytes.length > 0) return list
  for (const value of headersNamed(headers, ORIGINAL_LENGTH)) if (value !== '') list.push(['content-length', value])
  for (const value of headersNamed(headers, ORIGINAL_CODING)) if (value !== '') list.push(['transfer-encoding', value])
  return list
}

function unclear(headers: HeaderList, why: string): HttpForm {
  return { form: 'http', method: '', path: '', headers, body: 'absent', unclear: why }
}
