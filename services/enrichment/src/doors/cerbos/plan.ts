// PlanResources, for both ways it comes: one decision, and the condition as Cerbos's clients read it. Whatever is refused is denied always; the reason is in
// the audit, under the call id. Never throws.
import { create } from '@bufbuild/protobuf'
import type { MessageInitShape } from '@bufbuild/protobuf'
import type { Channel, Deadline, Decision, Result } from '@bailiwick/core'
import type { PlanOperand, PolicyPlan } from '@bailiwick/policy'
import { PlanResourcesFilter_Kind as Kind, PlanResourcesResponseSchema, toValue } from '@bailiwick/wire'
import type { PlanResourcesFilterSchema, PlanResourcesFilter_Expression_OperandSchema, PlanResourcesResponse } from '@bailiwick/wire'
import type { PlanQuestion } from '../../decide/plan.ts'
import { askedOf } from './check.ts'
import type { Answered, CheckDeps } from './check.ts'
import type { AskedPlan } from './decode-plan.ts'

export interface PlanDeps extends CheckDeps {
  readonly plan: (question: PlanQuestion) => Promise<{ readonly decision: Decision; readonly plan?: PolicyPlan }>
}

/** `decode` is not called for a stranger. */
export async function planResources(
  deps: PlanDeps,
  channel: Channel,
  deadline: Deadline,
  decode: () => Result<AskedPlan> | Promise<Result<AskedPlan>>,
): Promise<Answered<PlanResourcesResponse>> {
  const asked = await askedOf(deps, channel, deadline, decode)
  if (!asked.ok) return asked
  const { question, actions, said } = asked.value
  const { decision, plan } = await deps.plan({ ...question, actions, channel, deadline })
  const response = create(PlanResourcesResponseSchema, { ...said, actions: [...actions], cerbosCallId: decision.id, filter: toFilter(plan) })
  return { ok: true, response }
}

function toFilter(plan: PolicyPlan | undefined): MessageInitShape<typeof PlanResourcesFilterSchema> {
  switch (plan?.kind) {
    case undefined:
    case 'always_denied':
      return { kind: Kind.ALWAYS_DENIED }
    case 'always_allowed':
      return { kind: Kind.ALWAYS_ALLOWED }
    case 'conditional':
      return { kind: Kind.CONDITIONAL, condition: toOperand(plan.condition) }
  }
}

function toOperand(operand: PlanOperand): MessageInitShape<typeof PlanResourcesFilter_Expression_OperandSchema> {
  if ('value' in operand) return { node: { case: 'value', value: toValue(operand.value) } }
  if ('variable' in operand) return { node: { case: 'variable', value: operand.variable } }
  return { node: { case: 'expression', value: { operator: operand.operator, operands: operand.operands.map(toOperand) } } }
}
