// What holds of recorded revocations in every store. Pure.
import { Fault } from '@bailiwick/core'
import type { Revocation } from '@bailiwick/core'
import type { RevokeInput } from './task-store.ts'

/** The same id for another act would acknowledge something that was never done. */
export function assertSameAct(stored: Revocation, input: RevokeInput): void {
  if (
    stored.scope.kind === input.scope.kind &&
    stored.scope.id === input.scope.id &&
    stored.hold === input.hold &&
    stored.holdScope?.id === input.holdScope?.id
  )
    return
  throw new Fault('state', 'revocation_conflict', 'another revocation with this id exists')
}

/** A user's cut-off can be lifted even without a hold: it holds sign-ins that carry no time. */
export function isLiftable(revocation: Revocation): boolean {
  return revocation.hold || revocation.scope.kind === 'user'
}
