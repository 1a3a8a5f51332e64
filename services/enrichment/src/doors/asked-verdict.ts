// What a Decision means to somebody who asked about one action on one thing, and what they read of a deny. Decides nothing.
import type { Decision, JsonObject } from '@bailiwick/core'
import { speak } from '../render/spoken.ts'

export interface AskedVerdict {
  readonly isAllowed: boolean
  /** effect, decision_id, and of a deny (or of what shadow mode let pass) reason, message, remediation, retryable. */
  readonly said: JsonObject
}

/** `id`: what was asked about. Asked whether a tool may be listed, the answer is whether it stays in the list. */
export function toVerdict(decision: Decision, id: string): AskedVerdict {
  const { effect, kept, denial } = decision
  if (effect === 'deny') return { isAllowed: false, said: speak(denial ?? { reason: 'state_unavailable' }, decision.id).data }
  if (kept !== undefined && !kept.includes(id)) return { isAllowed: false, said: speak({ reason: 'not_visible' }, decision.id).data }
  const shadow = denial === undefined ? {} : { ...speak(denial, decision.id).data, shadow: true }
  return { isAllowed: true, said: { ...shadow, effect: 'allow', decision_id: decision.id } }
}
