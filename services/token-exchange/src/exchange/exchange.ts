// The exchange walk (docs/architecture.md): parse -> client -> subject -> actor -> proof -> task -> constrain -> enrich -> decide -> sign -> audit ->
// spend the proof -> task again -> answer. Starts from deny; whatever is thrown is a deny; no token leaves without its durable record and a live task after it.
import type { Receipt } from '@bailiwick/audit'
import { deadlineIn, deny, denialOfFault, newDecisionId, nowSeconds, ok, remainingMs } from '@bailiwick/core'
import type { Deadline, Result } from '@bailiwick/core'
import { withTraceparent } from '@bailiwick/policy'
import { stopwatch } from '@bailiwick/runtime'
import { cutOffDisabled } from '@bailiwick/task-state'
import type { TokenExchangeDeps } from '../deps.ts'
import { answerWithin } from './answer-within.ts'
import { authenticateClient, checkKind } from './authenticate-client.ts'
import { ceilingOf } from './ceiling.ts'
import { constrain } from './constrain.ts'
import { decide } from './decide.ts'
import { goodOf, merge, refusalOf, refusedOf, targetsOf, withoutRepeats } from './items.ts'
import { loadTask } from './load-task.ts'
import type { ExchangeAnswer, ExchangeDoor, Issued, Item, Possession, RequestFields, Signed, TaskInHand } from './model.ts'
import { observe } from './observe.ts'
import { openTask } from './open-task.ts'
import { parseRequest } from './parse-request.ts'
import { recheck } from './recheck.ts'
import { logFault, recordRefusal } from './record.ts'
import { sign } from './sign.ts'
import { toEntry } from './to-entry.ts'
import type { Trail } from './trail.ts'
import { verifyActor } from './verify-actor.ts'
import { spendProof, verifyPossession } from './verify-possession.ts'
import { verifySubject } from './verify-subject.ts'

export interface ExchangeQuestion {
  readonly door: ExchangeDoor
  /** What the door decoded, or why it could not. */
  readonly fields: Result<RequestFields>
}

interface Walked {
  readonly hand: TaskInHand
  readonly possession: Possession
  readonly items: readonly Item<Signed>[]
}

/** A client of kind `resource` or `node` acts for nobody. */
const EXCHANGING_KINDS = ['agent', 'launcher'] as const
/** About the task as a whole: they refuse the call, not one resource of it. */
const TASK_REASONS: ReadonlySet<string> = new Set(['task_unknown', 'task_revoked', 'task_completed', 'task_expired'])

export async function exchange(deps: TokenExchangeDeps, question: ExchangeQuestion): Promise<ExchangeAnswer> {
  const deadline = deadlineIn(deps.clock, deps.config.limits.exchangeMs)
  const decisionId = newDecisionId(deps.clock.nowMs())
  const trail: Trail = { decisionId, door: question.door, timing: {}, span: deps.tracing.begin('exchange', decisionId, undefined) }
  const outcome = await observe(deps, trail, () => answerWithin(deps.clock, deadline, settle(deps, question, deadline, trail)))
  return { decisionId, outcome }
}

