// The acts of reading revocations: one by id with whether it is confirmed, or a page of them.
import { deny, ok } from '@bailiwick/core'
import type { DecisionId, Result, Revocation, RevocationId } from '@bailiwick/core'
import type { Acknowledgement, Page, RevokeInput } from '@bailiwick/task-state'
import { askPolicy } from '../ask-policy.ts'
import type { Done } from '../answer-act.ts'
import type { Caller } from '../callers/caller.ts'
import type { ControlDeps } from '../deps.ts'
import type { NodeAt, Nodes } from '../nodes/nodes.ts'
import type { Pursuit } from './pursuit.ts'

/** `asked`: still being tried, and not known to the store yet. Without an acknowledgement the store could not say whether it can be lost. */
export type RevocationNow =
  | { readonly stored: Revocation; readonly acknowledgement?: Acknowledgement; readonly nodes: readonly NodeAt[] }
  | { readonly asked: RevokeInput }

export async function readRevocation(
  deps: ControlDeps & { readonly pursuit: Pursuit; readonly nodes: Nodes },
  caller: Caller,
  id: RevocationId,
  decisionId: DecisionId,
): Promise<Result<Done<RevocationNow>>> {
  const stored = await deps.store.findRevocation(id)
  const asked = deps.pursuit.pending(id)
  const found = stored ?? asked
  if (found === undefined) return deny({ reason: 'resource_unknown', detail: 'no_such_revocation' })
  const attr = { kind: found.scope.kind, hold: found.hold, set_by: found.setBy }
  const allowed = await askPolicy(deps, caller, { kind: 'bailiwick:revocation', id: `${found.scope.kind}:${found.scope.id}`, action: 'read', attr }, decisionId)
  if (!allowed.ok) return allowed
  const audit = { act: { revocation_id: found.id } }
  if (stored === undefined) return asked === undefined ? deny({ reason: 'resource_unknown', detail: 'no_such_revocation' }) : ok({ value: { asked }, audit })
  const acknowledgement = await confirmAgain(deps, stored)
  const nodes = await deps.nodes.at(stored.revision)
  return ok({ value: { stored, nodes, ...(acknowledgement === undefined ? {} : { acknowledgement }) }, audit })
}

/**
 * Only the store can say whether what it holds can still be lost. Repeating an act under its own id does nothing new; it answers as it did, or
 * confirms what was not confirmed before.
 */
async function confirmAgain(deps: ControlDeps, { id, scope, reason, hold, setBy, setAtMs }: Revocation): Promise<Acknowledgement | undefined> {
  try {
    const again = await deps.store.revoke({ id, scope, reason, hold, setBy, atMs: setAtMs })
    return again.ok ? again.value : undefined
  } catch (thrown) {
    deps.log.warn({ err: thrown, revocation_id: id }, 'whether the revocation is confirmed could not be established')
    return undefined
  }
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
