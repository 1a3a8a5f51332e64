// The `decide` walk: every step of a gateway's question, in order. It starts from deny, and only the last step can make it an allow.
//
//   authenticate gateway -> find resource -> verify runtime token -> verify possession -> read call -> read task state
//   -> to its server's own name -> check binding -> check arguments -> enrich -> evaluate -> audit (durable) -> spend the proof
//   -> re-read task state -> answer
//
// A denial is a value a step returns; a fault is caught here, once, and becomes a deny. `settle` holds the end of the walk.
import { nowSeconds } from '@bailiwick/core'
import type { Decision, Denial, LlmCall, Question } from '@bailiwick/core'
import { withTraceparent } from '@bailiwick/policy'
import type { PolicyQuestion } from '@bailiwick/policy'
import { readToAnswer } from '../read/read-to-answer.ts'
import { authenticateGateway } from './authenticate-gateway.ts'
import { checkArguments, withoutPlaces } from './check-arguments.ts'
import { checkBinding } from './check-binding.ts'
import { conceal, showable } from './conceal.ts'
import { dependencyDeadline } from './dependency-deadline.ts'
import { enrichSubject } from './enrich-subject.ts'
import { evaluate } from './evaluate.ts'
import { dropTools } from './drop-tools.ts'
import { findResource } from './find-resource.ts'
import { observe } from './observe.ts'
import { openFacts } from './open-facts.ts'
import { itemOf, namesToJudge } from './items-of.ts'
import type { Facts, WalkDeps } from './question.ts'
import { readTaskState } from './read-task-state.ts'
import { settle } from './settle.ts'
import { toOwnName } from './to-own-name.ts'
import { asksPolicy, toListedItems, toPolicyQuestion } from './to-policy-question.ts'
import { unreadCall } from './unread-call.ts'
import { verifyPossession } from './verify-possession.ts'
import { verifyRuntimeToken } from './verify-runtime-token.ts'

export interface Enrichment {
  readonly decision: Decision
  /** What Cerbos would be asked; absent on a denial, and for calls that ask no policy. */
  readonly request?: PolicyQuestion
}

/** One question, one decision, never a rejection. The deadline is the door's. */
export function decide(deps: WalkDeps, question: Question): Promise<Decision> {
  const facts = openFacts(deps, question, 'decision')
  return observe(deps, facts, () => settle(deps, facts, judge))
}

/** Every step but evaluate. For `/v1/enrich` alone: an allow here is leave to see the request, not a decision about the call. */
export async function enrich(deps: WalkDeps, question: Question): Promise<Enrichment> {
  const facts = openFacts(deps, question, 'enrichment')
  const decision = await observe(deps, facts, () => settle(deps, facts, judge))
  return decision.effect === 'allow' && facts.asked !== undefined ? { decision, request: facts.asked } : { decision }
}

