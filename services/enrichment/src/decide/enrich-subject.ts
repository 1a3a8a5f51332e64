// What the directory says now of whom a task is for. An account found disabled is cut off at once: everything it delegated ends with this call.
import type { Deadline, Denial, JsonObject, Subject } from '@bailiwick/core'
import type { Enriched } from '@bailiwick/profiles'
import { cutOffDisabled } from '@bailiwick/task-state'
import type { WalkDeps } from './question.ts'

/** `also`: the act that came with the denial, for its record. */
export type EnrichedSubject = { readonly ok: true; readonly value: Enriched } | { readonly ok: false; readonly denial: Denial; readonly also?: JsonObject }

export async function enrichSubject(deps: Pick<WalkDeps, 'profiles' | 'store' | 'clock'>, subject: Subject, deadline: Deadline): Promise<EnrichedSubject> {
  const enriched = await deps.profiles.enrich(subject, deadline)
  if (enriched.ok || enriched.denial.reason !== 'account_disabled') return enriched
  const also = await cutOffDisabled(deps, subject)
  return also === undefined ? enriched : { ...enriched, also }
}
