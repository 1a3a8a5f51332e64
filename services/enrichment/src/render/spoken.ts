// What the denied caller is told, whatever the protocol: the sentence, the policy's remediation, pointers into the caller's own
// arguments, and the decision id to quote. Nothing else of a denial ever leaves: `detail`, `rule` and the rest are for the audit.
import { DENIALS, isRetryable, publicSentence } from '@bailiwick/core'
import type { DecisionId, Denial, DenialReason, JsonObject } from '@bailiwick/core'
import { printable, printableObject } from './printable.ts'

// Together, and counted as often as a reply repeats them, these stay below the 4096 bytes of a body.
const MAX_MESSAGE_BYTES = 480
const MAX_REMEDIATION_BYTES = 480
const MAX_POINTERS = 8
const MAX_POINTER_BYTES = 72

export interface Spoken {
  readonly reason: DenialReason
  readonly message: string
  readonly decisionId: DecisionId
  readonly remediation?: JsonObject
  readonly pointers?: readonly string[]
  /** The machine-readable form: effect, decision_id, reason, message, remediation?, pointers?, retryable. */
  readonly data: JsonObject
}

export function speak(denial: Denial, decisionId: DecisionId): Spoken {
  const message = printable(publicSentence(denial), MAX_MESSAGE_BYTES) || DENIALS[denial.reason].sentence
  const more = { ...remediationOf(denial), ...pointersOf(denial) }
  return {
    reason: denial.reason,
    message,
    decisionId,
    ...more,
    data: { effect: 'deny', decision_id: decisionId, reason: denial.reason, message, ...more, retryable: isRetryable(denial) },
  }
}

/** The same in prose, for a model to read. */
export function toProse(spoken: Spoken): string {
  const lines = [spoken.message]
  if (spoken.pointers !== undefined && spoken.pointers.length > 0) lines.push(`Arguments at fault: ${spoken.pointers.join(', ')}`)
  if (spoken.remediation !== undefined) lines.push(`Remediation: ${JSON.stringify(spoken.remediation)}`)
  lines.push(`Decision: ${spoken.decisionId}`)
  return lines.join('\n')
}

function remediationOf(denial: Denial): { readonly remediation?: JsonObject } {
  if (!('remediation' in denial) || denial.remediation === undefined) return {}
  const whole = printableObject(denial.remediation, MAX_REMEDIATION_BYTES)
  if (whole !== undefined) return { remediation: whole }
  // Too large to show: its type still tells which way to go.
  return { remediation: { type: printable(denial.remediation.type, MAX_POINTER_BYTES), truncated: true } }
}

function pointersOf(denial: Denial): { readonly pointers?: readonly string[] } {
  if (denial.reason !== 'arguments_invalid') return {}
  return { pointers: denial.pointers.slice(0, MAX_POINTERS).map((pointer) => printable(pointer, MAX_POINTER_BYTES)) }
}
