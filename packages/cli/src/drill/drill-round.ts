// One drill: a task of its own, its token, the same call twice through the gateway, the revocation, and then the same call until it is denied. A call that
// begins after control confirmed and is allowed all the same means that something between the agent and Bailiwick remembers decisions.
import type { Clock, JsonObject } from '@bailiwick/core'
import { isConfirmed } from '../commands/confirmed.ts'
import type { ClientCredential } from '../credentials/client-credential.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { textAt } from '../http/json.ts'
import type { CallOutcome } from './gateway-call.ts'

export type DrillRound =
  /** `ms`: from the confirmation to the end of the first call, which was denied. */
  | { readonly outcome: 'denied'; readonly ms: number; readonly reason: string; readonly taskId: string }
  /** `ms`: to the end of the first call that was denied; undefined where none was in time. */
  | { readonly outcome: 'allowed_after'; readonly allowed: number; readonly ms?: number; readonly taskId: string }
  /** Nothing was established. */
  | { readonly outcome: 'inconclusive'; readonly why: string; readonly taskId?: string }

export interface DrillDeps {
  readonly control: Endpoint
  readonly agents: Endpoint
  readonly client: string
  readonly credential: ClientCredential
  readonly resource: string
  readonly call: (token: string) => Promise<CallOutcome>
  readonly clock: Clock
  readonly pause: (ms: number) => Promise<void>
  /** How long a call may go on being allowed before the round ends. */
  readonly patienceMs: number
}

const LIFETIME_SECONDS = 300
const PAUSE_MS = 10
/** A decision that is cached at its second use is cached by now. */
export const CALLS_BEFORE = 2
const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'

/** Never rejects. The task ends with the round, however the round ends. */
export async function drillRound(deps: DrillDeps): Promise<DrillRound> {
  let taskId: string | undefined
  let ended = false
  try {
    const { body: made } = await deps.control.post('/v1/tasks', {
      agent: deps.client,
      resources: [deps.resource],
      purpose: 'revocation drill',
      expires_in: LIFETIME_SECONDS,
    })
    taskId = textAt(made, 'task', 'id')
    const taskToken = textAt(made, 'task_token')
    if (taskId === undefined || taskToken === undefined) return { outcome: 'inconclusive', why: 'control made no task' }
    const token = await exchange(deps, taskToken)
    if (token === undefined) return { outcome: 'inconclusive', why: 'no token was issued', taskId }
    for (let n = 0; n < CALLS_BEFORE; n++) {
      const before = await deps.call(token)
      if (before.kind !== 'allowed') return { outcome: 'inconclusive', why: `before the revocation ${told(before)}`, taskId }
    }
    ended = await revoke(deps, taskId)
    if (!ended) return { outcome: 'inconclusive', why: 'the revocation was not confirmed', taskId }
    return await untilDenied(deps, token, taskId)
  } catch (error) {
    return { outcome: 'inconclusive', why: error instanceof Error ? error.message : 'failed', ...(taskId === undefined ? {} : { taskId }) }
  } finally {
    if (taskId !== undefined && !ended) await revoke(deps, taskId).catch(() => false)
  }
}

async function exchange(deps: DrillDeps, taskToken: string): Promise<string | undefined> {
  const form = new URLSearchParams({
    grant_type: GRANT_TYPE,
    ...(await deps.credential.prove()),
    subject_token: taskToken,
    subject_token_type: JWT,
    audience: deps.resource,
  })
  return textAt((await deps.agents.post('/oauth2/token', form)).body, 'access_token')
}

/** No hold: the next drill is new work of the same agent. */
async function revoke({ control }: DrillDeps, taskId: string): Promise<boolean> {
  const request: JsonObject = { scope: { kind: 'task', id: taskId }, reason: 'revocation drill', hold: false }
  return isConfirmed(await control.post('/v1/revocations', request, [503]))
}

async function untilDenied({ call, clock, pause, patienceMs }: DrillDeps, token: string, taskId: string): Promise<DrillRound> {
  const confirmedMs = clock.monotonicMs()
  let allowed = 0
  for (;;) {
    const last = await call(token)
    const ms = clock.monotonicMs() - confirmedMs
    if (last.kind === 'denied' && isOfTheTask(last.reason))
      return allowed === 0 ? { outcome: 'denied', ms, reason: last.reason, taskId } : { outcome: 'allowed_after', allowed, ms, taskId }
    if (last.kind === 'allowed') allowed += 1
    if (ms >= patienceMs)
      return allowed > 0 ? { outcome: 'allowed_after', allowed, taskId } : { outcome: 'inconclusive', why: `after the revocation ${told(last)}`, taskId }
    await pause(PAUSE_MS)
  }
}

/** Any other denial (a store that is away, a deadline) says nothing of the revocation. */
function isOfTheTask(reason: string): boolean {
  return reason === 'task_revoked' || reason === 'cut_off' || reason.startsWith('status ')
}

function told(outcome: CallOutcome): string {
  switch (outcome.kind) {
    case 'allowed':
      return `the call was allowed (${outcome.status})`
    case 'denied':
      return `the call was denied: ${outcome.reason}`
    case 'failed':
      return outcome.why
  }
}
