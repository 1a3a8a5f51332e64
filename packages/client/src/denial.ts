// Bailiwick's refusal as one value, whichever endpoint or gateway spoke it, and the one reader of its members. Pure.
import { DENIALS, parseDecisionId } from '@bailiwick/core'
import type { DecisionId, DenialReason } from '@bailiwick/core'
import { isRecord, recordIn, textIn, textsIn } from './record.ts'
import type { JsonRecord } from './record.ts'
import { withoutTokens } from './without-tokens.ts'

/** A reason this version of the library knows, or one a newer server gave. */
export type BailiwickReason = DenialReason | (string & Record<never, never>)

export interface BailiwickDenial {
  readonly reason: BailiwickReason
  /** For the agent or a person to read; may be a policy author's words. */
  readonly message: string
  /** What could be done about it, as the policy wrote it: `{type: 'step_up', ...}`. */
  readonly remediation?: JsonRecord
  /** JSON pointers into the caller's own arguments, where those are at fault. */
  readonly pointers?: readonly string[]
  /** To quote when asking an operator; it opens nothing. */
  readonly decisionId?: DecisionId
  /** The same call may pass later without anybody changing anything. */
  readonly retryable: boolean
}

const REASON = /^[a-z][a-z0-9_]{0,63}$/
const MAX_POINTERS = 32

/**
 * The denial an object carries in its own members, or undefined. Ours is what has a decision id, or an OAuth error with a reason we know: other people's
 * APIs have a member `reason` too. Does NOT prove that Bailiwick wrote it: whatever answered the call could have.
 */
export function readDenial(value: unknown, secrets: readonly string[] = []): BailiwickDenial | undefined {
  if (!isRecord(value)) return undefined
  const reason = textIn(value, 'reason')
  if (reason === undefined || !REASON.test(reason) || textIn(value, 'effect') === 'allow') return undefined
  const decisionId = parseDecisionId(value['decision_id'])
  const known = isKnown(reason) ? DENIALS[reason] : undefined
  if (decisionId === undefined && (known === undefined || textIn(value, 'error') === undefined)) return undefined
  const said = textIn(value, 'message') ?? textIn(value, 'error_description') ?? textIn(value, 'detail')
  const remediation = remediationIn(value, secrets)
  const pointers = textsIn(value, 'pointers')?.slice(0, MAX_POINTERS)
  return {
    reason,
    message: withoutTokens(said ?? known?.sentence ?? '', secrets),
    ...(remediation === undefined ? {} : { remediation }),
    ...(pointers === undefined ? {} : { pointers }),
    ...(decisionId === undefined ? {} : { decisionId }),
    retryable: typeof value['retryable'] === 'boolean' ? value['retryable'] : (known?.retryable ?? false),
  }
}

/** A denial this library establishes itself, in the server's words. */
export function ownDenial(reason: DenialReason): BailiwickDenial {
  return { reason, message: DENIALS[reason].sentence, retryable: DENIALS[reason].retryable }
}

function isKnown(reason: string): reason is DenialReason {
  return Object.hasOwn(DENIALS, reason)
}

function remediationIn(value: JsonRecord, secrets: readonly string[]): JsonRecord | undefined {
  const remediation = recordIn(value, 'remediation')
  if (remediation === undefined || textIn(remediation, 'type') === undefined) return undefined
  const text = JSON.stringify(remediation)
  // Policies write remediations, and a policy can put anything it was shown into one.
  return withoutTokens(text, secrets) === text ? remediation : undefined
}
