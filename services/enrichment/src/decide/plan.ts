// The `plan` walk: on which resources an agent may do something, as a condition for whoever queries them. Its steps are those of `decide`, but no
// call is read and the policy answers with a condition:
//
//   authenticate gateway -> find resource -> verify runtime token and its proof -> read the question -> read task state -> refuse bound resources -> enrich
//   -> plan (Cerbos) -> audit (durable) -> re-read task state -> answer
//
// An allow here is leave to see the condition, not a decision about a call: who holds the condition applies it, with no task check of ours after it.
import { nowSeconds } from '@bailiwick/core'
import type { AskedForm, Decision, Denial, Question } from '@bailiwick/core'
import type { PolicyPlan } from '@bailiwick/policy'
import { authenticateGateway } from './authenticate-gateway.ts'
import { dependencyDeadline } from './dependency-deadline.ts'
import { enrichSubject } from './enrich-subject.ts'
import { findResource } from './find-resource.ts'
import { observe } from './observe.ts'
import { openFacts } from './open-facts.ts'
import type { Facts, WalkDeps } from './question.ts'
import { readTaskState } from './read-task-state.ts'
import { settle } from './settle.ts'
import { toPlanItem } from './to-plan-question.ts'
import { toPolicyQuestion } from './to-policy-question.ts'
import { unreadCall } from './unread-call.ts'
import { verifyPossession } from './verify-possession.ts'
import { verifyRuntimeToken } from './verify-runtime-token.ts'

/** What is asked about; `call.action` is only what the record names it by. */
export interface PlanQuestion extends Question {
  readonly call: AskedForm
  /** All must be allowed. Each once. */
  readonly actions: readonly string[]
}

export interface Planned {
  readonly decision: Decision
  /** Absent on a denial. Never `always_denied`: that is one. */
  readonly plan?: PolicyPlan
}

/** Never a rejection. For the door of Cerbos's API alone. */
export async function plan(deps: WalkDeps, question: PlanQuestion): Promise<Planned> {
  const facts = openFacts(deps, question, 'enrichment')
  let made: PolicyPlan | undefined
  const decision = await observe(deps, facts, () =>
    settle(deps, facts, async (_deps, _facts, lap) => {
      const judged = await judge(deps, facts, question, lap)
      if ('reason' in judged) return judged
      made = judged
      return undefined
    }),
  )
  return decision.effect === 'allow' && made !== undefined ? { decision, plan: made } : { decision }
}

async function judge(deps: WalkDeps, facts: Facts, question: PlanQuestion, lap: (stage: string) => void): Promise<PolicyPlan | Denial> {
  const gateway = authenticateGateway(deps, question.channel)
  if (!gateway.ok) return gateway.denial
  facts.gateway = gateway.value
  // A condition holds what the directory says of the subject; a loopback gateway gets verdicts alone.
  if (gateway.value.authentication.method === 'loopback') return { reason: 'gateway_unauthenticated', detail: 'loopback_gets_no_plan' }

  const found = findResource(deps, gateway.value, question.resourceHint)
  if (!found.ok) return found.denial
  const resource = found.value
  facts.resource = resource
  facts.call = unreadCall(question.call, resource.kind)

  const verified = await verifyRuntimeToken(deps, { credential: question.credential, resource }, nowSeconds(deps.clock))
  lap('token')
  if (!verified.ok) return verified.denial
  const claims = verified.value
  facts.claims = claims

  const possessed = await verifyPossession({ claims, gateway: gateway.value, resource, question }, nowSeconds(deps.clock))
  if (!possessed.ok) return possessed.denial
  facts.possessed = possessed.value

  const pinned = deps.tools.of(resource.name)
  const item = toPlanItem(resource, question.call, question.actions, (name) => pinned === undefined || pinned.names().includes(name))
  if (!item.ok) return item.denial

  const standing = await readTaskState(deps, { claims, resource }, nowSeconds(deps.clock))
  lap('state')
  if (!standing.ok) return standing.denial
  facts.standing = standing.value

  // A condition over attributes cannot compare them with the facts the task is tied to as code does.
  if (resource.bind !== undefined) return { reason: 'binding_mismatch', detail: 'not_for_bound_resources' }

  const deadline = dependencyDeadline(deps.clock, question.deadline)
  const enriched = await enrichSubject(deps, standing.value.task.subject, deadline)
  lap('profile')
  if (!enriched.ok) {
    if (enriched.also !== undefined) facts.also = enriched.also
    return enriched.denial
  }
  facts.enriched = enriched.value

  facts.asked = toPolicyQuestion([item.value], {
    decisionId: facts.id,
    claims,
    possessed: possessed.value,
    standing: standing.value,
    enriched: enriched.value,
    deadline,
  })
  const { principal, annotations } = facts.asked
  const { kind, attr } = item.value.resource
  const trace = facts.traceparent === undefined ? {} : { traceparent: facts.traceparent }
  const planned = await deps.decider.plan({ principal, annotations, kind, attr, actions: item.value.actions, deadline, ...trace })
  lap('policy')
  return planned.kind === 'always_denied' ? { reason: 'policy_denied' } : planned
}
