// A CheckResourcesRequest as Questions, one for each action on each resource. The principal is not even declared in our copy of the message, and
// of a resource's attributes only what belongs to the call is read; the runtime token is `auxData.jwt.token`. Nothing is judged.
import { fromJson } from '@bufbuild/protobuf'
import type { DescMessage, JsonValue as ProtoJson, MessageShape } from '@bufbuild/protobuf'
import type { AskedQuestion, JsonObject, JsonValue } from '@bailiwick/core'
import { isJsonArray, isJsonObject, parseStrictJson } from '@bailiwick/json'
import { CheckResourcesRequestSchema, UNREADABLE, cerbosService, fromValues } from '@bailiwick/wire'
import type { CheckResourcesRequest } from '@bailiwick/wire'

export interface AskedResource {
  readonly kind: string
  readonly id: string
  readonly policyVersion: string
  readonly scope: string
  readonly actions: readonly AskedAction[]
}

export interface AskedAction {
  readonly action: string
  readonly question: AskedQuestion
}

export type Asked =
  | { readonly ok: true; readonly requestId: string; readonly resources: readonly AskedResource[] }
  | { readonly ok: false; readonly problem: string }

/** Each is a decision, with its record. */
const MAX_ACTIONS = 50
const MAX_DEPTH = 72

/** The JSON of a request. */
export function decodeCheck(bytes: Uint8Array, maxBytes: number): Asked {
  return toAsked(readMessage(CheckResourcesRequestSchema, bytes, maxBytes))
}

/** The protobuf of a request. */
export function decodeCheckMessage(bytes: Uint8Array): Asked {
  const request = cerbosService.checkResources.requestDeserialize(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
  return toAsked(request === UNREADABLE ? undefined : request)
}

/** Undefined: what came was no request. */
export function toAsked(request: CheckResourcesRequest | undefined): Asked {
  if (request === undefined) return { ok: false, problem: 'not a request' }
  const resources = askedIn(request)
  return typeof resources === 'string' ? { ok: false, problem: resources } : { ok: true, requestId: request.requestId, resources }
}

/** Undefined where the bytes are no such message. */
export function readMessage<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array, maxBytes: number): MessageShape<Desc> | undefined {
  const parsed = parseStrictJson(bytes, { maxBytes, maxDepth: MAX_DEPTH })
  if (!parsed.ok || !isJsonObject(parsed.value)) return undefined
  try {
    return fromJson(schema, toProtoJson(parsed.value), { ignoreUnknownFields: true })
  } catch {
    return undefined
  }
}

/** A text is what is wrong with the request. */
function askedIn({ resources, auxData }: CheckResourcesRequest): readonly AskedResource[] | string {
  const count = resources.reduce((sum, { actions }) => sum + actions.length, 0)
  if (count === 0) return 'resources: at least one action'
  if (count > MAX_ACTIONS) return `resources: at most ${MAX_ACTIONS} actions in one request`
  const credential = credentialOf(auxData?.jwt?.token)
  const read: AskedResource[] = []
  for (const { actions, resource } of resources) {
    if (resource === undefined || resource.kind === '' || resource.id === '') return 'resources: kind and id'
    if (new Set(actions).size !== actions.length) return 'resources: an action twice'
    const { kind, id, policyVersion, scope } = resource
    const attr = fromValues(resource.attr)
    if (attr === undefined) return 'resources: attributes'
    const question = (action: string): AskedQuestion => ({
      resourceHint: { from: 'request', value: kind.slice(kind.indexOf(':') + 1) },
      credential,
      call: { form: 'kind', kind, id, action, attr },
    })
    read.push({
      kind,
      id,
      policyVersion,
      scope,
      actions: actions.map((action) => ({ action, question: question(action) })),
    })
  }
  return read
}

export function credentialOf(token: string | undefined): AskedQuestion['credential'] {
  return token === undefined || token === '' ? {} : { token }
}

/** The same values: the strict reader's types are readonly, and its objects have no prototype. */
function toProtoJson(value: JsonValue): ProtoJson {
  if (isJsonArray(value)) return value.map(toProtoJson)
  return isJsonObject(value) ? toProtoObject(value) : value
}

function toProtoObject(object: JsonObject): { [key: string]: ProtoJson } {
  return Object.fromEntries(Object.entries(object).map(([key, member]) => [key, toProtoJson(member)]))
}
