// Step: that an agent whose task's token is bound to a key holds that key now. One DPoP proof for this very request and this token, or the certificate of
// its connection. The proof is spent last, once everything else about the caller was found good. A token that is bound to nothing needs nothing.
import { deny, ok } from '@bailiwick/core'
import type { Result } from '@bailiwick/core'
import { checkHeld, targetUriOf, verifyDpopProof } from '@bailiwick/tokens'
import type { Confirmation } from '@bailiwick/tokens'
import type { ControlDeps } from '../deps.ts'
import type { ShownKeys } from './caller.ts'

type Deps = Pick<ControlDeps, 'config' | 'store'>

export async function verifyPossession(
  { config, store }: Deps,
  { bound, token, shown }: { readonly bound: Confirmation | undefined; readonly token: string; readonly shown: ShownKeys },
  nowSeconds: number,
): Promise<Result<void>> {
  if (bound === undefined) return ok(undefined)
  const [proof, ...others] = shown.dpop
  if (others.length > 0) return deny({ reason: 'proof_invalid', proof: 'dpop', detail: 'repeated' })
  // Agents reach the task calls under the issuer, whatever name and port this request came in under.
  const targetUri = targetUriOf(config.issuer, shown.path) ?? ''
  const verified = proof === undefined ? undefined : await verifyDpopProof(proof, { method: shown.method, targetUri, accessToken: token, nowSeconds })
  if (verified?.ok === false) return deny({ reason: 'proof_invalid', proof: 'dpop', detail: verified.problem })
  // Its client is known, and the token says which certificate: whoever signed it, its holder has the key.
  const held = checkHeld(bound, { jkt: verified?.jkt, certificate: shown.certificate?.thumbprint })
  if (!held.ok || verified === undefined) return held
  const first = await store.consumeOnce(verified.spendKey, verified.spendUntil, nowSeconds, verified.issuedAt)
  return first ? ok(undefined) : deny({ reason: 'proof_invalid', proof: 'dpop', detail: 'replayed' })
}
