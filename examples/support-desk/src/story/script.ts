// What a step of the story is, and how one is judged: the verdict and the reason must be the expected ones, and what a denied call would have
// done upstream must not have happened.
import { refusedElsewhere } from '../agents/outcome.ts'
import type { Outcome } from '../agents/outcome.ts'

export interface Expected {
  readonly effect: 'allow' | 'deny'
  readonly reason?: string
  /** Words the agent must be able to read in the denial. */
  readonly says?: string
}

export interface Step {
  readonly who: string
  /** On whose behalf; absent when the agent acts for itself or a person acts. */
  readonly forWhom?: string
  readonly what: string
  readonly expected: Expected
  readonly run: () => Promise<Outcome>
  /** How often the call in question reached its server, before and after: equal for a denied call. */
  readonly reached?: () => number
}

export interface Played {
  readonly step: Step
  readonly outcome: Outcome
  readonly ms: number
  /** Undefined when everything was as expected. */
  readonly problem?: string
}

export async function play(step: Step): Promise<Played> {
  const before = step.reached?.()
  const began = performance.now()
  let outcome: Outcome
  let failure: string | undefined
  try {
    outcome = await step.run()
  } catch (error) {
    failure = error instanceof Error ? error.message : 'it threw something that is no error'
    outcome = refusedElsewhere('not_carried_out', failure)
  }
  const ms = performance.now() - began
  const problem = failure === undefined ? judge(step, outcome, before, step.reached?.()) : `it could not be carried out: ${failure}`
  return { step, outcome, ms, ...(problem === undefined ? {} : { problem }) }
}

function judge({ expected }: Step, outcome: Outcome, before: number | undefined, after: number | undefined): string | undefined {
  if (outcome.effect !== expected.effect) return `expected ${expected.effect}, got ${outcome.effect}`
  if (outcome.effect === 'deny' && expected.reason !== undefined && outcome.denial.reason !== expected.reason)
    return `expected reason ${expected.reason}, got ${outcome.denial.reason}`
  if (outcome.effect === 'deny' && expected.says !== undefined && !outcome.denial.message.includes(expected.says))
    return `the denial does not say "${expected.says}" but "${outcome.denial.message}"`
  if (before === undefined || after === undefined) return undefined
  if (expected.effect === 'deny' && after !== before) return 'the denied call reached its server'
  if (expected.effect === 'allow' && after !== before + 1) return 'the allowed call did not reach its server once'
  return undefined
}
