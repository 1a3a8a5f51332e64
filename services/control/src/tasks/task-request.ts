// The task a caller asks for: parsed once from the body, never trusted. No I/O.
import { isJsonArray, isJsonObject } from '@bailiwick/json'
import { deny, ok, parseClientId, parseResourceName, parseTaskId, TASK_ID_FORM } from '@bailiwick/core'
import type { Binding, ClientId, JsonObject, JsonScalar, JsonValue, ResourceName, Result, TaskId } from '@bailiwick/core'

export interface TaskRequest {
  readonly parentId?: TaskId
  /** The agent's client id; for a child, absent means the caller itself. */
  readonly agent?: ClientId
  /** Undefined means: the parent's for a child; for every other task the body must say. */
  readonly resources?: readonly ResourceName[]
  readonly binding?: Binding
  readonly purpose?: string
  readonly lifetimeSeconds?: number
  /** What is said of the agent; recorded as declared. */
  readonly declared?: { readonly name?: string; readonly harness?: string; readonly harnessVersion?: string; readonly model?: string }
}

const FIELDS = new Set(['parent_id', 'agent', 'resources', 'binding', 'purpose', 'expires_in', 'agent_info'])
const INFO_FIELDS = new Set(['name', 'harness', 'harness_version', 'model'])
const MAX_RESOURCES = 20
const MAX_BINDING_KEYS = 16
const MAX_TEXT = 256
const BINDING_KEY = /^[a-z][a-z0-9_]{0,62}$/

export function parseTaskRequest(body: JsonObject): Result<TaskRequest> {
  for (const key of Object.keys(body)) if (!FIELDS.has(key)) return malformed(`unknown_field ${key.slice(0, 32)}`)
  const parentId = body['parent_id'] === undefined ? undefined : parseTaskId(body['parent_id'])
  if (body['parent_id'] !== undefined && parentId === undefined) return malformed('parent_id', TASK_ID_FORM)
  const agent = body['agent'] === undefined ? undefined : parseClientId(body['agent'])
  if (body['agent'] !== undefined && agent === undefined) return malformed('agent', 'a client id, like refund-agent')
  const resources = parseResources(body['resources'])
  if (resources === 'bad') return malformed('resources', `a list of 1 to ${MAX_RESOURCES} names of resources, each once`)
  const binding = parseBinding(body['binding'])
  if (binding === 'bad')
    return malformed(
      'binding',
      `an object of at most ${MAX_BINDING_KEYS} facts: names of lower case letters, digits and underscores; texts of 1 to ${MAX_TEXT} characters, numbers, true or false`,
    )
  const purpose = parseText(body['purpose'])
  if (purpose === 'bad') return malformed('purpose', `a text of 1 to ${MAX_TEXT} characters`)
  const lifetime = body['expires_in']
  if (lifetime !== undefined && (typeof lifetime !== 'number' || !Number.isSafeInteger(lifetime) || lifetime < 1))
    return malformed('expires_in', 'a whole number of seconds from 1')
  const declared = parseDeclared(body['agent_info'])
  if (declared === 'bad') return malformed('agent_info', `an object with ${[...INFO_FIELDS].join(', ')}: texts of 1 to ${MAX_TEXT} characters`)
  return ok({
    ...(parentId === undefined ? {} : { parentId }),
    ...(agent === undefined ? {} : { agent }),
    ...(resources === undefined ? {} : { resources }),
    ...(binding === undefined ? {} : { binding }),
    ...(purpose === undefined ? {} : { purpose: purpose.text }),
    ...(lifetime === undefined ? {} : { lifetimeSeconds: lifetime }),
    ...(declared === undefined ? {} : { declared }),
  })
}

function malformed(detail: string, expected?: string): Result<never> {
  return deny({ reason: 'request_malformed', detail, ...(expected === undefined ? {} : { expected }) })
}

function parseResources(value: JsonValue | undefined): readonly ResourceName[] | undefined | 'bad' {
  if (value === undefined) return undefined
  if (!isJsonArray(value) || value.length === 0 || value.length > MAX_RESOURCES) return 'bad'
  const names: ResourceName[] = []
  for (const item of value) {
    const name = parseResourceName(item)
    if (name === undefined || names.includes(name)) return 'bad'
    names.push(name)
  }
  return names
}

function parseBinding(value: JsonValue | undefined): Binding | undefined | 'bad' {
  if (value === undefined) return undefined
  if (!isJsonObject(value)) return 'bad'
  const entries = Object.entries(value)
  if (entries.length > MAX_BINDING_KEYS) return 'bad'
  const binding: Record<string, JsonScalar> = {}
  for (const [key, fact] of entries) {
    if (!BINDING_KEY.test(key) || fact === null || typeof fact === 'object' || (typeof fact === 'string' && (fact === '' || fact.length > MAX_TEXT)))
      return 'bad'
    binding[key] = fact
  }
  return binding
}

function parseText(value: JsonValue | undefined): { readonly text: string } | undefined | 'bad' {
  if (value === undefined) return undefined
  return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT ? { text: value } : 'bad'
}

function parseDeclared(value: JsonValue | undefined): NonNullable<TaskRequest['declared']> | undefined | 'bad' {
  if (value === undefined) return undefined
  if (!isJsonObject(value)) return 'bad'
  for (const [key, text] of Object.entries(value)) if (!INFO_FIELDS.has(key) || parseText(text) === 'bad') return 'bad'
  const text = (key: string): string | undefined => (typeof value[key] === 'string' ? value[key] : undefined)
  const name = text('name')
  const harness = text('harness')
  const harnessVersion = text('harness_version')
  const model = text('model')
  return {
    ...(name === undefined ? {} : { name }),
    ...(harness === undefined ? {} : { harness }),
    ...(harnessVersion === undefined ? {} : { harnessVersion }),
    ...(model === undefined ? {} : { model }),
  }
}
