// Whatever the Cerbos client threw, as one of the faults the contract names. The engine's own text stays in `cause`.
import { Fault } from '@bailiwick/core'
import { NotOK, Status } from '@cerbos/core'

const CODES: ReadonlyMap<Status, readonly [code: string, message: string]> = new Map([
  [Status.DEADLINE_EXCEEDED, ['pdp_timeout', 'the policy decision point did not answer in time']],
  [Status.INVALID_ARGUMENT, ['question_malformed', 'the policy decision point refused the question']],
  [Status.RESOURCE_EXHAUSTED, ['question_malformed', 'the policy decision point refused the question']],
  [Status.UNAVAILABLE, ['pdp_unreachable', 'the policy decision point is not reachable']],
  [Status.CANCELLED, ['pdp_unreachable', 'the policy decision point is not reachable']],
])

export function toFault(thrown: unknown, timedOut: boolean): Fault {
  if (thrown instanceof Fault) return thrown
  const status = timedOut ? Status.DEADLINE_EXCEEDED : thrown instanceof NotOK ? thrown.code : Status.UNKNOWN
  const [code, message] = CODES.get(status) ?? ['pdp_answer_malformed', 'the policy decision point gave no answer that can be read']
  return new Fault('policy', code, message, { cause: thrown })
}
