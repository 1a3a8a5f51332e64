// Cerbos's plan as ours: what is missing, too deep or of no kind we know is a fault, never a wider plan. No I/O.
import { Fault } from '@bailiwick/core'
import type { JsonValue } from '@bailiwick/core'
import { PlanExpression, PlanExpressionValue, PlanExpressionVariable, PlanKind } from '@cerbos/core'
import type { PlanExpressionOperand, PlanResourcesResponse, Value } from '@cerbos/core'
import type { PlanOperand, PolicyPlan } from './decider.ts'

const MAX_DEPTH = 32
const MAX_OPERANDS = 2_000

/** @throws Fault `pdp_answer_malformed`. */
export function toPlan(response: PlanResourcesResponse): PolicyPlan {
  const { cerbosCallId: callId } = response
  // With `reject` they come with a denial. Should they ever come with anything else, they are believed.
  if (response.validationErrors.length > 0) return { kind: 'always_denied', callId }
  switch (response.kind) {
    case PlanKind.ALWAYS_ALLOWED:
      return { kind: 'always_allowed', callId }
    case PlanKind.ALWAYS_DENIED:
      return { kind: 'always_denied', callId }
    case PlanKind.CONDITIONAL:
      return { kind: 'conditional', condition: toOperand(response.condition, MAX_DEPTH, { left: MAX_OPERANDS }), callId }
  }
  throw malformed('a plan of no kind')
}

function toOperand(operand: PlanExpressionOperand, depthLeft: number, room: { left: number }): PlanOperand {
  room.left -= 1
  if (depthLeft === 0 || room.left < 0) throw malformed('a plan too large')
  if (operand instanceof PlanExpressionValue) return { value: toJson(operand.value) }
  if (operand instanceof PlanExpressionVariable) return { variable: operand.name }
  if (!(operand instanceof PlanExpression)) throw malformed('a plan with an operand of no kind')
  return { operator: operand.operator, operands: operand.operands.map((each) => toOperand(each, depthLeft - 1, room)) }
}

function toJson(value: Value): JsonValue {
  if (Array.isArray(value)) return value.map(toJson)
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toJson(member)]))
  return value
}

function malformed(why: string): Fault {
  return new Fault('policy', 'pdp_answer_malformed', why)
}
