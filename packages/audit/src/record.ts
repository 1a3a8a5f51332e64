// The audit record as it is stored and shipped: JSON, snake_case, versioned. No token, secret or unmasked argument is ever in it.
// `AuditEntry` is what a walk hands in; the journal adds `v id seq node time prev_hash hash`.
import type { DenialReason, JsonObject, ProofKind, RecordedAct, Revision } from '@bailiwick/core'

export type AuditKind = 'decision' | 'enrichment' | 'exchange' | 'introspection' | 'task' | 'revocation' | 'audit_read' | 'operator' | 'refusals' | 'store'

/** `shadow_allow` passed and says in `reason` what enforcing would have answered. */
export type AuditEffect = 'allow' | 'deny' | 'shadow_allow'

export interface AuditEntry {
  readonly kind: AuditKind
  /** Each decision id ends in one final effect: its last record. */
  readonly decision_id: string
  /** The record id this one overrides: only a deny may supersede an allow. */
  readonly supersedes?: string
  readonly effect: AuditEffect
  readonly reason?: DenialReason
  /** What the policy said; shown to the caller too. */
  readonly policy_reason?: string
  readonly remediation?: JsonObject
  /** For people: never content of the call. */
  readonly detail?: string
  readonly plane: 'agents' | 'gateways' | 'operators'
  readonly door: string
  readonly gateway?: {
    readonly name?: string
    readonly peer?: string
    readonly development?: boolean
    readonly request_id?: string
    readonly traceparent?: string
    /** Who called it, as it says itself: what its own connection's client certificate showed. */
    readonly source?: { readonly principal?: string; readonly certificate_sha256?: string }
  }
  readonly client_id?: string
  readonly subject?: { readonly sub: string; readonly iss?: string; readonly kind?: string }
  readonly actor?: { readonly sub: string; readonly chain: readonly string[] }
  readonly task?: {
    readonly id: string
    readonly parent_id?: string
    readonly path?: readonly string[]
    readonly purpose?: string
    readonly binding?: JsonObject
  }
  readonly resource?: string
  readonly action?: {
    readonly kind: 'mcp' | 'llm' | 'exchange' | 'introspection' | 'control' | 'unread'
    readonly method?: string
    readonly name?: string
    readonly args_digest?: string
    readonly args_masked?: JsonObject
    /** Of a model call: the request format it came in, and every tool it declared. */
    readonly dialect?: string
    readonly tools?: readonly string[]
    /** Of a list's answer: how many entries it had. */
    readonly listed?: number
    /** Entries of a list, or tools of a model call, that the call went on without; the first ones. */
    readonly dropped?: readonly string[]
  }
  readonly token?: {
    readonly jti?: string
    readonly aud?: string
    readonly kid?: string
    readonly sha256?: string
    readonly expires_at?: number
    /** The proof of possession that was shown beside it and was right. */
    readonly proof?: ProofKind
  }
  /** Tokens issued by an exchange or a batch, one per item that was granted. */
  readonly issued?: readonly {
    readonly resource: string
    readonly jti: string
    readonly expires_at: number
    readonly scope?: string
    /** What it is bound to: thumbprints of a public key, of a certificate. */
    readonly cnf?: { readonly jkt?: string; readonly 'x5t#S256'?: string }
  }[]
  /** Per source: its age; with the values Cerbos was asked with (allow-listed by configuration). */
  readonly profile?: { readonly sources: JsonObject; readonly attributes: JsonObject; readonly roles: readonly string[] }
  readonly policy?: { readonly call_id?: string; readonly rule?: string; readonly kind?: string; readonly id?: string; readonly actions?: readonly string[] }
  readonly state?: { readonly revision?: Revision; readonly store_id?: string }
  /** What an operator's act said: the scope revoked, the hold lifted, the task created. */
  readonly act?: JsonObject
  /** Microseconds per stage. */
  readonly timing_us?: Readonly<Record<string, number>>
  /** For aggregated refusals: how many, and since when. */
  readonly count?: number
}

export interface AuditRecord extends AuditEntry {
  /** Of a copy that control keeps: the node that proved who it is and sent it. Never part of what is hashed. */
  readonly reported_by?: string
  readonly v: 1
  /** UUIDv7, one per record. */
  readonly id: string
  readonly node: string
  /** Without gaps per node. */
  readonly seq: number
  /** RFC 3339, milliseconds. */
  readonly time: string
  readonly prev_hash: string
  /** SHA-256, base64url, of the RFC 8785 form of the record without `hash`. */
  readonly hash: string
}

export type { RecordedAct }
