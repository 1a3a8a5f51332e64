// The act of answering again after a failover although nodes are missing. Only an operator, with the right to lift: what a missing node alone recorded, and
// was never confirmed, may live again.
import { deny, ok } from '@bailiwick/core'
import type { DecisionId, JsonObject, Result } from '@bailiwick/core'
import { askPolicy } from '../ask-policy.ts'
import type { Done } from '../answer-act.ts'
import type { Caller } from '../callers/caller.ts'
import type { ControlDeps } from '../deps.ts'

export interface GateOverridden {
  readonly storeId: string
  readonly epoch: number
  /** Nodes that had not put back what they recorded. */
  readonly missing: readonly string[]
}

const FIELDS = new Set(['reason'])
const MAX_REASON = 512

export async function overrideGate(deps: ControlDeps, caller: Caller, body: JsonObject, decisionId: DecisionId): Promise<Result<Done<GateOverridden>>> {
  for (const key of Object.keys(body)) if (!FIELDS.has(key)) return deny({ reason: 'request_malformed', detail: `unknown_field ${key.slice(0, 32)}` })
  const reason = body['reason']
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > MAX_REASON) return deny({ reason: 'request_malformed', detail: 'reason' })
  if (caller.kind !== 'operator') return deny({ reason: 'policy_denied', policyReason: 'The gate is overridden by an operator.', detail: 'operator_needed' })
  if (!caller.rights.has('lift')) return deny({ reason: 'policy_denied', detail: 'operator_right_missing' })
  const attr = { kind: 'everything', hold: false, set_by: caller.sub }
  const allowed = await askPolicy(deps, caller, { kind: 'bailiwick:revocation', id: 'everything:*', action: 'override_gate', attr }, decisionId)
  if (!allowed.ok) return allowed
  const missing = deps.gate?.missing() ?? []
  // Overriding ahead of time would open the gate for a failure nobody has looked at yet.
  if (deps.gate === undefined || missing.length === 0) return deny({ reason: 'resource_unknown', detail: 'nobody_is_waited_for' })
  const { storeId, epoch } = await deps.gate.overrideGate(caller.sub, deps.clock.nowMs())
  return ok({
    value: { storeId, epoch, missing },
    audit: { act: { gate_overridden: true, store_id: storeId, epoch, missing: [...missing], reason } },
  })
}
