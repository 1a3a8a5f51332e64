// Whether the keys somebody proved to hold are those a token is bound to. Every key it names, each the same. Pure; verifies no proof.
import { deny, ok } from '@bailiwick/core'
import type { Result } from '@bailiwick/core'
import type { Confirmation } from '../claims.ts'

export interface HeldKeys {
  /** Of a verified DPoP proof. */
  readonly jkt: string | undefined
  /** `x5t#S256` of a certificate the TLS layer has verified. */
  readonly certificate: string | undefined
}

/** Denials: `proof_missing`, `proof_invalid`. A token that is bound to nothing needs nothing. */
export function checkHeld(bound: Confirmation | undefined, held: HeldKeys): Result<void> {
  const { jkt, x5t } = { jkt: bound?.jkt, x5t: bound?.['x5t#S256'] }
  if (jkt !== undefined && held.jkt === undefined) return deny({ reason: 'proof_missing', proof: 'dpop', detail: 'bound_subject_token' })
  if (jkt !== undefined && held.jkt !== jkt) return deny({ reason: 'proof_invalid', proof: 'dpop', detail: 'another_key' })
  if (x5t !== undefined && held.certificate === undefined) return deny({ reason: 'proof_missing', proof: 'mtls', detail: 'bound_subject_token' })
  if (x5t !== undefined && held.certificate !== x5t) return deny({ reason: 'proof_invalid', proof: 'mtls', detail: 'another_certificate' })
  return ok(undefined)
}
