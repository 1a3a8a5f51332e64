// What a door's reply says, in the one form the checker reads: an allow, a deny with its reason, or nothing that anybody could rely on.
import type { Passed } from '@bailiwick/kit/grpc-gateway'
import type { HttpAnswer, HttpOutcome } from './http.ts'

export interface DoorAnswer {
  readonly result: 'allow' | 'deny' | 'info'
  readonly reason?: string
  /** How the journal knows it; absent where the reply does not say. */
  readonly recordId?: string
  readonly digest?: string
  /** What the gateway in front of the resource makes of the reply; absent for doors without one. */
  readonly passed?: Passed
}

export const NOTHING: DoorAnswer = { result: 'info' }

export function isAnswer(outcome: HttpOutcome): outcome is HttpAnswer {
  return outcome !== undefined && outcome !== 'refused'
}

/** A deny that says why; anything else says nothing. */
export function refusal(reason: unknown): DoorAnswer {
  return typeof reason === 'string' ? { result: 'deny', reason } : NOTHING
}

export function reasonOf(reason: unknown): Pick<DoorAnswer, 'reason'> {
  return typeof reason === 'string' ? { reason } : {}
}

export function recordOf(id: unknown): Pick<DoorAnswer, 'recordId'> {
  return typeof id === 'string' ? { recordId: id } : {}
}
