// What a plan asks, in the words policies know (docs/policies.md): one kind, actions of our table, and of the attributes only what belongs to a call.
// Everything else stays open, and is what the plan's condition is about. No I/O.
import { deny, ok } from '@bailiwick/core'
import type { AskedForm, JsonObject, Resource, Result } from '@bailiwick/core'
import { isJsonObject } from '@bailiwick/json'
import { policyKindOf } from '@bailiwick/policy'
import type { PolicyItem } from '@bailiwick/policy'
import { LLM_OPERATIONS, toolNames } from '../read/read-asked-form.ts'

const OF_ANY: ReadonlySet<string> = new Set(['resources/read', 'resources/subscribe', 'prompts/get', 'completion/complete', 'tasks/get', 'tasks/cancel'])
const CALL = 'tools/call/'
const SEE = 'tools/list/'
/** The place of the id in a plan: any. */
const ANY = '*'

/**
 * `actions`: what the caller asked, each once. A call of a tool asks as well whether it may be known, as everywhere. `isTool`: whether there is such a
 * tool at all, where that is pinned.
 */
export function toPlanItem(
  resource: Resource,
  form: Pick<AskedForm, 'kind' | 'attr'>,
  actions: readonly string[],
  isTool: (name: string) => boolean,
): Result<PolicyItem> {
  const kind = policyKindOf(resource)
  if (form.kind !== `${resource.kind}:${resource.name}`) return deny({ reason: 'resource_unknown', detail: 'not_of_this_resource' })
  if (resource.kind === 'llm') {
    if (!actions.every((action) => LLM_OPERATIONS.some((known) => known === action))) return deny({ reason: 'method_unknown', detail: 'method' })
    const attr = modelAttr(form.attr)
    return attr === undefined
      ? deny({ reason: 'body_unreadable', problem: 'not_a_request', detail: 'attributes' })
      : ok({ resource: { kind, id: ANY, attr }, actions })
  }
  const tools = [...new Set(actions.flatMap(toolOf))]
  if (tools.length === 0) return actions.every((action) => OF_ANY.has(action)) ? ok({ resource: { kind, id: ANY, attr: {} }, actions }) : unknownMethod()
  // Whose arguments would be meant, were it more than one?
  const [tool] = tools
  if (tool === undefined || tools.length > 1 || actions.some((action) => toolOf(action).length === 0)) return unknownMethod()
  if (!isTool(tool)) return deny({ reason: 'tool_unknown' })
  const attr = { tool, ...(isJsonObject(form.attr['arguments']) ? { arguments: form.attr['arguments'] } : {}) }
  return ok({ resource: { kind, id: ANY, attr }, actions: [...new Set([`${SEE}${tool}`, ...actions])] })
}

function toolOf(action: string): readonly string[] {
  const name = action.startsWith(CALL) ? action.slice(CALL.length) : action.startsWith(SEE) ? action.slice(SEE.length) : ''
  return name === '' ? [] : [name]
}

function modelAttr({ tools, stream }: JsonObject): JsonObject | undefined {
  const names = tools === undefined ? undefined : toolNames(tools)
  if ((tools !== undefined && names === undefined) || (stream !== undefined && typeof stream !== 'boolean')) return undefined
  return { dialect: 'openai_chat', ...(names === undefined ? {} : { tools: names }), ...(stream === undefined ? {} : { stream }) }
}

function unknownMethod(): Result<never> {
  return deny({ reason: 'method_unknown', detail: 'method' })
}
