// Asks the policy. Allow only where the answer says so of every action that was asked.
import { Fault } from '@bailiwick/core'
import type { Denial } from '@bailiwick/core'
import { denialOfAnswer } from '@bailiwick/policy'
import type { Decider, PolicyAnswer, PolicyItem, PolicyQuestion } from '@bailiwick/policy'

export interface Evaluated {
  readonly answer: PolicyAnswer
  /** Undefined where the policy allows. */
  readonly denial: Denial | undefined
  /** Answers to the items after the first, in their order: true where the policy allows. */
  readonly others: readonly boolean[]
}

/** The first item is the call itself. An answer that contradicts itself is a fault, not an allow. */
export async function evaluate({ decider }: { readonly decider: Pick<Decider, 'decide'> }, question: PolicyQuestion): Promise<Evaluated> {
  const answers = await decider.decide(question)
  if (answers.length !== question.items.length) throw malformed('not one answer to one question')
  const [first, ...others] = question.items.map((item, place) => judge(item, answers[place]))
  if (first === undefined) throw malformed('not one answer to one question')
  return { ...first, others: others.map(({ denial }) => denial === undefined) }
}

function judge({ actions }: PolicyItem, answer: PolicyAnswer | undefined): Omit<Evaluated, 'others'> {
  if (answer === undefined) throw malformed('not one answer to one question')
  const denial = denialOfAnswer(answer)
  if (denial === undefined && !actions.every((action) => answer.actions[action] === 'allow')) throw malformed('an allow with an action that is not')
  return { answer, denial }
}

function malformed(why: string): Fault {
  return new Fault('policy', 'pdp_answer_malformed', why)
}
