// The act of reading how the store stands: whether it answers, and whom it waits for after a failover.
import { denialOfFault, ok } from '@bailiwick/core'
import type { DecisionId, Result, Revision } from '@bailiwick/core'
import { askPolicy } from '../ask-policy.ts'
import type { Done } from '../answer-act.ts'
import type { Caller } from '../callers/caller.ts'
import type { ControlDeps } from '../deps.ts'

export interface StoreNow {
  /** Undefined while it does not answer; then `problem` says why, by its fault code. */
  readonly head?: { readonly storeId: string; readonly revision: Revision }
  readonly problem?: string
  /** Undefined where no other node shares the store. */
  readonly missing?: readonly string[]
}

export async function readStore(deps: ControlDeps, caller: Caller, decisionId: DecisionId): Promise<Result<Done<StoreNow>>> {
  const attr = { kind: 'everything', hold: false, set_by: caller.sub }
  const allowed = await askPolicy(deps, caller, { kind: 'bailiwick:revocation', id: 'everything:*', action: 'read', attr }, decisionId)
  if (!allowed.ok) return allowed
  const missing = deps.gate?.missing()
  return ok({ value: { ...(await headOf(deps)), ...(missing === undefined ? {} : { missing }) }, audit: {} })
}

async function headOf({ store }: ControlDeps): Promise<StoreNow> {
  try {
    return { head: await store.health() }
  } catch (thrown) {
    // A bug of ours is not told as a state of the store.
    const denial = denialOfFault(thrown)
    return { problem: denial.detail ?? denial.reason }
  }
}
