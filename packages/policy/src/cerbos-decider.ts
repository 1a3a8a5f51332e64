// Decides by asking Cerbos over gRPC. Never retries, never caches, never answers for the engine.
//
// No answer is believed of an engine that has not shown, within the last second and on no broken connection since, that it rejects what
// the schemas refuse: the canaries ride in the same request as the question.
import { Fault, deadlineIn, remainingMs } from '@bailiwick/core'
import type { Clock, Deadline } from '@bailiwick/core'
import type { CheckResourcesRequest, CheckResourcesResponse } from '@cerbos/core'
import { GRPC } from '@cerbos/grpc'
import { judgeCanaries } from './canary.ts'
import { toFault } from './cerbos-fault.ts'
import { concealHiddenTools } from './conceal-hidden-tools.ts'
import type { Decider, DeciderDeps, PolicyAnswer, PolicyItem, PolicyPlan, PolicyPlanQuestion, PolicyQuestion } from './decider.ts'
import { toAnswers } from './from-cerbos.ts'
import { toPlan } from './from-cerbos-plan.ts'
import { assertAskable } from './question.ts'
import { toBatches, toPrincipalMessage, toValues } from './to-cerbos.ts'
import type { Batch } from './to-cerbos.ts'

export interface CerbosDeciderDeps extends DeciderDeps {
  /** `unix:/run/cerbos.sock` or `host:port`. Plaintext to a unix socket or a loopback host; every other host must show a valid certificate. */
  readonly address: string
}

/** How long an engine that answered the canaries is believed to be the same one. */
const CANARY_TTL_MS = 1_000
const HEALTH_TIMEOUT_MS = 1_000
/** The engine's own limit. */
const MAX_PLANNED_ACTIONS = 20

const CHANNEL_OPTIONS = {
  // A repeat would outlive the deadline it was given, and hides an engine that fails.
  'grpc.enable_retries': 0,
  // Decisions go where the configuration says, not where HTTP_PROXY does.
  'grpc.enable_http_proxy': 0,
  // After an outage the back-off would otherwise be at its height when the engine is back.
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.min_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 250,
  'grpc.enable_channelz': 0,
} as const

/** Connects when it is first asked. Whether the engine is there and fit, `health()` says. */
export function createCerbosDecider(deps: CerbosDeciderDeps): Decider {
  const { decide, plan, health, close } = createProbedDecider(deps)
  return { decide, plan, health, close }
}

export interface ProbedDecider extends Decider {
  /** As `health()`, with the fault itself. */
  probe(): Promise<Fault | undefined>
}

export function createProbedDecider({ address, clock }: CerbosDeciderDeps): ProbedDecider {
  const client = new GRPC(address, { tls: !isLocal(address), channelOptions: CHANNEL_OPTIONS })
  const trust = createTrust(clock)

  async function ask(question: PolicyQuestion): Promise<readonly PolicyAnswer[]> {
    const batches = toBatches(question, trust.isDue())
    const responses = await sendAll(
      client,
      batches.map(({ request }) => request),
      clock,
      question,
    ).catch((thrown: unknown) => {
      trust.lose()
      throw thrown
    })
    const answers = new Map<PolicyItem, PolicyAnswer>()
    for (const [place, batch] of batches.entries()) {
      for (const [item, answer] of answersOf(batch, responses[place], trust)) answers.set(item, answer)
    }
    return question.items.map((item) => answers.get(item) ?? unanswered())
  }

  async function decide(question: PolicyQuestion): Promise<readonly PolicyAnswer[]> {
    assertAskable(question)
    return await concealHiddenTools(question, await ask(question), ask)
  }

  async function plan(question: PolicyPlanQuestion): Promise<PolicyPlan> {
    const { principal, kind, attr, actions, annotations } = question
    // Asked about like one resource of that kind, as far as it can be told whether that can be asked at all.
    assertAskable({ ...question, items: [{ resource: { kind, id: '*', attr }, actions }] })
    if (actions.length > MAX_PLANNED_ACTIONS) throw new Fault('policy', 'question_malformed', 'too many actions for a plan')
    // Canaries cannot ride along here.
    if (trust.isDue()) await ask(healthQuestion(question.deadline))
    const request = {
      principal: toPrincipalMessage(principal),
      resource: { kind, attr: toValues(attr) },
      actions: [...actions],
      requestContext: { annotations: { ...annotations } },
    }
    try {
      return toPlan(await within(clock, question, (options) => client.planResources(request, options)))
    } catch (thrown) {
      trust.lose()
      throw thrown
    }
  }

  async function probe(): Promise<Fault | undefined> {
    trust.lose()
    try {
      await ask(healthQuestion(deadlineIn(clock, HEALTH_TIMEOUT_MS)))
      return undefined
    } catch (thrown) {
      return toFault(thrown, false)
    }
  }

  return {
    decide,
    plan,
    probe,
    health: async () => (await probe())?.message,
    close: () => {
      client.close()
      return Promise.resolve()
    },
  }
}

