// Door: `POST /oauth2/token`, RFC 8693 with `task_id`. Decodes the form, asks the walk, encodes its answer; holds no rule.
// `scope` is in the answer whenever one was granted: the caller then sees what it got, also where it asked for more.
import type { IncomingMessage } from 'node:http'
import type { BailiwickConfig } from '@bailiwick/config'
import { ok } from '@bailiwick/core'
import type { JsonObject, Result } from '@bailiwick/core'
import type { TokenExchangeDeps } from '../deps.ts'
import { exchange } from '../exchange/exchange.ts'
import type { Issued, RequestFields, Signed } from '../exchange/model.ts'
import { TOKEN_TYPE } from '../exchange/parse-request.ts'
import { maxRequestBytes } from './body-limits.ts'
import { credentialFields, readForm, sentAuthorization } from './form.ts'
import type { Handler } from './handler.ts'
import { oauthResponse } from './oauth-response.ts'
import { reply } from './reply.ts'
import { shownKeys } from './shown-keys.ts'

export function tokenDoor(deps: TokenExchangeDeps): Handler {
  return async (request, response) => {
    const fields = await decode(request, deps.config)
    const { decisionId, outcome } = await exchange(deps, { door: 'token', fields })
    const only = outcome.ok ? encode(outcome.value) : undefined
    if (only !== undefined) reply(response, { status: 200, body: only })
    else if (!outcome.ok) reply(response, oauthResponse(outcome.denial, decisionId, sentAuthorization(request)))
    // An answer without its one token cannot be: the walk refuses first. If it ever could, it is a refusal.
    else reply(response, oauthResponse({ reason: 'state_unavailable', detail: 'internal_error' }, decisionId))
  }
}

async function decode(request: IncomingMessage, config: BailiwickConfig): Promise<Result<RequestFields>> {
  const form = await readForm(request, maxRequestBytes(config.limits), ['resource', 'audience'])
  if (!form.ok) return form
  const { one, many } = form.value
  return ok({
    grantType: one('grant_type'),
    credentials: credentialFields(form.value, request),
    shown: shownKeys(request, config),
    subjectToken: one('subject_token'),
    subjectTokenType: one('subject_token_type'),
    actorToken: one('actor_token'),
    actorTokenType: one('actor_token_type'),
    requestedTokenType: one('requested_token_type'),
    taskId: one('task_id'),
    targets: { kind: 'one', resources: many('resource'), audiences: many('audience'), scope: one('scope') },
  })
}

function encode({ items, nowSeconds, taskId }: Issued): JsonObject | undefined {
  const [only] = items
  return items.length === 1 && only?.outcome.ok === true ? { ...tokenFields(only.outcome.value, nowSeconds), task_id: taskId } : undefined
}

export function tokenFields({ token, expiresAt, scope, cnf }: Signed, nowSeconds: number): JsonObject {
  return {
    access_token: token,
    issued_token_type: `${TOKEN_TYPE}access_token`,
    // A token bound to a certificate is shown like any other (RFC 8705 section 3).
    token_type: cnf?.jkt === undefined ? 'Bearer' : 'DPoP',
    expires_in: Math.max(0, expiresAt - nowSeconds),
    ...(scope.length === 0 ? {} : { scope: scope.join(' ') }),
  }
}
