// `POST /oauth2/token-batch` as a function: who calls, for which task, which resources; and what came back, checked against what was asked.
// Also used for one resource: only the batch tells a refused resource from a refused task.
import { nowSeconds, parseTaskId } from '@bailiwick/core'
import type { Clock, TaskId } from '@bailiwick/core'
import { proofMembers, secretsOf } from './client-credential.ts'
import type { ClientCredential, ClientProof } from './client-credential.ts'
import { readDenial } from './denial.ts'
import type { DpopKey } from './dpop-key.ts'
import type { BailiwickDenial } from './denial.ts'
import { callEndpoint } from './endpoint.ts'
import type { EndpointDeps } from './endpoint.ts'
import { BailiwickDenied, BailiwickProtocolError } from './errors.ts'
import { isRecord, textIn } from './record.ts'
import { looksLikeJws, TOKEN_TYPE } from './token-types.ts'
import type { PresentedToken } from './token-types.ts'

export interface ExchangeDeps extends EndpointDeps {
  readonly issuer: string
  readonly client: ClientCredential
  readonly clock: Clock
  /** What the tokens are to be bound to. */
  readonly dpop: DpopKey | undefined
  /** The subject token of this agent's task; `proof` is the client's own of the same call. */
  readonly subjectOf: (proof: ClientProof) => PresentedToken
}

export interface AskedItem {
  /** The resource's URI. */
  readonly resource: string
  /** Space-separated, or empty for none. */
  readonly scope: string
}

export interface IssuedToken {
  readonly ok: true
  readonly resource: string
  readonly name: string | undefined
  readonly token: string
  readonly expiresInSeconds: number
  /** What was granted, which may be less than was asked. */
  readonly scope: string
}

export interface RefusedItem {
  readonly ok: false
  readonly resource: string
  readonly denial: BailiwickDenial
}

export type BatchItem = IssuedToken | RefusedItem

export interface BatchAnswer {
  readonly taskId: TaskId
  readonly items: readonly BatchItem[]
  /** Monotonic and wall time before the request left: what the lifetimes are counted from. */
  readonly sentAt: Instant
}

export interface Instant {
  readonly monotonicMs: number
  readonly wallMs: number
}

/** Longer than any token lives: what is above is no lifetime. */
const MAX_LIFETIME_SECONDS = 31 * 24 * 3_600

/** Half of what an assertion lives: beyond, a refusal of the client may be about its age alone. */
const STALE_PROOF_MS = 30_000

/** `taskId`: the task this agent is in, once it is known. The answer must then be for the same. */
export async function exchangeBatch(deps: ExchangeDeps, asked: readonly AskedItem[] | 'all', taskId: TaskId | undefined): Promise<BatchAnswer> {
  const startedAtMs = deps.clock.nowMs()
  try {
    return await exchangeOnce(deps, asked, taskId)
  } catch (thrown) {
    // A machine that slept between signing and sending shows an assertion that has expired; that is no word about the client.
    const aged = Math.abs(deps.clock.nowMs() - startedAtMs) >= STALE_PROOF_MS
    if (aged && thrown instanceof BailiwickDenied && thrown.reason === 'client_unauthenticated') return await exchangeOnce(deps, asked, taskId)
    throw thrown
  }
}

async function exchangeOnce(deps: ExchangeDeps, asked: readonly AskedItem[] | 'all', taskId: TaskId | undefined): Promise<BatchAnswer> {
  const { issuer, client, clock, dpop } = deps
  const proof = await client.prove(issuer, nowSeconds(clock))
  const subject = deps.subjectOf(proof)
  const sentAt = { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() }
  const path = '/oauth2/token-batch'
  const held = await dpop?.prove({ method: 'POST', url: `${deps.base}${path}`, nowSeconds: nowSeconds(clock) })
  const { body } = await callEndpoint(deps, {
    method: 'POST',
    path,
    ...(held === undefined ? {} : { headers: { dpop: held } }),
    body: {
      ...proofMembers(proof),
      subject_token: subject.token,
      subject_token_type: subject.type,
      // Without it, a workload's own SVID would start another task on every renewal.
      ...(taskId === undefined ? {} : { task_id: taskId }),
      items: asked === 'all' ? 'all' : asked.map(({ resource, scope }) => ({ resource, ...(scope === '' ? {} : { scope }) })),
    },
    secrets: [...secretsOf(proof), subject.token, ...(held === undefined ? [] : [held])],
  })
  const answeredTask = parseTaskId(body['task_id'])
  const items = Array.isArray(body['items']) ? body['items'].map((item: unknown) => readItem(item, dpop === undefined ? 'bearer' : 'dpop')) : undefined
  if (answeredTask === undefined || items === undefined) throw malformed('task_id and items')
  if (taskId !== undefined && answeredTask !== taskId) throw new BailiwickProtocolError('another_task', 'the token endpoint answered for another task')
  checkItems(items, asked)
  return { taskId: answeredTask, items, sentAt }
}

/** `wanted`: a bearer token in place of a bound one would be a loss nobody notices, and a bound one is of no use without its key. */
function readItem(value: unknown, wanted: 'bearer' | 'dpop'): BatchItem {
  const resource = isRecord(value) ? textIn(value, 'resource') : undefined
  if (!isRecord(value) || resource === undefined || resource === '') throw malformed('items[].resource')
  const denial = readDenial(value)
  if (denial !== undefined) return { ok: false, resource, denial }
  const token = value['access_token']
  const expiresInSeconds = value['expires_in']
  if (!looksLikeJws(token)) throw malformed('items[].access_token')
  if (textIn(value, 'token_type')?.toLowerCase() !== wanted) throw malformed('items[].token_type')
  if (textIn(value, 'issued_token_type') !== `${TOKEN_TYPE}access_token`) throw malformed('items[].issued_token_type')
  if (typeof expiresInSeconds !== 'number' || !Number.isSafeInteger(expiresInSeconds) || expiresInSeconds < 0 || expiresInSeconds > MAX_LIFETIME_SECONDS)
    throw malformed('items[].expires_in')
  return { ok: true, resource, name: textIn(value, 'resource_name'), token, expiresInSeconds, scope: textIn(value, 'scope') ?? '' }
}

/** A token for another resource than the one asked for would be sent there. */
function checkItems(items: readonly BatchItem[], asked: readonly AskedItem[] | 'all'): void {
  if (new Set(items.map(({ resource }) => resource)).size !== items.length) throw malformed('items[].resource, each once')
  if (asked === 'all') return
  if (items.length !== asked.length || !items.every(({ resource }, at) => resource === asked[at]?.resource)) throw malformed('the items asked for')
}

function malformed(expected: string): BailiwickProtocolError {
  return new BailiwickProtocolError('answer_malformed', `the token endpoint's answer lacks ${expected}`)
}
