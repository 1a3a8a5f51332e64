// Step: asks the policy whether a token may be issued, for every resource at once. One answer per resource, in order.
import type { Deadline, Profile, Result } from '@bailiwick/core'
import { Fault, ok } from '@bailiwick/core'
import { denialOfAnswer, toPrincipal } from '@bailiwick/policy'
import type { Decider, PolicyAnswer } from '@bailiwick/policy'
import { proofOf } from '@bailiwick/tokens'
import type { Constrained, Possession, TaskInHand, VerifiedSubject } from './model.ts'

export interface PolicyInput {
  readonly hand: TaskInHand
  readonly profile: Profile
  readonly subject: VerifiedSubject
  readonly possession: Possession
  readonly items: readonly Constrained[]
  readonly decisionId: string
  readonly deadline: Deadline
}

export interface Decided {
  readonly answer: PolicyAnswer
  readonly outcome: Result<Constrained>
}

export async function decide({ decider }: { readonly decider: Pick<Decider, 'decide'> }, input: PolicyInput): Promise<readonly Decided[]> {
  const { task } = input.hand
  const { grant } = input.subject
  // What a runtime token presented as subject was good for; every other grant has no scope of ours.
  const scope = input.subject.grant === 'runtime_token' ? input.subject.claims.scope : []
  const answers = await decider.decide({
    principal: toPrincipal({
      subject: task.subject,
      baseRole: task.subject.kind,
      profile: input.profile,
      act: task.act,
      agent: task.agent,
      task,
      token: { clientId: task.agent.clientId, scope, proof: proofOf(input.possession.cnf) },
    }),
    items: input.items.map(({ resource, scope: asked }) => ({
      resource: { kind: 'oauth:resource', id: resource.name, attr: { resource: resource.name, scope: [...asked], grant } },
      actions: ['issue'],
    })),
    annotations: { decision_id: input.decisionId, task_id: task.id },
    deadline: input.deadline,
  })
  return input.items.map((item, place) => {
    const answer = answers[place]
    // Too few answers are no answer: the missing ones must not be read as anything.
    if (answer === undefined || answers.length !== input.items.length) throw new Fault('policy', 'pdp_answer_malformed', 'not one answer per resource')
    const denial = denialOfAnswer(answer)
    return { answer, outcome: denial === undefined ? ok(item) : { ok: false, denial } }
  })
}
