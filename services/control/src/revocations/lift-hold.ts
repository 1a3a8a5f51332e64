// The act of lifting a hold: by an identity that existed before the hold, and is neither its setter nor added by its setter.
// Lifting lets new work start again; it revives nothing.
import { deny, ok } from '@bailiwick/core'
import type { DecisionId, Result, Revocation, RevocationId } from '@bailiwick/core'
import type { Acknowledgement } from '@bailiwick/task-state'
import { askPolicy } from '../ask-policy.ts'
import type { Done } from '../answer-act.ts'
import type { Caller } from '../callers/caller.ts'
import type { ControlDeps } from '../deps.ts'

export interface Lifted {
  readonly revocation: Revocation
  readonly acknowledgement: Acknowledgement
}

export async function liftHold(deps: ControlDeps, caller: Caller, id: RevocationId, decisionId: DecisionId): Promise<Result<Done<Lifted>>> {
  if (caller.kind === 'operator' && !caller.rights.has('lift')) return deny({ reason: 'policy_denied', detail: 'operator_right_missing' })
  const found = await deps.store.findRevocation(id)
  // A user's cut-off holds sign-ins that carry no time, with or without a hold of its own.
  if (found === undefined || !(found.hold || found.scope.kind === 'user')) return deny({ reason: 'resource_unknown', detail: 'no_such_hold' })
  const fit = mayLift(caller, found)
  if (fit !== undefined) return deny({ reason: 'policy_denied', policyReason: fit, detail: 'second_operator_needed' })
  const attr = { kind: found.scope.kind, hold: true, set_by: found.setBy }
  const allowed = await askPolicy(deps, caller, { kind: 'bailiwick:revocation', id: `${found.scope.kind}:${found.scope.id}`, action: 'lift', attr }, decisionId)
  if (!allowed.ok) return allowed
  const done = await deps.store.liftHold(found.id, caller.sub, deps.clock.nowMs())
  if (!done.ok) return done
  const revocation = (await deps.store.findRevocation(found.id)) ?? found
  return ok({
    value: { revocation, acknowledgement: done.value },
    audit: { act: { revocation_id: found.id, lifted: true }, state: { revision: done.value.revision } },
  })
}

/** Why this caller may not lift this hold, or undefined. A setter who could make or be the second pair of eyes would be alone with the switch. */
function mayLift(caller: Caller, revocation: Revocation): string | undefined {
  if (caller.sub === revocation.setBy) return 'A hold is lifted by somebody other than who set it.'
  if (caller.kind === 'operator') {
    if (caller.addedBy === revocation.setBy) return 'A hold is not lifted by an operator whom its setter added.'
    if (caller.addedAtMs >= revocation.setAtMs) return 'A hold is lifted by an operator who was there before it.'
    return undefined
  }
  // A person is known since their token was issued at the latest; agents and launchers never lift.
  if (caller.kind === 'person') return undefined
  return 'A hold is lifted by an operator.'
}
