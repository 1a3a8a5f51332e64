// The rules by name, what each says, and the bounds they judge with. Data only.

export const RULES = {
  V1: 'stale allow: invoked after a confirmed revocation',
  V2: 'resurrection: allowed after a deny that said it had ended',
  V3: 'allowed after its end, or begun with a sign-in that had ended',
  V4: 'allowed a task nobody created',
  V5: 'an allow without exactly one durable record',
  V6: 'a confirmed revocation is gone',
  V7: 'a request reached the resource without an allow',
  V8: 'what was judged is not what was forwarded',
  V9: 'late release: revoked while its policy answer or its record was held, and allowed',
  F1: 'a revocation that was said to have failed took effect',
  L1: 'a live task is not allowed in time after a fault',
  L2: 'a revocation is not answered in time',
} as const

export type Rule = keyof typeof RULES

export function isRule(text: string): text is Rule {
  return Object.hasOwn(RULES, text)
}

export interface Bounds {
  /** The published bound of V1. */
  readonly staleNs: number
  /** What expiry may be off: the product counts whole seconds. */
  readonly skewNs: number
  readonly healNs: number
  readonly answerNs: number
}

const SECOND = 1e9

export const BOUNDS: Bounds = { staleNs: 0, skewNs: SECOND, healNs: 5 * SECOND, answerNs: SECOND }

export interface Violation {
  readonly rule: Rule
  /** For people: which task, which door, how late. Never a token. */
  readonly what: string
  /** How far over the bound. */
  readonly lagNs: number
  readonly fault?: string
}
