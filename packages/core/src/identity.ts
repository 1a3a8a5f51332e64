// Who: the subject on whose authority a call is made, and the actors who make it.
import type { JsonObject } from './json-value.ts'

/** RFC 9493 subject identifier: where the identity was proved. `{format: 'iss_sub', iss, sub}` or `{format: 'uri', uri}`. */
export type SubjectIdentifier = { readonly format: 'iss_sub'; readonly iss: string; readonly sub: string } | { readonly format: 'uri'; readonly uri: string }

/** `user`: a person of an IdP. `agent`: a client acting for itself. `workload`: a SPIFFE identity acting for itself. The base role at Cerbos. */
export type SubjectKind = 'user' | 'agent' | 'workload'

export interface Subject {
  /** `<alias>:<id>`, `client:<client_id>` or a SPIFFE ID. */
  readonly sub: string
  readonly iss: string
  readonly kind: SubjectKind
  readonly subId: SubjectIdentifier
}

/**
 * RFC 8693 section 4.1. The outermost actor is the one acting now and the only one that counts for access; the nested ones
 * are history, kept whole for the audit.
 */
export interface Actor {
  readonly sub: string
  readonly client_id?: string
  readonly sub_profile?: string
  readonly act?: Actor
}

/** The subs of a chain, outermost first. */
export function actorChain(actor: Actor | undefined): readonly string[] {
  const chain: string[] = []
  for (let at = actor; at !== undefined; at = at.act) chain.push(at.sub)
  return chain
}

/** Byte-equal chains: same length, same sub and client at each place. */
export function sameActor(a: Actor | undefined, b: Actor | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.sub === b.sub && a.client_id === b.client_id && a.sub_profile === b.sub_profile && sameActor(a.act, b.act)
}

/** How fresh one source's share of a profile is. */
export interface ProfileMeta {
  readonly ageMs: number
  readonly stale: boolean
}

/** What the IdP or directory knows of the subject now. Fetched live, never in a token. */
export interface Profile {
  readonly attributes: JsonObject
  /** Roles mapped by configuration; never the base role. */
  readonly roles: readonly string[]
  readonly meta: Readonly<Record<string, ProfileMeta>>
}
