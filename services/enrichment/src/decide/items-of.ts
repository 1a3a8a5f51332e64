// What the policy is asked about one call besides the call as it stands: the names in a list, and in place of arguments that do not fit whether the
// caller may know the tool at all, before anybody is told what the tool takes. No I/O.
import { ok } from '@bailiwick/core'
import type { Binding, LlmCall, McpCall, Resource, Result } from '@bailiwick/core'
import type { PolicyItem } from '@bailiwick/policy'
import type { RegisteredTools } from '@bailiwick/tool-schemas'
import { withinReach } from './check-binding.ts'
import { toListedItem, toPolicyItem } from './to-policy-question.ts'

/** Arguments that do not fit are not shown to the policy; in shadow mode, where they will pass, they are. */
export function itemOf(resource: Resource, call: McpCall | LlmCall, fits: Result<undefined>): Result<PolicyItem> {
  if (!fits.ok && resource.mode === 'enforce' && call.kind === 'mcp' && call.name !== undefined) return ok(toListedItem(resource, 'tools/list', call.name))
  return toPolicyItem(resource, call)
}

/**
 * Names to be judged one by one: those of an answer, or of a request for a list of pinned tools all that are pinned. Only what some call of this
 * task could use: a tool that is not pinned is none, whatever the server lists.
 */
export function namesToJudge(
  pinned: Pick<RegisteredTools, 'names'> | undefined,
  resource: Resource,
  call: McpCall | LlmCall,
  binding: Binding,
): readonly string[] {
  if (call.kind !== 'mcp' || call.method !== 'tools/list' || pinned === undefined) return withinReach(resource, call, binding)
  const known = pinned.names()
  const listed = call.listed === undefined ? known : call.listed.filter((name) => known.includes(name))
  return withinReach(resource, { ...call, listed }, binding)
}
