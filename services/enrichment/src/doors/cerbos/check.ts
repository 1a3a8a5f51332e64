// CheckResources, for both ways it comes: each action is a decision of its own, and the answer is what Cerbos's clients read. Never throws.
import { create } from '@bufbuild/protobuf'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { deadlineIn, publicSentence } from '@bailiwick/core'
import type { Channel, Clock, Decision, Question } from '@bailiwick/core'
import { CheckResourcesResponseSchema, Effect, toValue } from '@bailiwick/wire'
import type { CheckResourcesRequest, CheckResourcesResponse, CheckResourcesResponse_ResultEntrySchema } from '@bailiwick/wire'
import { toVerdict } from '../asked-verdict.ts'
import type { AskedVerdict } from '../asked-verdict.ts'
import type { Via } from '../peer-proof.ts'
import { askedIn } from './decode.ts'
import type { AskedResource } from './decode.ts'

export interface CheckDeps {
  readonly via: Via
  readonly clock: Clock
  readonly decisionMs: number
  readonly decide: (question: Question) => Promise<Decision>
  /** Whether the walk will know this caller. */
  readonly isKnown: (channel: Channel) => boolean
}

export type Answered<T> =
  | { readonly ok: true; readonly response: T }
  | { readonly ok: false; readonly problem: 'unauthenticated' | 'malformed'; readonly message: string }

/** Where the reasons are: one output of this source for each action that is denied. */
const SOURCE = 'bailiwick'

/** `undefined` for a request that could not be read. */
export async function checkResources(deps: CheckDeps, channel: Channel, request: CheckResourcesRequest | undefined): Promise<Answered<CheckResourcesResponse>> {
  if (!deps.isKnown(channel)) return await refuseStranger(deps, channel)
  if (request === undefined) return { ok: false, problem: 'malformed', message: 'not a request' }
  const asked = askedIn(request)
  if (typeof asked === 'string') return { ok: false, problem: 'malformed', message: asked }
  const results = await Promise.all(asked.map((resource) => checkOne(deps, channel, resource)))
  return { ok: true, response: create(CheckResourcesResponseSchema, { requestId: request.requestId, results }) }
}

/** The walk refuses and counts it. */
async function refuseStranger(deps: CheckDeps, channel: Channel): Promise<Extract<Answered<never>, { ok: false }>> {
  const call = { form: 'kind', kind: '', id: '', action: '', attr: {} } as const
  const deadline = deadlineIn(deps.clock, deps.decisionMs)
  const decision = await deps.decide({ channel, resourceHint: { from: 'request' }, credential: {}, call, deadline })
  return { ok: false, problem: 'unauthenticated', message: publicSentence(decision.denial ?? { reason: 'gateway_unauthenticated' }) }
}

type Result = MessageInitShape<typeof CheckResourcesResponse_ResultEntrySchema>

async function checkOne(deps: CheckDeps, channel: Channel, { kind, id, policyVersion, scope, actions }: AskedResource): Promise<Result> {
  const verdicts = await Promise.all(
    actions.map(async ({ action, question }): Promise<readonly [string, AskedVerdict]> => [
      action,
      toVerdict(await deps.decide(question(channel, deadlineIn(deps.clock, deps.decisionMs))), id),
    ]),
  )
  return {
    resource: { kind, id, policyVersion, scope },
    actions: Object.fromEntries(verdicts.map(([action, { isAllowed }]) => [action, isAllowed ? Effect.ALLOW : Effect.DENY])),
    outputs: verdicts.flatMap(([action, { isAllowed, said }]) => (isAllowed ? [] : [{ src: SOURCE, action, val: toValue(said) }])),
  }
}
