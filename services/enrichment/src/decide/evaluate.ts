// Asks the policy. Allow only where the answer says so of every action that was asked.
import { Fault } from '@bailiwick/core'
import type { Denial } from '@bailiwick/core'
import { denialOfAnswer } from '@bailiwick/policy'
import type { Decider, PolicyAnswer, PolicyQuestion } from '@bailiwick/policy'

export interface Evaluated {
  readonly answer: PolicyAnswer
  /** Undefined where the policy allows. */
  readonly denial: Denial | undefined
}

/** The question has one item. An answer that contradicts itself is a fault, not an allow. */
export async function evaluate({ decider }: { readonly decider: Pick<Decider, 'decide'> }, question: PolicyQuestion): Promise<Evaluated> {
  const answers = await decider.decide(question)
  const [answer] = answers
  const actions = question.items[0]?.actions
  if (answer === undefined || actions === undefined || answers.length !== 1) throw malformed('not one answer to one question')
  const denial = denialOfAnswer(answer)
  if (denial === undefined && !actions.every((action) => answer.actions[action] === 'allow')) throw malformed('an allow with an action that is not')
  return { answer, denial }
}

function malformed(why: string): Fault {
  return new Fault('policy', 'pdp_answer_malformed', why)
}
