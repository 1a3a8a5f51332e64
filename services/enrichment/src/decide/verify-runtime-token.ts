// The caller's runtime token: present once, ours, alive, for this resource. In that order.
// Does not look at the key it may be bound to, nor at the task: those are next.
import { deny } from '@bailiwick/core'
import type { Question, Resource, Result } from '@bailiwick/core'
import type { KeyRing, RuntimeClaims } from '@bailiwick/tokens'

export async function verifyRuntimeToken(
  { keys }: { readonly keys: Pick<KeyRing, 'verifyRuntimeToken'> },
  input: { readonly credential: Question['credential']; readonly resource: Resource },
  nowSeconds: number,
): Promise<Result<RuntimeClaims>> {
  const { credential, resource } = input
  if (credential.problem === 'repeated') return deny({ reason: 'token_invalid', detail: 'repeated_credential' })
  if (credential.token === undefined) return deny({ reason: 'token_missing', ...(credential.problem === undefined ? {} : { detail: credential.problem }) })
  // A task token ends here too: its `typ` is not that of a runtime token.
  const verified = await keys.verifyRuntimeToken(credential.token, nowSeconds)
  if (!verified.ok) return verified
  if (verified.value.aud !== resource.uri) return deny({ reason: 'wrong_resource' })
  return verified
}