function answersOf(batch: Batch, response: CheckResourcesResponse | undefined, trust: Trust): ReadonlyMap<PolicyItem, PolicyAnswer> {
  if (response === undefined) return unanswered()
  if (batch.withCanaries) {
    const problem = judgeCanaries(response)
    if (problem !== undefined) {
      trust.lose()
      throw new Fault('policy', 'pdp_unfit', problem)
    }
    trust.win()
  }
  return toAnswers(batch.items, response)
}

function unanswered(): never {
  throw new Fault('policy', 'pdp_answer_malformed', 'an item was not answered')
}

/** All or nothing: one lost request makes the others' answers useless, so they are cut short too. */
async function sendAll(
  client: GRPC,
  requests: readonly CheckResourcesRequest[],
  clock: Clock,
  question: Pick<PolicyQuestion, 'deadline' | 'traceparent'>,
): Promise<readonly CheckResourcesResponse[]> {
  return await within(clock, question, (options) => Promise.all(requests.map((request) => client.checkResources(request, options))))
}

interface CallOptions {
  readonly signal: AbortSignal
  readonly headers?: Record<string, string>
}

/** @throws Fault for whatever went wrong, also that no time was left. */
async function within<T>(
  clock: Clock,
  { deadline, traceparent }: Pick<PolicyQuestion, 'deadline' | 'traceparent'>,
  call: (options: CallOptions) => Promise<T>,
): Promise<T> {
  const ms = remainingMs(clock, deadline)
  if (ms <= 0) throw new Fault('policy', 'pdp_timeout', 'no time was left to ask')
  const abort = new AbortController()
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    abort.abort()
  }, ms)
  try {
    return await call({ signal: abort.signal, ...(traceparent === undefined ? {} : { headers: { traceparent } }) })
  } catch (thrown) {
    const fault = toFault(thrown, timedOut)
    abort.abort()
    throw fault
  } finally {
    clearTimeout(timer)
  }
}

interface Trust {
  /** True when the next request has to carry the canaries. */
  isDue(): boolean
  win(): void
  lose(): void
}

function createTrust(clock: Clock): Trust {
  let wonAtMs: number | undefined
  return {
    isDue: () => wonAtMs === undefined || clock.monotonicMs() - wonAtMs >= CANARY_TTL_MS,
    win: () => {
      wonAtMs = clock.monotonicMs()
    },
    lose: () => {
      wonAtMs = undefined
    },
  }
}

/** Asks about nothing real: a kind no policy has. What counts are the canaries that ride along. */
function healthQuestion(deadline: Deadline): PolicyQuestion {
  return {
    principal: { id: 'bailiwick:health', roles: ['health'], attr: {} },
    items: [{ resource: { kind: 'bailiwick:health', id: 'health', attr: {} }, actions: ['check'] }],
    annotations: {},
    deadline,
  }
}

function isLocal(address: string): boolean {
  return address.startsWith('unix:') || /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]):\d{1,5}$/.test(address)
}
