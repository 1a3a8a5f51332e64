// The Cerbos kind of a configured resource. Cerbos folds `-`, `_`, `:` and `.` in kinds, so `mcp:pay-roll` and `mcp:pay_roll` share
// one policy; the configuration refuses two resources whose names fold together.
import type { Resource } from '@bailiwick/core'

/** `mcp:payments`, `llm:models`. Does not check that a policy of that kind exists: an unknown kind is a deny. */
export function policyKindOf(resource: Pick<Resource, 'kind' | 'name'>): string {
  return `${resource.kind}:${resource.name}`
}
