// The contract of the policy decision point: what the walks ask and what they get. Cerbos stands behind it; no walk knows Cerbos.
import type { Clock, Deadline, JsonObject, JsonValue, Remediation } from '@bailiwick/core'

export interface PolicyPrincipal {
  readonly id: string
  /** Base role first, then mapped profile roles. Never empty. */
  readonly roles: readonly string[]
  readonly attr: JsonObject
}

export interface PolicyResource {
  /** `mcp:payments`, `llm:models`, `oauth:resource`, `bailiwick:task`... */
  readonly kind: string
  readonly id: string
  readonly attr: JsonObject
}

export interface PolicyItem {
  readonly resource: PolicyResource
  /** All must allow. Never empty. */
  readonly actions: readonly string[]
}

export interface PolicyQuestion {
  readonly principal: PolicyPrincipal
  /** Answered in order. Never empty; split over several requests where the engine's limits ask for it. */
  readonly items: readonly PolicyItem[]
  /** Copied into the engine's own log to join it with ours: decision id, task id. */
  readonly annotations: Readonly<Record<string, string>>
  readonly deadline: Deadline
  /** Joins the engine's own trace with the caller's. Nothing is decided by it. */
  readonly traceparent?: string
}

/** What a policy's output said, or what the schema refused. */
export interface PolicyAnswer {
  readonly effect: 'allow' | 'deny'
  /** Effect of each action asked. */
  readonly actions: Readonly<Record<string, 'allow' | 'deny'>>
  readonly reason?: string
  readonly remediation?: Remediation
  /** The `decision` word of the output: `deny`, `not_visible`, `limit_exceeded`, `approval_required`. */
  readonly outcome?: string
  /** `resource.mcp_payments.vdefault#refund-cap`, for the audit. */
  readonly rule?: string
  /** JSON pointers into the resource's attributes or the principal's, of what the schema refused: `/arguments/amount_cents`. */
  readonly schemaErrors: readonly { readonly path: string; readonly source: 'principal' | 'resource' }[]
  readonly callId: string
}

/** One kind of resource, of which the question leaves open which one it is: whatever `attr` does not say. */
export interface PolicyPlanQuestion extends Omit<PolicyQuestion, 'items'> {
  readonly kind: string
  readonly attr: JsonObject
  /** All must allow. Never empty, at most 20. */
  readonly actions: readonly string[]
}

/** A condition over what the question left open, such as `request.resource.id`. */
export type PlanOperand =
  | { readonly value: JsonValue }
  | { readonly variable: string }
  | { readonly operator: string; readonly operands: readonly PlanOperand[] }

export type PolicyPlan =
  | { readonly kind: 'always_allowed' | 'always_denied'; readonly callId: string }
  | { readonly kind: 'conditional'; readonly condition: PlanOperand; readonly callId: string }

export interface Decider {
  /**
   * One answer per item, in order, matched by resource id and actions, never by place in the engine's reply. Deny unless the engine said allow for every action.
   * Faults (dependency `policy`): `pdp_unreachable`, `pdp_timeout`, `pdp_answer_malformed`, `question_malformed` (no role, over a limit),
   * `pdp_unfit` (it does not reject what the schemas refuse: nothing it says is believed).
   */
  decide(question: PolicyQuestion): Promise<readonly PolicyAnswer[]>
  /** On which resources the actions are allowed. What the schemas refuse is `always_denied`. Faults as of `decide`. */
  plan(question: PolicyPlanQuestion): Promise<PolicyPlan>
  /** Resolves to undefined when usable, else to what is wrong in a few words: not reachable, schema enforcement is not `reject`. */
  health(): Promise<string | undefined>
  close(): Promise<void>
}

export interface DeciderDeps {
  readonly clock: Clock
}
