// A CheckResourcesRequest as Questions, one for each action on each resource. The principal is not even declared in our copy of the message, and
// of a resource's attributes only what belongs to the call is read; the runtime token is `auxData.jwt.token`. Nothing is judged.
import { fromJson } from '@bufbuild/protobuf'
import type { DescMessage, JsonValue as ProtoJson, MessageShape } from '@bufbuild/protobuf'
import type { Channel, Deadline, JsonObject, JsonValue, Question } from '@bailiwick/core'
import { isJsonArray, isJsonObject, parseStrictJson } from '@bailiwick/json'
import { fromValues } from '@bailiwick/wire'
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
  readonly question: (channel: Channel, deadline: Deadline) => Question
}

/** Each is a decision, with its record. */
const MAX_ACTIONS = 50
const MAX_DEPTH = 72

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
export function askedIn({ resources, auxData }: CheckResourcesRequest): readonly AskedResource[] | string {
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
    const question = (action: string, channel: Channel, deadline: Deadline): Question => ({
      channel,
      resourceHint: { from: 'request', value: kind.slice(kind.indexOf(':') + 1) },
      credential,
      call: { form: 'kind', kind, id, action, attr },
      deadline,
    })
    read.push({
      kind,
      id,
      policyVersion,
      scope,
      actions: actions.map((action) => ({ action, question: (channel, deadline) => question(action, channel, deadline) })),
    })
  }
  return read
}

function credentialOf(token: string | undefined): Question['credential'] {
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
