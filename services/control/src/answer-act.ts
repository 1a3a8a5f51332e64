// The frame every act at control runs in: one decision id, deny until proved otherwise, faults become denials, one audit record.
// The act itself is a list of steps in its own file.
import { denialOfFault, deny, newDecisionId, nowSeconds } from '@bailiwick/core'
import type { DecisionId, Denial, Result } from '@bailiwick/core'
import type { AuditEntry, AuditKind } from '@bailiwick/audit'
import { auditedCaller } from './callers/audited-caller.ts'
import { authenticateCaller } from './callers/authenticate-caller.ts'
import type { Caller, Presented } from './callers/caller.ts'
import type { ControlDeps, ControlOptions } from './deps.ts'

/** What an act did, and what its record says beyond who and when. */
export interface Done<T> {
  readonly value: T
  readonly audit: Partial<AuditEntry>
}

export interface Act<T> {
  readonly kind: AuditKind
  readonly door: string
  readonly method: string
  readonly name?: string
  /** The act is in the store's ledger already, with who and why: hiding what became of it would leave an operator without the id to follow. */
  readonly answersUnrecorded?: boolean
  readonly run: (caller: Caller, decisionId: DecisionId, now: number) => Promise<Result<Done<T>>>
}

export type ActOutcome<T> =
  | { readonly ok: true; readonly decisionId: DecisionId; readonly value: T }
  | { readonly ok: false; readonly decisionId: DecisionId; readonly denial: Denial }

/**
 * Authenticates, runs the act, records it, answers. The record is durable before an allowed act's answer leaves; where it cannot be written, the answer
 * is `audit_unavailable`, although the act may have happened: the caller must ask what is, as after any unknown outcome. A revocation is the exception.
 */
export async function answerAct<T>(deps: ControlDeps, callers: ControlOptions['callers'], presented: Presented, act: Act<T>): Promise<ActOutcome<T>> {
  const beganMs = deps.clock.monotonicMs()
  const { plane, outcome } = await settleAct(deps, callers, presented, act)
  const denied = outcome.ok ? undefined : outcome.denial.reason
  deps.metrics.decided({ plane, effect: outcome.ok ? 'allow' : 'deny', reason: denied, ms: deps.clock.monotonicMs() - beganMs })
  return outcome
}

async function settleAct<T>(
  deps: ControlDeps,
  callers: ControlOptions['callers'],
  presented: Presented,
  act: Act<T>,
): Promise<{ readonly plane: AuditEntry['plane']; readonly outcome: ActOutcome<T> }> {
  const decisionId = newDecisionId(deps.clock.nowMs())
  let caller: Caller | undefined
  let result: Result<Done<T>>
  try {
    const authenticated = await authenticateCaller(deps, presented, nowSeconds(deps.clock))
    if (authenticated.ok && !callers.has(authenticated.value.kind)) {
      // A credential of another plane proves nothing here.
      result = deny({ reason: 'client_unauthenticated', detail: `${authenticated.value.kind}_on_this_plane` })
    } else if (authenticated.ok) {
      caller = authenticated.value
      result = await act.run(caller, decisionId, nowSeconds(deps.clock))
    } else result = authenticated
  } catch (thrown) {
    deps.log.warn({ decision_id: decisionId, err: thrown }, 'control act failed')
    result = { ok: false, denial: denialOfFault(thrown) }
  }
  const entry = entryOf(act, decisionId, caller, result)
  const { plane } = entry
  if (!result.ok && result.denial.reason === 'client_unauthenticated') {
    // Strangers are counted, not written one by one: a flood of them must not fill the space allows need.
    deps.journal.countRefusal(entry)
    return { plane, outcome: { ok: false, decisionId, denial: result.denial } }
  }
  try {
    await deps.journal.append(entry)
  } catch (thrown) {
    deps.log.error({ decision_id: decisionId, err: thrown }, 'audit record not written')
    if (result.ok && act.answersUnrecorded !== true) return { plane, outcome: { ok: false, decisionId, denial: denialOfFault(thrown) } }
  }
  return { plane, outcome: result.ok ? { ok: true, decisionId, value: result.value.value } : { ok: false, decisionId, denial: result.denial } }
}

function entryOf<T>(act: Act<T>, decisionId: DecisionId, caller: Caller | undefined, result: Result<Done<T>>): AuditEntry {
  const who = caller === undefined ? { plane: 'operators' as const } : auditedCaller(caller)
  return {
    kind: act.kind,
    decision_id: decisionId,
    door: act.door,
    ...who,
    action: { kind: 'control', method: act.method, ...(act.name === undefined ? {} : { name: act.name }) },
    ...(result.ok ? { effect: 'allow', ...result.value.audit } : { effect: 'deny', reason: result.denial.reason, ...spoken(result.denial) }),
  }
}

function spoken(denial: Denial): Pick<AuditEntry, 'detail' | 'policy_reason' | 'remediation'> {
  return {
    ...(denial.detail === undefined ? {} : { detail: denial.detail }),
    ...('policyReason' in denial && denial.policyReason !== undefined ? { policy_reason: denial.policyReason } : {}),
    ...('remediation' in denial && denial.remediation !== undefined ? { remediation: denial.remediation } : {}),
  }
}
