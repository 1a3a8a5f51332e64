// Door: `POST /oauth2/revoke` (RFC 7009). 200 means: confirmed ended, or nothing of ours to end. Not confirmed is 503 with Retry-After.
import type { TokenExchangeDeps } from '../deps.ts'
import { revokeToken } from '../revocation/revoke-token.ts'
import { sentAuthorization } from './form.ts'
import type { Handler } from './handler.ts'
import { decodeTokenFields } from './introspect.ts'
import { oauthResponse } from './oauth-response.ts'
import { reply } from './reply.ts'

export function revokeDoor(deps: TokenExchangeDeps): Handler {
  return async (request, response) => {
    const fields = await decodeTokenFields(request, deps.config)
    const { decisionId, outcome } = await revokeToken(deps, fields)
    if (outcome.ok) reply(response, { status: 200 })
    else reply(response, oauthResponse(outcome.denial, decisionId, sentAuthorization(request)))
  }
}
