// An ext_authz CheckRequest as a Question. Nothing is judged, and nothing of the checked request says who asks or for which resource.
import type { Channel, Deadline, HeaderList, HttpForm, Question } from '@bailiwick/core'
import type { GatewayConfig } from '@bailiwick/config'
import { fromStruct } from '@bailiwick/wire'
import type { AttributeContext, AttributeContext_HttpRequest, CheckRequest } from '@bailiwick/wire'
import { headersNamed } from '../header-list.ts'
import { OUR_NAMESPACE, keptCredential } from '../kept-credential.ts'
import { sourceOf } from './source.ts'

export type Dialect = GatewayConfig['dialect']

const KEY_EXTENSION = 'bailiwick_key'
const RESOURCE_EXTENSION = 'bailiwick_resource'
const PARTIAL_HEADER = 'x-envoy-auth-partial-body'

export function toQuestion(request: CheckRequest, channel: Channel, dialect: Dialect, deadline: Deadline): Question {
  const { attributes } = request
  const http = attributes?.request?.http
  const headers = http === undefined ? [] : headersOf(http)
  const resource = attributes?.contextExtensions[RESOURCE_EXTENSION]
  return {
    channel,
    resourceHint: { from: 'context_extension', ...(resource === undefined ? {} : { value: resource }) },
    credential: credentialOf(attributes, headers),
    call: {
      form: 'http',
      method: http?.method ?? '',
      path: http?.path ?? '',
      headers,
      ...(http === undefined ? { body: 'absent' } : bodyOf(http, headers, dialect)),
    },
    deadline,
    ...sourceOf(attributes),
  }
}

/** About how much there is to read. */
export function bodyBytesOf({ attributes }: CheckRequest): number {
  const http = attributes?.request?.http
  return http === undefined ? 0 : Math.max(http.rawBody.length, http.body.length)
}

/** The secret a gateway without call metadata puts into its static context. */
export function secretsIn(request: CheckRequest): readonly string[] {
  const secret = request.attributes?.contextExtensions[KEY_EXTENSION]
  return secret === undefined ? [] : [secret]
}

/** Gateways send one of the two. Where both come, both are seen: what is then there twice is refused as repeated. */
function headersOf({ headers, headerMap }: AttributeContext_HttpRequest): HeaderList {
  const list: [string, string][] = []
  for (const name in headers) push(list, name, headers[name] ?? '')
  for (const { key, value, rawValue } of headerMap?.headers ?? []) push(list, key, rawValue.length > 0 ? Buffer.from(rawValue).toString('latin1') : value)
  return list
}

/** Pseudo-headers have their own fields. */
function push(list: [string, string][], name: string, value: string): void {
  if (!name.startsWith(':')) list.push([name.toLowerCase(), value])
}

function credentialOf(attributes: AttributeContext | undefined, headers: HeaderList): Question['credential'] {
  const namespace = attributes?.metadataContext?.filterMetadata[OUR_NAMESPACE]
  return keptCredential(namespace === undefined ? undefined : (fromStruct(namespace) ?? 'unreadable'), headers)
}

function bodyOf(http: AttributeContext_HttpRequest, headers: HeaderList, dialect: Dialect): Pick<HttpForm, 'body' | 'isText'> {
  const partial = headersNamed(headers, PARTIAL_HEADER)
  if (partial.some((value) => value.includes('true'))) return PARTIAL
  if (http.body.length > 0 && http.rawBody.length > 0) return PARTIAL
  const isText = http.body.length > 0
  const body = isText ? http.body : http.rawBody
  if (!isWhole(http.size, body.length, partial, dialect)) return PARTIAL
  if (body.length > 0) return isText ? { body, isText } : { body }
  const isKnownEmpty = dialect === 'envoy' && partial.length === 1 && partial[0] === 'false'
  return isKnownEmpty || !declaresBody(headers) ? { body: 'absent' } : PARTIAL
}

const PARTIAL = { body: 'partial' } as const

function isWhole(size: bigint, length: number, partial: readonly string[], dialect: Dialect): boolean {
  switch (dialect) {
    case 'envoy':
      // Its `size` counts bytes received so far and says nothing about what it sent here; the header does, and a client's own is stripped.
      return length === 0 || (partial.length === 1 && partial[0] === 'false')
    case 'agentgateway':
      // -1 when truncated. A header of that name would be the client's.
      return size === BigInt(length)
  }
}

/** The request goes on with a body that was not shown to us. */
function declaresBody(headers: HeaderList): boolean {
  return headersNamed(headers, 'transfer-encoding').length > 0 || headersNamed(headers, 'content-length').some((value) => value.trim() !== '0')
}
