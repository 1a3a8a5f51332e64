// Step: who calls. Three kinds of caller: an operator credential, a person's access token made for control,
// an authenticated client with or without a subject token. In order: shape, client, subject token, live task, its key, cut-offs and holds.
// Does NOT decide what the caller may do.
import { deny, ok } from '@bailiwick/core'
import type { Result } from '@bailiwick/core'
import type { ClientConfig } from '@bailiwick/config'
import { readIssuer, readTyp } from '@bailiwick/tokens'
import type { ClientProof, ForeignIdentity, RuntimeClaims, TaskClaims } from '@bailiwick/tokens'
import type { ControlDeps } from '../deps.ts'
import { OPERATOR_TOKEN_PREFIX } from '../operators/operator-registry.ts'
import { subOfClient } from './caller.ts'
import type { Caller, Presented, PresentedToken, ShownKeys } from './caller.ts'
import { verifyPossession } from './verify-possession.ts'

type Deps = Pick<ControlDeps, 'config' | 'clients' | 'issuers' | 'keys' | 'operators' | 'store'>

const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:'

export async function authenticateCaller(deps: Deps, presented: Presented, nowSeconds: number): Promise<Result<Caller>> {
  if (presented.proof !== undefined) {
    // Two ways to authenticate in one request: which one counted would be a guess (RFC 6749 section 2.3).
    if (presented.bearer !== undefined) return deny({ reason: 'request_malformed', detail: 'two_credentials' })
    return await authenticateClientCaller(deps, presented.proof, presented, nowSeconds)
  }
  if (presented.bearer === undefined) return deny({ reason: 'client_unauthenticated', detail: 'no_credential' })
  return presented.bearer.startsWith(OPERATOR_TOKEN_PREFIX)
    ? await authenticateOperator(deps, presented.bearer, presented.subjectToken, nowSeconds)
    : await authenticatePerson(deps, presented.bearer, presented.subjectToken, nowSeconds)
}

async function authenticateOperator(deps: Deps, bearer: string, subjectToken: PresentedToken | undefined, nowSeconds: number): Promise<Result<Caller>> {
  const entry = deps.operators.find(bearer)
  if (entry === undefined) return deny({ reason: 'client_unauthenticated', detail: 'operator_unknown' })
  const operator = {
    kind: 'operator',
    sub: `operator:${entry.name}`,
    rights: new Set(entry.rights),
    addedAtMs: entry.added_at_ms,
    addedBy: entry.added_by,
  } as const
  if (subjectToken === undefined) return ok(operator)
  const subject = await verifyForeign(deps, subjectToken, nowSeconds)
  return subject.ok ? ok({ ...operator, onBehalfOf: subject.value }) : subject
}

async function authenticatePerson(deps: Deps, bearer: string, subjectToken: PresentedToken | undefined, nowSeconds: number): Promise<Result<Caller>> {
  if (subjectToken !== undefined) return deny({ reason: 'request_malformed', detail: 'person_with_subject_token' })
  const verified = await deps.issuers.verifyControlToken(bearer, deps.config.control.audiences, nowSeconds)
  // Whatever was wrong with it, a bearer that proves nobody is a caller nobody authenticated.
  if (!verified.ok) return deny({ reason: 'client_unauthenticated', detail: verified.denial.reason })
  const { sub, iss, kind, subId, authenticatedAt, iat } = verified.value
  const subject = { sub, iss, kind, subId }
  // A person is outside task scopes, but a cut-off or hold of the user counts here too.
  const free = await deps.store.checkNewWork(
    { subject, actors: [], clients: [], resources: [], ...(authenticatedAt === undefined ? {} : { authenticatedAt }) },
    nowSeconds,
  )
  if (!free.ok) return free
  return ok({ kind: 'person', sub, subject, tokenIssuedAt: iat, ...(authenticatedAt === undefined ? {} : { authenticatedAt }) })
}

