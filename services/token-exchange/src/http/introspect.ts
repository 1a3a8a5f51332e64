// Door: `POST /oauth2/introspect` (RFC 7662). An inactive token is `{"active":false}` and nothing else, whatever made it so.
import type { IncomingMessage } from 'node:http'
import type { BailiwickConfig } from '@bailiwick/config'
import { ok } from '@bailiwick/core'
import type { Actor, JsonObject, Result } from '@bailiwick/core'
import type { RuntimeClaims } from '@bailiwick/tokens'
import type { TokenExchangeDeps } from '../deps.ts'
import { introspect } from '../introspection/introspect.ts'
import type { TokenFields } from '../introspection/introspect.ts'
import { maxRequestBytes } from './body-limits.ts'
import { credentialFields, readForm, sentAuthorization } from './form.ts'
import type { Handler } from './handler.ts'
import { oauthResponse } from './oauth-response.ts'
import { reply } from './reply.ts'
import { shownKeys } from './shown-keys.ts'

export function introspectDoor(deps: TokenExchangeDeps): Handler {
  return async (request, response) => {
    const fields = await decodeTokenFields(request, deps.config)
    const { decisionId, outcome } = await introspect(deps, fields)
    if (outcome.ok) reply(response, { status: 200, body: outcome.value === 'inactive' ? { active: false } : encode(outcome.value) })
    else reply(response, oauthResponse(outcome.denial, decisionId, sentAuthorization(request)))
  }
}

/** Introspection and revocation take the same parameters. */
export async function decodeTokenFields(request: IncomingMessage, config: BailiwickConfig): Promise<Result<TokenFields>> {
  const form = await readForm(request, maxRequestBytes(config.limits))
  if (!form.ok) return form
  return ok({ credentials: credentialFields(form.value, request), shown: shownKeys(request, config), token: form.value.one('token') })
}

function encode(claims: RuntimeClaims): JsonObject {
  return {
    active: true,
    iss: claims.iss,
    sub: claims.sub,
    sub_id: { ...claims.subId },
    aud: claims.aud,
    client_id: claims.clientId,
    jti: claims.jti,
    iat: claims.iat,
    exp: claims.exp,
    token_type: claims.cnf?.jkt === undefined ? 'Bearer' : 'DPoP',
    ...(claims.scope.length === 0 ? {} : { scope: claims.scope.join(' ') }),
    ...(claims.act === undefined ? {} : { act: encodeActor(claims.act) }),
    // The resource must ask for the proof itself; without this it would take a bound token for a bearer token.
    ...(claims.cnf === undefined ? {} : { cnf: { ...claims.cnf } }),
    task_id: claims.taskId,
    kep: [claims.kep.epoch, claims.kep.revision],
  }
}

function encodeActor({ sub, client_id: clientId, sub_profile: subProfile, act }: Actor): JsonObject {
  return {
    sub,
    ...(clientId === undefined ? {} : { client_id: clientId }),
    ...(subProfile === undefined ? {} : { sub_profile: subProfile }),
    ...(act === undefined ? {} : { act: encodeActor(act) }),
  }
}
