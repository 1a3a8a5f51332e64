// Step: what Cerbos says to one act of a caller at control (the three `bailiwick:*` kinds of docs/policies.md). Fails closed on every fault.
import { deadlineIn, deny, ok } from '@bailiwick/core'
import type { Deadline, Denial, JsonObject, Profile, Result } from '@bailiwick/core'
import { denialOfAnswer, operatorProfile, toPrincipal } from '@bailiwick/policy'
import type { PolicyAnswer, PolicyPrincipal } from '@bailiwick/policy'
import type { Caller } from './callers/caller.ts'
import type { ControlDeps } from './deps.ts'

export interface ControlAct {
  readonly kind: 'bailiwick:task' | 'bailiwick:revocation' | 'bailiwick:audit'
  readonly id: string
  readonly action: 'create' | 'read' | 'complete' | 'lift' | 'override_gate'
  readonly attr: JsonObject
}

type Deps = Pick<ControlDeps, 'decider' | 'profiles' | 'clock' | 'config'>

/** Answers with the engine's allow, or the denial; `answer` of a refusal is in the denial's own fields. */
export async function askPolicy(deps: Deps, caller: Caller, act: ControlAct, decisionId: string): Promise<Result<PolicyAnswer>> {
  const deadline = deadlineIn(deps.clock, deps.config.limits.exchangeMs)
  const principal = await principalOf(deps, caller, deadline)
  if (!principal.ok) return principal
  const [answer] = await deps.decider.decide({
    principal: principal.value,
    items: [{ resource: { kind: act.kind, id: act.id, attr: act.attr }, actions: [act.action] }],
    annotations: { decision_id: decisionId },
    deadline,
  })
  if (answer === undefined) return deny({ reason: 'policy_unavailable', detail: 'no_answer' })
  const denial: Denial | undefined = denialOfAnswer(answer)
  return denial === undefined ? ok(answer) : deny(denial)
}

async function principalOf(deps: Deps, caller: Caller, deadline: Deadline): Promise<Result<PolicyPrincipal>> {
  switch (caller.kind) {
    case 'operator':
      return ok(toPrincipal({ subject: { sub: caller.sub }, baseRole: 'operator', profile: operatorProfile([...caller.rights]) }))
    case 'person': {
      const enriched = await deps.profiles.enrich(caller.subject, deadline)
      if (!enriched.ok) return enriched
      return ok(toPrincipal({ subject: caller.subject, baseRole: 'user', profile: enriched.value.profile }))
    }
    case 'client':
      return ok(toPrincipal({ subject: { sub: caller.sub }, baseRole: 'client', profile: EMPTY_PROFILE }))
    case 'agent': {
      // On whose authority: the subject; who acts is in `attr.actor`. No rule at control reads a subject's profile through its agent.
      const { task } = caller.standing
      return ok(toPrincipal({ subject: task.subject, baseRole: task.subject.kind, profile: EMPTY_PROFILE, act: task.act, agent: task.agent, task }))
    }
  }
}

const EMPTY_PROFILE: Profile = { attributes: {}, roles: [], meta: {} }
