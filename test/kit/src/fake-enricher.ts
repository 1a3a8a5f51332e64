// A ProfileEnricher that answers from a script. A user it knows nothing of is `profile_not_found`; agents and workloads get
// the empty profile, as the real one answers. It does not check the deadline.
import { deny, Fault, ok } from '@bailiwick/core'
import type { Denial, JsonObject, Profile, Result, Subject } from '@bailiwick/core'
import type { Enriched, ProfileEnricher } from '@bailiwick/profiles'

export interface ScriptedProfile {
  readonly attributes?: JsonObject
  readonly roles?: readonly string[]
  readonly ageMs?: number
  readonly stale?: boolean
}

type ProfileDenial = Extract<Denial, { readonly reason: 'profile_not_found' | 'account_disabled' | 'profile_unavailable' }>

export interface FakeEnricher extends ProfileEnricher {
  /** The subjects asked about, in order. */
  readonly asked: readonly Subject[]
  /** The subs forgotten, in order. */
  readonly invalidated: readonly string[]
  set(sub: string, profile: ScriptedProfile): void
  /** Answers this denial for the subject, until `set`. */
  refuse(sub: string, denial: ProfileDenial): void
  /** Every call throws `Fault('profile', code)` until `heal()`. */
  fail(code?: string): void
  heal(): void
  /** Every call waits until the returned function is called. */
  hold(): () => void
}

const SOURCE = 'directory'
const EMPTY: Profile = { attributes: {}, roles: [], meta: {} }

export function fakeEnricher(profiles: Readonly<Record<string, ScriptedProfile>> = {}): FakeEnricher {
  const script = new Map<string, Result<Enriched>>()
  const asked: Subject[] = []
  const invalidated: string[] = []
  let failure: string | undefined
  let gate: Promise<void> | undefined
  const set = (sub: string, profile: ScriptedProfile): void => {
    script.set(sub, ok(enriched(profile)))
  }
  for (const [sub, profile] of Object.entries(profiles)) set(sub, profile)
  return {
    asked,
    invalidated,
    enrich: async (subject) => {
      asked.push(subject)
      if (gate !== undefined) await gate
      if (failure !== undefined) throw new Fault('profile', failure, 'the enricher was told to fail')
      const scripted = script.get(subject.sub)
      if (scripted !== undefined) return scripted
      return subject.kind === 'user' ? deny({ reason: 'profile_not_found', detail: SOURCE }) : ok({ profile: EMPTY, trace: [] })
    },
    invalidate: (sub) => {
      invalidated.push(sub)
    },
    health: async () => failure,
    close: async () => {},
    set,
    refuse: (sub, denial) => {
      script.set(sub, deny(denial))
    },
    fail: (code = 'source_unreachable') => {
      failure = code
    },
    heal: () => {
      failure = undefined
    },
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      gate = promise
      return () => {
        gate = undefined
        resolve()
      }
    },
  }
}

function enriched(profile: ScriptedProfile): Enriched {
  const ageMs = profile.ageMs ?? 0
  const stale = profile.stale ?? false
  return {
    profile: { attributes: profile.attributes ?? {}, roles: profile.roles ?? [], meta: { [SOURCE]: { ageMs, stale } } },
    trace: [{ source: SOURCE, outcome: stale ? 'stale' : 'fresh', ageMs }],
  }
}
