// The contract of enrichment: the profile of a subject, from every configured source, fresh enough to decide on.
import type { Deadline, Profile, Result, Subject } from '@bailiwick/core'

export interface EnrichmentTrace {
  readonly source: string
  readonly outcome: 'fresh' | 'cached' | 'stale' | 'omitted'
  readonly ageMs: number
  readonly etag?: string
}

export interface Enriched {
  readonly profile: Profile
  readonly trace: readonly EnrichmentTrace[]
}

/** One source asked about one subject, for the numbers: who the subject is stays out of it. */
export interface SourceRead {
  readonly source: string
  readonly outcome: 'fresh' | 'cached' | 'stale' | 'absent' | 'failed'
  readonly ms: number
}

export interface ProfileEnricher {
  /**
   * All required sources, or a denial: `profile_not_found` (the directory does not know the subject), `account_disabled` (its `active` is false),
   * `profile_unavailable` (error, timeout, over-age, deadline). Subjects no source covers (agents, workloads) get an empty profile.
   */
  enrich(subject: Subject, deadline: Deadline): Promise<Result<Enriched>>
  /** Forgets what is cached about one subject. */
  invalidate(sub: string): void
  /** undefined when every required source is usable or untried. */
  health(): Promise<string | undefined>
  close(): Promise<void>
}
