// The acts of reading revocations: one by id, or a page of them.
import { deny, ok } from '@bailiwick/core'
import type { DecisionId, Result, Revocation, RevocationId } from '@bailiwick/core'
import type { Page } from '@bailiwick/task-state'
import { askPolicy } from '../ask-policy.ts'
import type { Done } from '../answer-act.ts'
import type { Caller } from '../callers/caller.ts'
import type { ControlDeps } from '../deps.ts'

export async function readRevocation(
  deps: ControlDeps,
  caller: Caller,
  id: RevocationId | undefined,
  decisionId: DecisionId,
): Promise<Result<Done<Revocation>>> {
  const found = id === undefined ? undefined : await deps.store.findRevocation(id)
  if (found === undefined) return deny({ reason: 'resource_unknown', detail: 'no_such_revocation' })
  const attr = { kind: found.scope.kind, hold: found.hold, set_by: found.setBy }
  const allowed = await askPolicy(deps, caller, { kind: 'bailiwick:revocation', id: `${found.scope.kind}:${found.scope.id}`, action: 'read', attr }, decisionId)
  return allowed.ok ? ok({ value: found, audit: { act: { revocation_id: found.id } } }) : allowed
}

export async function listRevocations(
  deps: ControlDeps,
  caller: Caller,
  page: { readonly limit: number; readonly after?: string },
  decisionId: DecisionId,
): Promise<Result<Done<Page<Revocation>>>> {
  const allowed = await askPolicy(
    deps,
    caller,
    { kind: 'bailiwick:revocation', id: '*', action: 'read', attr: { kind: '*', hold: false, set_by: '*' } },
    decisionId,
  )
  if (!allowed.ok) return allowed
  const found = await deps.store.listRevocations(page)
  return ok({ value: found, audit: { act: { listed: found.items.length } } })
}
