// A policy decision point that answers by a script and remembers what it was asked. Denies what the script does not mention, and
// refuses the questions the real one refuses, so that a service cannot pass its tests with a question Cerbos would never answer.
import { assertAskable } from '@bailiwick/policy'
import type { Decider, PolicyAnswer, PolicyItem, PolicyPlan, PolicyPlanQuestion, PolicyQuestion } from '@bailiwick/policy'

/** What one item gets. A function may throw a Fault to play a broken PDP. `undefined` is a deny. */
export type ScriptedAnswer = 'allow' | 'deny' | Partial<PolicyAnswer> | undefined
export type DeciderScript = 'allow' | 'deny' | ((item: PolicyItem, question: PolicyQuestion) => ScriptedAnswer | Promise<ScriptedAnswer>)

export interface FakeDecider extends Decider {
  /** Every question asked, in order, malformed ones included. */
  readonly questions: readonly PolicyQuestion[]
  readonly planQuestions: readonly PolicyPlanQuestion[]
  /** What `plan()` answers from now on; a function may throw a Fault. Denied always unless told. */
  scriptPlan(next: PolicyPlan | (() => PolicyPlan)): void
  /** Replaces the script from the next question on. */
  script(next: DeciderScript): void
  /** What `health()` answers from now on. */
  sicken(problem: string | undefined): void
  readonly closed: boolean
}

export function fakeDecider(first: DeciderScript = 'deny'): FakeDecider {
  const questions: PolicyQuestion[] = []
  const planQuestions: PolicyPlanQuestion[] = []
  let script = first
  let planned: PolicyPlan | (() => PolicyPlan) = { kind: 'always_denied', callId: 'fake-plan' }
  let problem: string | undefined
  let closed = false
  return {
    questions,
    planQuestions,
    scriptPlan: (next) => {
      planned = next
    },
    plan: async (question) => {
      planQuestions.push(question)
      assertAskable({ ...question, items: [{ resource: { kind: question.kind, id: '*', attr: question.attr }, actions: question.actions }] })
      return typeof planned === 'function' ? planned() : planned
    },
    script: (next) => {
      script = next
    },
    sicken: (next) => {
      problem = next
    },
    get closed() {
      return closed
    },
    decide: async (question) => {
      questions.push(question)
      assertAskable(question)
      const asked = script
      const answers: PolicyAnswer[] = []
      for (const item of question.items) answers.push(answerOf(item, typeof asked === 'string' ? asked : await asked(item, question), answers.length))
      return answers
    },
    health: () => Promise.resolve(problem),
    close: () => {
      closed = true
      return Promise.resolve()
    },
  }
}

function answerOf(item: PolicyItem, scripted: ScriptedAnswer, place: number): PolicyAnswer {
  const said: Partial<PolicyAnswer> = typeof scripted === 'string' ? { effect: scripted } : (scripted ?? {})
  const effect = said.effect ?? 'deny'
  const actions = said.actions ?? Object.fromEntries(item.actions.map((action) => [action, effect]))
  return { schemaErrors: [], callId: `fake-call-${place}`, ...said, effect, actions }
}