async function authenticateClientCaller(
  deps: Deps,
  proof: ClientProof,
  { subjectToken, shown }: Pick<Presented, 'subjectToken' | 'shown'>,
  nowSeconds: number,
): Promise<Result<Caller>> {
  const authenticated = await deps.clients.authenticate(proof, nowSeconds)
  if (!authenticated.ok) return authenticated
  const client = deps.config.clients.get(authenticated.value.clientId)
  if (client === undefined) return deny({ reason: 'client_unauthenticated', detail: 'client_unknown' })
  // A node reports, and does nothing else at control: see authenticate-node.ts.
  if (client.kind === 'node') return deny({ reason: 'client_unauthenticated', detail: 'node_as_caller' })
  const sub = subOfClient(client)
  if (subjectToken === undefined) return ok({ kind: 'client', sub, client })
  const own = await verifyOwn(deps, subjectToken, nowSeconds)
  if (own !== undefined) return own.ok ? await agentOfTask(deps, { client, claims: own.value, token: subjectToken.token, shown }, nowSeconds) : own
  const subject = await verifyForeign(deps, subjectToken, nowSeconds)
  return subject.ok ? ok({ kind: 'client', sub, client, onBehalfOf: subject.value }) : subject
}

/** Our own task or runtime token; undefined when the token does not claim to be ours. Told apart by what the token contains. */
async function verifyOwn(deps: Deps, presented: PresentedToken, nowSeconds: number): Promise<Result<TaskClaims | RuntimeClaims> | undefined> {
  const typ = readTyp(presented.token)
  if (typ === 'task+jwt') {
    if (presented.type !== `${TOKEN_TYPE}jwt`) return deny({ reason: 'subject_invalid', detail: 'token_type_mismatch' })
    return await asSubject(deps.keys.verifyTaskToken(presented.token, nowSeconds))
  }
  if (typ !== 'at+jwt' || readIssuer(presented.token) !== deps.config.issuer) return undefined
  if (presented.type !== `${TOKEN_TYPE}access_token`) return deny({ reason: 'subject_invalid', detail: 'token_type_mismatch' })
  return await asSubject(deps.keys.verifyRuntimeToken(presented.token, nowSeconds))
}

/** A bad token in the subject's place is a bad subject, not a bad bearer. */
async function asSubject<T>(verified: Promise<Result<T>>): Promise<Result<T>> {
  const result = await verified
  return result.ok ? result : deny({ reason: 'subject_invalid', detail: result.denial.reason })
}

interface InTask {
  readonly client: ClientConfig
  readonly claims: TaskClaims | RuntimeClaims
  readonly token: string
  readonly shown: ShownKeys
}

async function agentOfTask(deps: Deps, { client, claims, token, shown }: InTask, nowSeconds: number): Promise<Result<Caller>> {
  // A stolen task token is worth nothing to another client.
  if (claims.clientId !== client.id) return deny({ reason: 'actor_invalid', detail: 'token_of_another_client' })
  const standing = await deps.store.readStanding({ taskId: claims.taskId, kep: claims.kep, kid: claims.kid, jti: claims.jti, newWork: false, nowSeconds })
  if (!standing.ok) return standing
  const { task } = standing.value
  if (task.agent.clientId !== client.id || task.subject.sub !== claims.sub) return deny({ reason: 'actor_invalid', detail: 'task_of_another_agent' })
  const held = await verifyPossession(deps, { bound: claims.cnf, token, shown }, nowSeconds)
  if (!held.ok) return held
  return ok({ kind: 'agent', sub: subOfClient(client), client, standing: standing.value, ...(claims.cnf === undefined ? {} : { cnf: claims.cnf }) })
}

async function verifyForeign(deps: Deps, presented: PresentedToken, nowSeconds: number): Promise<Result<ForeignIdentity>> {
  const type = presented.type.startsWith(TOKEN_TYPE) ? presented.type.slice(TOKEN_TYPE.length) : ''
  if (type !== 'id_token' && type !== 'access_token') return deny({ reason: 'subject_invalid', detail: 'token_type_unsupported' })
  const verified = await deps.issuers.verifySubjectToken(presented.token, type, nowSeconds)
  if (!verified.ok) return verified.denial.reason === 'token_expired' ? deny({ reason: 'subject_invalid', detail: 'expired' }) : verified
  // A token that already names actors is a delegation of somebody else's making: flattening it would hide them.
  if (verified.value.act !== undefined || verified.value.mayAct !== undefined) return deny({ reason: 'subject_invalid', detail: 'carries_delegation' })
  return verified
}
