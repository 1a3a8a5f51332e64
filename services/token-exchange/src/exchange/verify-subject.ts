// Step: whose authority the subject token carries. Routed by what the token contains (its `typ` and `iss`), and the declared type must
// agree: one type, one profile, no fall-through to another verifier. Does NOT read the task, nor check who may use the token or holds its key.
import type { BailiwickConfig } from '@bailiwick/config'
import { deny, ok } from '@bailiwick/core'
import type { Denial, Result } from '@bailiwick/core'
import type { JwtSvidVerifier } from '@bailiwick/spiffe'
import { readIssuer, readTyp } from '@bailiwick/tokens'
import type { IssuerVerifier, KeyRing } from '@bailiwick/tokens'
import type { Caller, PresentedToken, VerifiedSubject } from './model.ts'

interface Deps {
  readonly config: Pick<BailiwickConfig, 'issuer'>
  readonly keys: KeyRing
  readonly issuers: IssuerVerifier
  readonly svids?: JwtSvidVerifier
}

export async function verifySubject(deps: Deps, presented: PresentedToken, caller: Caller, nowSeconds: number): Promise<Result<VerifiedSubject>> {
  const ours = readIssuer(presented.token) === deps.config.issuer
  const isTaskToken = readTyp(presented.token) === 'task+jwt'
  switch (presented.type) {
    case 'jwt':
      return isTaskToken ? await verifyTaskToken(deps, presented.token, nowSeconds) : await verifyWorkload(deps, presented.token, caller, nowSeconds)
    case 'access_token':
      if (isTaskToken) return invalid('task_token_as_access_token')
      return ours ? await verifyRuntimeToken(deps, presented.token, nowSeconds) : await verifyForeign(deps, presented.token, 'access_token', caller, nowSeconds)
    case 'id_token':
      if (ours || isTaskToken) return invalid('own_token_as_id_token')
      return await verifyForeign(deps, presented.token, 'id_token', caller, nowSeconds)
  }
}

async function verifyTaskToken(deps: Deps, token: string, nowSeconds: number): Promise<Result<VerifiedSubject>> {
  const verified = await deps.keys.verifyTaskToken(token, nowSeconds)
  return verified.ok ? ok({ grant: 'task_token', claims: verified.value }) : asSubject(verified.denial)
}

async function verifyRuntimeToken(deps: Deps, token: string, nowSeconds: number): Promise<Result<VerifiedSubject>> {
  const verified = await deps.keys.verifyRuntimeToken(token, nowSeconds)
  return verified.ok ? ok({ grant: 'runtime_token', claims: verified.value }) : asSubject(verified.denial)
}

async function verifyForeign(
  deps: Deps,
  token: string,
  type: 'id_token' | 'access_token',
  { client }: Caller,
  nowSeconds: number,
): Promise<Result<VerifiedSubject>> {
  const verified = await deps.issuers.verifySubjectToken(token, type, nowSeconds)
  if (!verified.ok) return asSubject(verified.denial)
  // Which client may exchange for whose users is configuration, and empty means nobody's.
  if (!client.actsFor.includes(verified.value.issuerAlias)) return deny({ reason: 'grant_not_allowed', detail: 'client_may_not_act_for_issuer' })
  return ok({ grant: 'user_token', identity: verified.value })
}

async function verifyWorkload(deps: Deps, token: string, { spiffeId }: Caller, nowSeconds: number): Promise<Result<VerifiedSubject>> {
  if (deps.svids === undefined) return invalid('no_trust_domain')
  const verified = await deps.svids.verify(token, [deps.config.issuer], nowSeconds)
  if (!verified.ok) return asSubject(verified.denial)
  // An SVID made for somebody else too can be replayed here by that somebody.
  if (new Set(verified.value.audiences).size !== 1) return invalid('svid_of_several_audiences')
  // Autonomous means: for itself. Another workload's SVID is not this caller's authority.
  if (spiffeId === undefined || verified.value.spiffeId !== spiffeId) return invalid('svid_of_another_workload')
  return ok({ grant: 'workload', spiffeId, expiresAt: verified.value.exp })
}

/** A bad token in the subject's place is a bad subject, not a bad bearer; only "expired" is worth telling apart. */
function asSubject(denial: Denial): Result<never> {
  if (denial.reason === 'token_expired' || denial.reason.endsWith('_unavailable')) return deny(denial)
  return invalid('detail' in denial && denial.detail !== undefined ? `${denial.reason} ${denial.detail}` : denial.reason)
}

function invalid(detail: string): Result<never> {
  return deny({ reason: 'subject_invalid', detail })
}
