// A Decision as the answer of LiteLLM's guardrail API. Any action but these three, and none at all, is taken for leave to pass; so is an
// empty list of tools. Every answer is 200: by its settings LiteLLM may take any other status for leave too. Decides nothing.
import type { Decision, JsonObject, JsonValue } from '@bailiwick/core'
import { speak, toProse } from '../../render/spoken.ts'
import { toolNamesOf } from '../../read/llm/read-llm-form.ts'

/** `tools`: those of the request. */
export function toGuardrailAnswer(decision: Decision, tools: readonly JsonValue[]): JsonObject {
  const { effect, denial, id, kept } = decision
  if (effect === 'deny') return { action: 'BLOCKED', blocked_reason: toProse(speak(denial ?? { reason: 'state_unavailable' }, id)) }
  if (kept === undefined) return { action: 'NONE' }
  const entries = tools.filter((entry) => isKept(entry, kept))
  // It would be read as "no change".
  if (entries.length === 0) return BROKEN
  return { action: 'GUARDRAIL_INTERVENED', tools: entries }
}

export const BROKEN: JsonObject = { action: 'BLOCKED', blocked_reason: 'The decision could not be made.' }

function isKept(entry: JsonValue, kept: readonly string[]): boolean {
  const names = toolNamesOf(entry)
  return names.length > 0 && names.every((name) => kept.includes(name))
}