/** Undefined means that nothing stands against the call so far. */
async function judge(deps: WalkDeps, facts: Facts, lap: (stage: string) => void): Promise<Denial | undefined> {
  const { question } = facts
  const gateway = authenticateGateway(deps, question.channel)
  if (!gateway.ok) return gateway.denial
  facts.gateway = gateway.value
  // Nothing of it is known, the resource neither.
  if (question.call.form === 'undecoded') return question.call.denial

  const found = findResource(deps, gateway.value, question.resourceHint)
  if (!found.ok) return found.denial
  const resource = found.value
  facts.resource = resource
  facts.call = unreadCall(question.call, resource.kind)

  const verified = await verifyRuntimeToken(deps, { credential: question.credential, resource }, nowSeconds(deps.clock))
  lap('token')
  if (!verified.ok) {
    facts.call = { ...facts.call, ...readToAnswer(resource, question.call) }
    return verified.denial
  }
  const claims = verified.value
  facts.claims = claims

  const possessed = await verifyPossession({ claims, gateway: gateway.value, resource, question }, nowSeconds(deps.clock))
  if (claims.cnf !== undefined) lap('proof')
  if (!possessed.ok) {
    facts.call = { ...facts.call, ...readToAnswer(resource, question.call) }
    return possessed.denial
  }
  facts.possessed = possessed.value

  const read = await deps.reader.read(resource, question.call, question.deadline)
  lap('read')
  if (!read.ok) {
    facts.call = read.unread
    return read.denial
  }
  facts.call = read.call

  const standing = await readTaskState(deps, { claims, resource }, nowSeconds(deps.clock))
  lap('state')
  if (!standing.ok) return standing.denial
  facts.standing = standing.value

  const own = toOwnName(gateway.value, question.channel.door, resource, read.call)
  if (!own.ok && resource.mode === 'enforce') return own.denial
  const call = own.ok ? own.value : read.call
  facts.call = call

  // Who asks Cerbos itself would not compare the arguments with the binding.
  if (facts.kind === 'enrichment' && resource.bind !== undefined) return { reason: 'binding_mismatch', detail: 'not_for_bound_resources' }
  const bound = checkBinding(resource, call, standing.value.task.binding)
  if (!bound.ok) return bound.denial

  const fits = own.ok ? checkArguments(deps, resource, call) : own
  // A tool nobody pinned has nothing to hide, so the policy is not asked of it. In shadow mode every later step runs all the same.
  if (!fits.ok && resource.mode === 'enforce' && fits.denial.reason === 'tool_unknown') return fits.denial
  // Who asks the policy itself is not told here what a tool takes that it may hide.
  if (!fits.ok && facts.kind === 'enrichment') return withoutPlaces(fits.denial)

  if (!asksPolicy(call)) return undefined
  const item = itemOf(resource, call, fits)
  if (!item.ok) return item.denial

  const deadline = dependencyDeadline(deps.clock, question.deadline)
  const enriched = await enrichSubject(deps, standing.value.task.subject, deadline)
  lap('profile')
  if (!enriched.ok) {
    if (enriched.also !== undefined) facts.also = enriched.also
    return enriched.denial
  }
  facts.enriched = enriched.value

  const pinned = deps.tools.of(resource.name)
  const names = namesToJudge(pinned, resource, call, standing.value.task.binding)
  const items = [item.value, ...toListedItems(resource, call, names)]
  facts.asked = toPolicyQuestion(items, {
    decisionId: facts.id,
    claims,
    possessed: possessed.value,
    standing: standing.value,
    enriched: enriched.value,
    deadline,
  })
  if (facts.kind === 'enrichment') return undefined
  const evaluated = await evaluate({ decider: withTraceparent(deps.decider, facts.traceparent) }, facts.asked)
  lap('policy')
  facts.answer = evaluated.answer
  if (!fits.ok) return evaluated.denial ?? fits.denial
  if (call.kind === 'llm') return withoutSomeTools(deps, facts, call, evaluated.denial)
  if (call.listed !== undefined) {
    const { concealed, denial } = conceal(resource, call.listed, names, evaluated)
    facts.concealed = concealed
    return denial
  }
  if (call.method === 'tools/list' && pinned !== undefined) facts.allowedTools = showable(resource, names, evaluated)
  return evaluated.denial
}

/** A model call that may not go on as it is, where the gateway can send it on with fewer tools. What enforcing would answer is what shadow mode records. */
async function withoutSomeTools(deps: WalkDeps, facts: Facts, call: LlmCall, denial: Denial | undefined): Promise<Denial | undefined> {
  const { asked, question, resource } = facts
  if (denial === undefined || question.canDropTools !== true || asked === undefined || resource?.mode !== 'enforce') return denial
  const fewer = await dropTools((changed) => evaluate({ decider: withTraceparent(deps.decider, facts.traceparent) }, changed), call, asked)
  if (fewer === undefined) return denial
  facts.asked = fewer.asked
  facts.answer = fewer.answer
  facts.concealed = fewer.concealed
  return undefined
}
