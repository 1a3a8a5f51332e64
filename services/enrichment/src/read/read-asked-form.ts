// A call as somebody who writes the whole question names it: in the words policies are asked in (Cerbos's API), or in those of COAZ-MCP
// (AuthZEN). It must be about this resource, byte for byte, and one of the actions we ask about; of the attributes only what belongs to the call
// itself is read. https://github.com/openid/authzen/blob/main/profiles/authzen-coaz-mcp-binding-1_0.md
import type { AskedForm, JsonObject, JsonValue, LlmOperation, McpForm, Resource, UnreadCall } from '@bailiwick/core'
import { isJsonArray, isJsonObject } from '@bailiwick/json'
import { isModelName } from './llm/model-name.ts'
import { NAMELESS_METHODS } from './mcp/nameless-methods.ts'
import { readMcpForm } from './mcp/read-mcp-form.ts'
import { refuse, refuseUnreadable, unreadable } from './read-outcome.ts'
import type { ReadOutcome } from './read-outcome.ts'

export const LLM_OPERATIONS: readonly LlmOperation[] = ['completion', 'embedding', 'image', 'rerank', 'moderation', 'speech', 'transcription']
const MAX_TOOLS = 512
const MAX_TOOL_LENGTH = 1024

export function readAskedForm(resource: Resource, form: AskedForm): ReadOutcome {
  const unread: UnreadCall = { kind: 'unread', resourceKind: resource.kind, method: form.action.slice(0, 128) }
  if (!isAbout(resource, form)) return refuse({ reason: 'resource_unknown', detail: 'not_of_this_resource' }, unread)
  if (resource.kind === 'llm') return readModelCall(form, unread)
  const message = form.form === 'kind' ? toMessage(resource, form) : coazMessage(form)
  return message === undefined ? refuse({ reason: 'method_unknown', detail: 'method' }, unread) : readMcpForm(message)
}

/** COAZ names the server only where the call is about all of it: `type: mcp_server` with the one audience of its tokens. */
function isAbout(resource: Resource, form: AskedForm): boolean {
  if (form.form === 'kind') return form.kind === `${resource.kind}:${resource.name}`
  return resource.kind === 'mcp' && (form.kind !== 'mcp_server' || form.id === resource.uri)
}

function readModelCall({ id, action, attr }: AskedForm, unread: UnreadCall): ReadOutcome {
  const operation = LLM_OPERATIONS.find((known) => known === action)
  if (operation === undefined) return refuse({ reason: 'method_unknown', detail: 'method' }, unread)
  if (!isModelName(id)) return refuseUnreadable(unreadable('not_a_request', 'model'), unread)
  const tools = toolNames(attr['tools'])
  const { stream = false } = attr
  if (tools === undefined || typeof stream !== 'boolean') return refuseUnreadable(unreadable('not_a_request', 'attributes'), unread)
  return { ok: true, call: { kind: 'llm', dialect: 'openai_chat', operation, model: id, tools, stream } }
}

/** Undefined for what is no list of names. */
export function toolNames(value: JsonValue | undefined): readonly string[] | undefined {
  if (value === undefined) return []
  if (!isJsonArray(value) || value.length > MAX_TOOLS) return undefined
  const names = value.filter((name) => typeof name === 'string' && name !== '' && name.length <= MAX_TOOL_LENGTH)
  return names.length === value.length ? [...new Set(names.filter((name) => typeof name === 'string'))] : undefined
}

const CALL = 'tools/call/'
const SEE = 'tools/list/'

function toMessage(resource: Resource, { id, action, attr }: AskedForm): McpForm | undefined {
  if (action === `${CALL}${id}`) return { form: 'mcp', method: 'tools/call', params: { name: id, ...argumentsIn(attr) }, ...seenOf(attr) }
  if (action === `${SEE}${id}`) return { form: 'mcp', method: 'tools/list', result: [id] }
  if (action.startsWith(CALL) || action.startsWith(SEE)) return undefined
  return id === resource.name ? aboutServer(action) : named(action, id, attr)
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'tool'],
  ['resources/read', 'resource'],
  ['resources/subscribe', 'resource'],
  ['resources/unsubscribe', 'resource'],
  ['prompts/get', 'prompt'],
  ['tasks/get', 'task'],
  ['tasks/result', 'task'],
  ['tasks/cancel', 'task'],
  ['tasks/update', 'task'],
])

function coazMessage({ kind, id, action, attr }: AskedForm): McpForm | undefined {
  if (kind === 'mcp_server') return aboutServer(action)
  if (action === 'tools/call' && kind === 'tool') return { form: 'mcp', method: action, params: { name: id, ...argumentsIn(attr) }, ...seenOf(attr) }
  if (action === 'completion/complete' && kind === 'prompt') return { form: 'mcp', method: action, params: { ref: { type: 'ref/prompt', name: id } } }
  if (action === 'completion/complete' && kind === 'resource') return { form: 'mcp', method: action, params: { ref: { type: 'ref/resource', uri: id } } }
  return TYPES.get(action) === kind ? named(action, id, attr) : undefined
}

function aboutServer(method: string): McpForm | undefined {
  return NAMELESS_METHODS.has(method) || method.startsWith('notifications/') ? { form: 'mcp', method } : undefined
}

function named(method: string, id: string, attr: JsonObject): McpForm | undefined {
  const type = TYPES.get(method)
  if (type === 'resource') return { form: 'mcp', method, params: { uri: id } }
  if (type === 'prompt') return { form: 'mcp', method, params: { name: id, ...argumentsIn(attr) } }
  return type === 'task' ? { form: 'mcp', method, params: { taskId: id } } : undefined
}

function argumentsIn(attr: JsonObject): JsonObject {
  const given = attr['arguments']
  return isJsonObject(given) ? { arguments: given } : {}
}

/** Who asks without arguments has not said that there are none. */
function seenOf(attr: JsonObject): Pick<McpForm, 'unseen'> {
  return isJsonObject(attr['arguments']) ? {} : { unseen: true }
}
