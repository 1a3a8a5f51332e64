// A tool call against what is pinned of its server: does the tool exist, do the arguments fit its input schema. In code and before the policy sees
// them. Where nothing is pinned nothing is checked. No I/O.
import { deny, ok } from '@bailiwick/core'
import type { Denial, LlmCall, McpCall, Resource, Result } from '@bailiwick/core'
import type { ToolRegistry } from '@bailiwick/tool-schemas'

export type Unfit = Extract<Denial, { reason: 'tool_unknown' | 'arguments_invalid' }>

export function checkArguments({ tools }: { readonly tools: Pick<ToolRegistry, 'of'> }, resource: Resource, call: McpCall | LlmCall): Result<undefined, Unfit> {
  const pinned = tools.of(resource.name)
  if (pinned === undefined || call.kind !== 'mcp' || call.method !== 'tools/call' || call.name === undefined) return ok(undefined)
  const { name, arguments: given = {} } = call
  // The door saw no body: whether they fit nobody can tell.
  const verdict = given === 'unseen' ? (pinned.check(name, {}) === 'unknown' ? 'unknown' : 'unseen') : pinned.check(name, given)
  if (verdict === undefined) return ok(undefined)
  if (verdict === 'unknown') return deny({ reason: 'tool_unknown', detail: 'not_pinned' })
  if (verdict === 'changed') return deny({ reason: 'tool_unknown', detail: 'changed_since_it_was_pinned' })
  if (verdict === 'unseen') return deny({ reason: 'arguments_invalid', pointers: [''], detail: 'arguments_unseen' })
  return deny({ reason: 'arguments_invalid', pointers: verdict.pointers, ...(verdict.tooCostly === true ? { detail: 'too_costly_to_check' } : {}) })
}

export function withoutPlaces(denial: Unfit): Unfit {
  return denial.reason === 'arguments_invalid' ? { ...denial, pointers: [] } : denial
}
