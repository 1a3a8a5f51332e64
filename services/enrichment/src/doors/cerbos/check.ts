// CheckResources, for both ways it comes: each action is a decision of its own, and the answer is what Cerbos's clients read. Never throws.
import { create } from '@bufbuild/protobuf'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { publicSentence } from '@bailiwick/core'
import type { AskedQuestion, Channel, Deadline, Decision, Question, Result as Outcome } from '@bailiwick/core'
import { CheckResourcesResponseSchema, Effect, toValue } from '@bailiwick/wire'
import type { CheckResourcesResponse, CheckResourcesResponse_ResultEntrySchema } from '@bailiwick/wire'
import { toVerdict } from '../asked-verdict.ts'
import type { AskedVerdict } from '../asked-verdict.ts'
import { undecoded } from '../decoding.ts'
import type { DeadlineFor } from '../decoding.ts'
import type { Via } from '../peer-proof.ts'
import type { Asked, AskedResource } from './decode.ts'

export interface CheckDeps {
  readonly via: Via
  readonly deadlineFor: DeadlineFor
  readonly decide: (question: Question) => Promise<Decision>
  /** Whether the walk will know this caller. */
  readonly isKnown: (channel: Channel) => boolean
}

export type Answered<T> =
  | { readonly ok: true; readonly response: T }
  | { readonly ok: false; readonly problem: 'unauthenticated' | 'malformed'; readonly message: string }

/** Where the reasons are: one output of this source for each action that is denied. */
const SOURCE = 'bailiwick'

/** `decode` is not called for a stranger. */
export async function checkResources(
  deps: CheckDeps,
  channel: Channel,
  deadline: Deadline,
  decode: () => Outcome<Asked> | Promise<Outcome<Asked>>,
): Promise<Answered<CheckResourcesResponse>> {
  const asked = await askedOf(deps, channel, deadline, decode)
  if (!asked.ok) return asked
  const { requestId, resources } = asked.value
  const results = await Promise.all(resources.map((resource) => checkOne(deps, channel, deadline, resource)))
  return { ok: true, response: create(CheckResourcesResponseSchema, { requestId, results }) }
}

type Refused = Extract<Answered<never>, { ok: false }>

/** What is asked, of either kind of request; or what its sender is told instead. */
export async function askedOf<T extends { readonly ok: true }>(
  deps: CheckDeps,
  channel: Channel,
  deadline: Deadline,
  decode: () => Decoding<T> | Promise<Decoding<T>>,
): Promise<{ readonly ok: true; readonly value: T } | Refused> {
  if (!deps.isKnown(channel)) return { ok: false, problem: 'unauthenticated', message: await refused(deps, { ...STRANGERS, channel, deadline }) }
  const decoded = await decode()
  if (!decoded.ok) return { ok: false, problem: 'malformed', message: await refused(deps, { ...undecoded(decoded.denial), channel, deadline }) }
  const { value } = decoded
  return value.ok ? { ok: true, value } : { ok: false, problem: 'malformed', message: value.problem }
}

type Decoding<T> = Outcome<T | { readonly ok: false; readonly problem: string }>

/** Nothing of the request but who did not prove to be a gateway: the walk refuses and counts it. */
const STRANGERS: AskedQuestion = { resourceHint: { from: 'request' }, credential: {}, call: { form: 'kind', kind: '', id: '', action: '', attr: {} } }

/** What the walk says of a question it cannot but refuse. */
async function refused(deps: CheckDeps, question: Question): Promise<string> {
  const { denial } = await deps.decide(question)
  return publicSentence(denial ?? { reason: 'state_unavailable' })
}

type Result = MessageInitShape<typeof CheckResourcesResponse_ResultEntrySchema>

async function checkOne(deps: CheckDeps, channel: Channel, deadline: Deadline, { kind, id, policyVersion, scope, actions }: AskedResource): Promise<Result> {
  const verdicts = await Promise.all(
    actions.map(async ({ action, question }): Promise<readonly [string, AskedVerdict]> => [
      action,
      toVerdict(await deps.decide({ ...question, channel, deadline }), id),
    ]),
  )
  return {
    resource: { kind, id, policyVersion, scope },
    actions: Object.fromEntries(verdicts.map(([action, { isAllowed }]) => [action, isAllowed ? Effect.ALLOW : Effect.DENY])),
    outputs: verdicts.flatMap(([action, { isAllowed, said }]) => (isAllowed ? [] : [{ src: SOURCE, action, val: toValue(said) }])),
  }
}