async function walk(
  deps: TokenExchangeDeps,
  fields: Result<RequestFields>,
  deadline: Deadline,
  trail: Trail,
  lap: (stage: string) => void,
): Promise<Result<Walked>> {
  const { config, clock } = deps
  if (!fields.ok) return fields
  const request = parseRequest(fields.value, config.limits)
  if (!request.ok) return request
  trail.request = request.value

  const caller = await authenticateClient(deps, request.value.proof, nowSeconds(clock))
  lap('client')
  if (!caller.ok) return caller
  trail.caller = caller.value
  const kind = checkKind(caller.value, EXCHANGING_KINDS)
  if (!kind.ok) return kind

  const subject = await verifySubject(deps, request.value.subject, caller.value, nowSeconds(clock))
  lap('subject')
  if (!subject.ok) return subject
  trail.subject = subject.value

  const actor = await verifyActor(deps, { subject: subject.value, actor: request.value.actor, caller: caller.value }, nowSeconds(clock))
  lap('actor')
  if (!actor.ok) return actor

  const possession = await verifyPossession(
    deps,
    { door: trail.door, shown: request.value.shown, subject: subject.value, caller: caller.value },
    nowSeconds(clock),
  )
  if (!possession.ok) return possession

  const hand = await loadTask(deps, { subject: subject.value, caller: caller.value, taskId: request.value.taskId }, clock.nowMs())
  lap('state')
  if (!hand.ok) return hand
  trail.hand = hand.value

  const targets = targetsOf(config, request.value.targets, hand.value.task)
  if (!targets.ok) return targets
  const ceiling = ceilingOf(caller.value.client, hand.value.task, subject.value, actor.value, possession.value)
  const now = nowSeconds(clock)
  const constrained = withoutRepeats(targets.value.map((target) => ({ target, outcome: constrain(config.resources, target, ceiling, now) })))
  trail.items = refusedOf(constrained)
  if (refusalOf(constrained) !== undefined) return ok({ hand: hand.value, possession: possession.value, items: trail.items })

  const enriched = await deps.profiles.enrich(hand.value.task.subject, deadline)
  lap('profile')
  if (!enriched.ok) {
    if (enriched.denial.reason === 'account_disabled') trail.also = await cutOffDisabled(deps, hand.value.task.subject)
    return enriched
  }
  trail.enriched = enriched.value

  const asked = {
    profile: enriched.value.profile,
    subject: subject.value,
    possession: possession.value,
    items: goodOf(constrained),
    decisionId: trail.decisionId,
    deadline,
  }
  const decided = await decide({ decider: withTraceparent(deps.decider, trail.span?.traceparent) }, { hand: hand.value, ...asked })
  lap('policy')
  trail.answers = decided.map(({ answer }) => answer)
  const allowed = merge(
    constrained,
    decided.map(({ outcome }) => outcome),
  )
  trail.items = refusedOf(allowed)
  if (refusalOf(allowed) !== undefined) return ok({ hand: hand.value, possession: possession.value, items: trail.items })

  // Past the deadline nothing durable is begun.
  if (remainingMs(clock, deadline) === 0) return deny({ reason: 'deadline_exceeded', detail: 'before_signing' })
  const opened = await openTask(deps, hand.value, nowSeconds(clock))
  if (!opened.ok) return opened
  trail.hand = opened.value

  const signed: Result<Signed>[] = []
  for (const granted of goodOf(allowed)) {
    const minted = await sign(deps, opened.value, possession.value, granted, nowSeconds(clock))
    if (!minted.ok && TASK_REASONS.has(minted.denial.reason)) return minted
    signed.push(minted)
  }
  lap('sign')
  trail.items = merge(allowed, signed)
  return ok({ hand: opened.value, possession: possession.value, items: trail.items })
}

/** Walks, records, checks once more: the only place that turns a walk into an answer. Never throws. */
async function settle(deps: TokenExchangeDeps, { door, fields }: ExchangeQuestion, deadline: Deadline, trail: Trail): Promise<Result<Issued>> {
  let refused: Result<never> = deny({ reason: 'state_unavailable', detail: 'not_decided' })
  let receipt: Receipt | undefined
  const lap = stopwatch(deps.clock, trail.timing)
  try {
    const walked = await walk(deps, fields, deadline, trail, lap)
    const nothing = walked.ok ? refusalOf(walked.value.items) : walked
    if (walked.ok && nothing === undefined) {
      const { hand, possession, items } = walked.value
      receipt = await deps.journal.append(toEntry(deps.config, trail, { effect: 'allow' }))
      lap('audit')
      const first = await spendProof(deps, possession, nowSeconds(deps.clock))
      if (possession.spend !== undefined) lap('spend')
      const live = first.ok ? await recheck(deps, hand, goodOf(items), deadline) : first
      if (live.ok) return ok({ taskId: hand.task.id, items, nowSeconds: nowSeconds(deps.clock) })
      refused = live
    } else if (walked.ok && nothing !== undefined && door === 'token-batch') {
      // Every resource was refused, each for its own reason: an answer, though the record is a deny.
      await recordRefusal(deps, toEntry(deps.config, trail, { effect: 'deny', denial: nothing.denial }), true)
      return ok({ taskId: walked.value.hand.task.id, items: walked.value.items, nowSeconds: nowSeconds(deps.clock) })
    } else if (nothing !== undefined) refused = nothing
  } catch (thrown) {
    logFault(deps.log, trail.decisionId, thrown)
    refused = { ok: false, denial: denialOfFault(thrown) }
  }
  const supersedes = receipt === undefined ? {} : { supersedes: receipt.id }
  await recordRefusal(deps, toEntry(deps.config, trail, { effect: 'deny', denial: refused.denial, ...supersedes }), trail.caller !== undefined)
  return refused
}
