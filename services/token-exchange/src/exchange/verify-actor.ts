// Step: that the authenticated client may act with this subject token. In order: an explicit actor token is the client's own JWT-SVID;
// a token of ours belongs to the client; a foreign token's `act` and `may_act` are not flattened away.
// Does NOT read the task: that it names this client as its agent is checked with the task.
import type { BailiwickConfig } from '@bailiwick/config'
import { deny, ok } from '@bailiwick/core'
import type { Result } from '@bailiwick/core'
import type { JwtSvidVerifier } from '@bailiwick/spiffe'
import type { ForeignIdentity } from '@bailiwick/tokens'
import type { Caller, PresentedToken, VerifiedActor, VerifiedSubject } from './model.ts'

interface Deps {
  readonly config: Pick<BailiwickConfig, 'issuer'>
  readonly svids?: JwtSvidVerifier
}

export async function verifyActor(
  deps: Deps,
  { subject, actor, caller }: { readonly subject: VerifiedSubject; readonly actor: PresentedToken | undefined; readonly caller: Caller },
  nowSeconds: number,
): Promise<Result<VerifiedActor>> {
  switch (subject.grant) {
    case 'task_token':
    case 'runtime_token':
      // A stolen token of ours is worth nothing to another client.
      if (subject.claims.clientId !== caller.client.id) return invalid('token_of_another_client')
      break
    case 'user_token': {
      const delegation = checkDelegation(deps, subject.identity, caller)
      if (!delegation.ok) return delegation
      break
    }
    case 'workload':
      if (actor !== undefined) return invalid('subject_acts_for_itself')
  }
  return actor === undefined ? ok({}) : await verifyActorToken(deps, actor, caller, nowSeconds)
}

async function verifyActorToken(deps: Deps, actor: PresentedToken, { spiffeId }: Caller, nowSeconds: number): Promise<Result<VerifiedActor>> {
  if (actor.type !== 'jwt' || spiffeId === undefined || deps.svids === undefined) return invalid('actor_token_unsupported')
  const verified = await deps.svids.verify(actor.token, [deps.config.issuer], nowSeconds)
  if (!verified.ok) return verified.denial.reason.endsWith('_unavailable') ? verified : invalid(verified.denial.reason)
  if (verified.value.spiffeId !== spiffeId) return invalid('actor_token_of_another_workload')
  if (new Set(verified.value.audiences).size !== 1) return invalid('actor_token_of_several_audiences')
  return ok({ expiresAt: verified.value.exp })
}

/** RFC 8693 section 4.4. Naming the client is necessary where `may_act` is present, never sufficient. */
function checkDelegation({ config }: Deps, { act, mayAct }: ForeignIdentity, caller: Caller): Result<void> {
  // The issued chain is the stored task's, which knows nothing of a foreign chain: accepting one would drop it.
  if (act !== undefined) return deny({ reason: 'subject_invalid', detail: mayAct === undefined ? 'foreign_act' : 'act_and_may_act' })
  if (mayAct === undefined || namesCaller(mayAct, caller, config.issuer)) return ok(undefined)
  return invalid('may_act_names_another')
}

function namesCaller(mayAct: unknown, { client, actsAs }: Caller, issuer: string): boolean {
  if (typeof mayAct !== 'object' || mayAct === null || Array.isArray(mayAct)) return false
  const said: { readonly sub?: unknown; readonly client_id?: unknown; readonly iss?: unknown } = mayAct
  if (said.client_id !== undefined && said.client_id !== client.id) return false
  // Without `iss` a name is in the foreign issuer's words, where a client of the same id may be somebody else: only the full `sub` will do.
  if (said.iss === undefined) return said.sub === actsAs
  if (said.iss !== issuer) return false
  return said.sub === undefined ? said.client_id === client.id : said.sub === actsAs || said.sub === client.id
}

function invalid(detail: string): Result<never> {
  return deny({ reason: 'actor_invalid', detail })
}
