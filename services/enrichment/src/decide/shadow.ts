// Shadow mode: which denials a resource under trial lets pass, recorded as what enforcing would have answered. Everything about who
// the caller is and whether the task lives is never among them.
import type { DenialReason, Resource } from '@bailiwick/core'

const PASSES: ReadonlySet<DenialReason> = new Set<DenialReason>([
  'policy_denied',
  'not_visible',
  'limit_exceeded',
  'arguments_invalid',
  'tool_unknown',
  'approval_required',
])

/** Only for calls at the deciding doors; the caller keeps enrichment out. */
export function passesInShadow(resource: Resource, reason: DenialReason): boolean {
  return resource.mode === 'shadow' && PASSES.has(reason)
}
