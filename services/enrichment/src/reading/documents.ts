// What the documents of each door are decoded to, here or in a thread: plain data, so that it can come back from one.
import { isJsonObject, parseStrictJson } from '@bailiwick/json'
import type { McpForm } from '@bailiwick/core'
import { decodeEvaluation, decodeEvaluations } from '../doors/authzen/decode.ts'
import type { Asked as AskedEvaluations } from '../doors/authzen/decode.ts'
import { decodeCheck, decodeCheckMessage } from '../doors/cerbos/decode.ts'
import type { Asked as AskedCheck } from '../doors/cerbos/decode.ts'
import { decodePlan, decodePlanMessage } from '../doors/cerbos/decode-plan.ts'
import type { AskedPlan } from '../doors/cerbos/decode-plan.ts'
import { toQuestion as decodeGuardrail } from '../doors/litellm/decode.ts'
import type { Asked as AskedGuardrail } from '../doors/litellm/decode.ts'
import { decodeQuestion } from '../doors/v1/decode.ts'
import type { Decoded as AskedV1 } from '../doors/v1/decode.ts'

export interface Documents {
  readonly v1: AskedV1
  readonly guardrail: AskedGuardrail
  readonly evaluation: AskedEvaluations
  readonly evaluations: AskedEvaluations
  readonly check: AskedCheck
  readonly check_message: AskedCheck
  readonly plan: AskedPlan
  readonly plan_message: AskedPlan
  readonly params: NonNullable<McpForm['params']>
}

export type DocumentKind = keyof Documents

export const DECODERS: { readonly [K in DocumentKind]: (bytes: Uint8Array, maxBytes: number) => Documents[K] } = {
  v1: decodeQuestion,
  guardrail: decodeGuardrail,
  evaluation: decodeEvaluation,
  evaluations: decodeEvaluations,
  check: decodeCheck,
  check_message: decodeCheckMessage,
  plan: decodePlan,
  plan_message: decodePlanMessage,
  params: decodeParams,
}

/** What a gateway has read and will send on, of a call whose method it names beside it. */
export function decodeParams(bytes: Uint8Array, maxBytes: number): NonNullable<McpForm['params']> {
  const parsed = parseStrictJson(bytes, { maxBytes })
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : 'unreadable'
}
