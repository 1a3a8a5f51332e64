// The runtime token of a call: as the client sent it, or as the gateway kept it where it strips what it verified. Claims in place of a
// token are not read. Verifies nothing.
import type { HeaderList, JsonObject, Question } from '@bailiwick/core'
import { bearerCredential } from './header-list.ts'

/** The namespace of a gateway's own metadata that is ours; `kept` below is what it holds. */
export const OUR_NAMESPACE = 'bailiwick'
const TOKEN_MEMBER = 'token'
const PROOF_MEMBER = 'dpop'

/** `unreadable`: there is such a namespace, and it is no object. */
export function keptCredential(kept: JsonObject | 'unreadable' | undefined, headers: HeaderList): Question['credential'] {
  const sent = bearerCredential(headers)
  if (kept === undefined) return sent
  if (kept === 'unreadable') return { problem: 'not_bearer' }
  const token = kept[TOKEN_MEMBER]
  if (token === undefined || token === null || token === '') return sent
  if (typeof token !== 'string') return { problem: 'not_bearer' }
  // The gateway strips what it verified; a different token beside it is one too many.
  return sent.problem === undefined && (sent.token === undefined || sent.token === token) ? { ...sent, token } : { problem: 'repeated' }
}

/** The DPoP proof where the gateway keeps it beside the token. Of a member that is no text nothing can be said but that there is one. */
export function keptProof(kept: JsonObject | 'unreadable' | undefined): string | undefined {
  const proof = kept === undefined || kept === 'unreadable' ? undefined : kept[PROOF_MEMBER]
  if (proof === undefined || proof === null || proof === '') return undefined
  return typeof proof === 'string' ? proof : 'unreadable'
}
