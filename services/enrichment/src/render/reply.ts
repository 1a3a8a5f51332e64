// The reply every renderer ends in: JSON that no cache may keep, with the decision id, and the RFC 6750 challenge where there is
// one. A header value is printable ASCII; in the challenge nothing needs quoting, because what would is left out.
import type { DecisionId, JsonValue } from '@bailiwick/core'
import { DPOP_ALGORITHMS } from '@bailiwick/tokens'
import type { RenderedReply } from './rendered-reply.ts'
import type { Situation } from './situation.ts'

// RFC 6750 section 3: printable ASCII without space, quote and backslash.
const QUOTABLE = /^[!#-[\]-~]{1,1000}$/
const MAX_SCOPES = 20
const SCOPE = /^[!#-[\]-~]{1,100}$/

/** `body` undefined: an empty one, without a content type. */
export function reply(
  status: number,
  decisionId: DecisionId,
  body: JsonValue | undefined,
  more: readonly (readonly [name: string, value: string])[] = [],
): RenderedReply {
  const text = body === undefined ? '' : JSON.stringify(body)
  return jsonReply(status, decisionId, text, more)
}

/** For bodies that carry source text of the caller's: `text` must be JSON, or empty. */
export function jsonReply(status: number, decisionId: DecisionId, text: string, more: readonly (readonly [name: string, value: string])[] = []): RenderedReply {
  const type: readonly (readonly [string, string])[] = text === '' ? [] : [['content-type', 'application/json']]
  return { status, headers: [...type, ['cache-control', 'no-store'], ['x-bailiwick-decision', decisionId], ...more], body: text }
}

/** `WWW-Authenticate` for a 401 or for a missing scope. RFC 6750 section 3.1: no error where no token was shown. */
export function challengeOf(
  situation: Extract<Situation, { kind: 'challenge' | 'scope' }>,
  resourceMetadataUrl: string | undefined,
): readonly (readonly [name: string, value: string])[] {
  const parameters: string[] = []
  // RFC 9728 section 5.1.
  if (resourceMetadataUrl !== undefined && QUOTABLE.test(resourceMetadataUrl)) parameters.push(`resource_metadata="${resourceMetadataUrl}"`)
  switch (situation.kind) {
    case 'challenge':
      if (situation.error !== undefined) parameters.push(`error="${situation.error}"`)
      // RFC 9449 section 7.1.
      if (situation.error === 'invalid_dpop_proof') return [['www-authenticate', `DPoP ${[...parameters, `algs="${DPOP_ALGORITHMS.join(' ')}"`].join(', ')}`]]
      break
    case 'scope': {
      parameters.push('error="insufficient_scope"')
      const scopes = situation.scopes.filter((scope) => SCOPE.test(scope)).slice(0, MAX_SCOPES)
      if (scopes.length > 0) parameters.push(`scope="${scopes.join(' ')}"`)
      break
    }
  }
  return [['www-authenticate', parameters.length === 0 ? 'Bearer' : `Bearer ${parameters.join(', ')}`]]
}
