// Asks every source that covers a subject, all at once, and joins their shares. Starts from "unavailable": a share that is missing where it is
// needed denies, and is never replaced by an empty one. Holds no state of tasks.
import { newJsonObject } from '@bailiwick/json'
import { deny, ok } from '@bailiwick/core'
import type { Clock, Denial, JsonObject, ProfileMeta, Result, Subject } from '@bailiwick/core'
import type { ProfileSourceConfig } from '@bailiwick/config'
import type { Fetch } from './bounded-fetch.ts'
import { checkSources } from './check-sources.ts'
import type { Enriched, EnrichmentTrace, ProfileEnricher, SourceRead } from './enricher.ts'
import { createHttpSource } from './http-source.ts'
import { observed } from './observed.ts'
import { createSourceCache } from './source-cache.ts'
import type { Held, SourceCache } from './source-cache.ts'
import { createStaticSource } from './static-source.ts'
import type { Source, SubjectRef } from './source.ts'

export interface EnricherDeps {
  readonly sources: readonly ProfileSourceConfig[]
  readonly clock: Clock
  readonly fetch?: Fetch
  /** Told of every answer of every source, remembered ones included. Must not throw. */
  readonly observe?: (read: SourceRead) => void
}

const EMPTY: Enriched = Object.freeze({
  profile: Object.freeze({ attributes: Object.freeze({}), roles: Object.freeze([]), meta: Object.freeze({}) }),
  trace: Object.freeze([]),
})

/** Throws TypeError where two sources own one attribute, or a map names a base role. */
export function createEnricher({ sources, clock, fetch = globalThis.fetch, observe = () => {} }: EnricherDeps): ProfileEnricher {
  checkSources(sources)
  const closing = new AbortController()
  const createSource = (config: ProfileSourceConfig): Source =>
    config.type === 'static' ? createStaticSource(config) : createHttpSource(config, { clock, fetch, closed: closing.signal })
  const caches = sources.map((config) => observed(createSourceCache({ config, source: createSource(config), clock, closed: closing.signal }), clock, observe))

  return {
    async enrich(subject, deadline) {
      // Only people stand in directories. An agent or workload with the profile of a person of the same name would be somebody else.
      if (subject.kind !== 'user') return ok(EMPTY)
      const ref = toRef(subject)
      const asked = caches.filter(({ config }) => config.issuers.length === 0 || config.issuers.includes(ref.alias))
      if (asked.length === 0) return ok(EMPTY)
      const held = asked.map((cache) => cache.get(ref, deadline))
      // The usual case: every source is remembered, and nothing has to be waited for.
      return join(asked, held.every(isHeld) ? held : await Promise.all(held.map((one) => Promise.resolve(one))))
    },
    invalidate(sub) {
      for (const cache of caches) cache.invalidate(sub)
    },
    async health() {
      const failing = caches.filter((cache) => isNeeded(cache.config) && cache.failing).map((cache) => cache.config.name)
      return failing.length === 0 ? undefined : `not answering: ${failing.join(', ')}`
    },
    async close() {
      closing.abort()
    },
  }
}

function isHeld(held: Held | Promise<Held>): held is Held {
  return !(held instanceof Promise)
}

function join(caches: readonly SourceCache[], held: readonly Held[]): Result<Enriched> {
  const attributes = newJsonObject()
  const roles = new Set<string>()
  const meta: Record<string, ProfileMeta> = {}
  const trace: EnrichmentTrace[] = []
  let worst: Denial | undefined
  for (const [at, { config }] of caches.entries()) {
    const one = held[at]
    if (one?.kind === 'share') {
      if (one.share.active === false) worst = strictest(worst, { reason: 'account_disabled', detail: config.name })
      Object.assign(attributes, one.share.attributes)
      for (const role of one.share.roles) roles.add(role)
      meta[config.name] = { ageMs: one.ageMs, stale: one.outcome === 'stale' }
      trace.push({ source: config.name, outcome: one.outcome, ageMs: one.ageMs, ...(one.etag === undefined ? {} : { etag: one.etag }) })
    } else if (isNeeded(config)) {
      const unknown = one?.kind === 'absent'
      worst = strictest(
        worst,
        unknown ? { reason: 'profile_not_found', detail: config.name } : { reason: 'profile_unavailable', detail: detailOf(config, one) },
      )
    } else {
      trace.push({ source: config.name, outcome: 'omitted', ageMs: 0 })
    }
  }
  if (worst !== undefined) return deny(worst)
  const joined: JsonObject = attributes
  return ok({ profile: { attributes: joined, roles: [...roles], meta }, trace })
}

/** A source that tells whether an account is enabled is needed, whatever else it is: a failure of it must not enable anybody. */
function isNeeded(config: ProfileSourceConfig): boolean {
  return config.required || config.active !== undefined || config.onError === 'deny'
}

const STRICTNESS: readonly string[] = ['profile_unavailable', 'profile_not_found', 'account_disabled']

/** What is known for certain comes before what could not be found out. */
function strictest(a: Denial | undefined, b: Denial): Denial {
  return a === undefined || STRICTNESS.indexOf(b.reason) > STRICTNESS.indexOf(a.reason) ? b : a
}

function detailOf(config: ProfileSourceConfig, held: Held | undefined): string {
  return `${config.name}: ${held?.kind === 'fault' ? held.fault.code : 'no answer'}`
}

function toRef({ sub, iss }: Subject): SubjectRef {
  const colon = sub.indexOf(':')
  return { sub, iss, alias: sub.slice(0, Math.max(0, colon)), id: sub.slice(colon + 1) }
}
