// One source with its memory. What is remembered is data, never a decision, and each kind of staleness has its own hard end:
// - up to `ttl` an answer is used as it is; in its last fifth it is read again in the background;
// - for `staleWhileRevalidate` more it is used while it is read again, for `staleIfError` more when reading fails;
// - an answer with an `active` flag is never used beyond `ttl`: a disabled account must not live on in a cache;
// - "no such subject" is remembered for `negativeTtl`, which is not the same as a source that does not answer.
// A read goes on when nobody waits for it any more, and fills the memory. Age counts from before the request was sent.
import { LRUCache } from 'lru-cache'
import { remainingMs } from '@bailiwick/core'
import type { Clock, Deadline } from '@bailiwick/core'
import type { ProfileSourceConfig } from '@bailiwick/config'
import { createBreaker } from './breaker.ts'
import { cacheKey, configHash } from './cache-key.ts'
import { project } from './project.ts'
import type { Share } from './project.ts'
import { createSingleFlight } from './single-flight.ts'
import { SourceFault } from './source.ts'
import type { Source, SubjectRef } from './source.ts'
import { unlessAborted } from './unless-aborted.ts'

export type Held =
  | { readonly kind: 'share'; readonly share: Share; readonly outcome: 'fresh' | 'cached' | 'stale'; readonly ageMs: number; readonly etag?: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'fault'; readonly fault: SourceFault }

export interface SourceCache {
  readonly config: ProfileSourceConfig
  /** Never rejects. Not a promise where the memory answers: the usual case costs no turn of the event loop. */
  get(subject: SubjectRef, deadline: Deadline): Held | Promise<Held>
  invalidate(sub: string): void
  /** Whether the source is being left alone after failures. */
  readonly failing: boolean
}

export interface SourceCacheDeps {
  readonly config: ProfileSourceConfig
  readonly source: Source
  readonly clock: Clock
  readonly closed: AbortSignal
}

interface Instant {
  readonly monotonicMs: number
  readonly wallMs: number
}

interface Entry {
  readonly sub: string
  readonly share: Share | undefined
  readonly etag?: string
  readonly asked: Instant
}

const MAX_ENTRIES = 20_000
const MAX_CHARS = 32 * 1024 * 1024
/** Besides its content, what an entry costs. */
const ENTRY_CHARS = 256
const MAX_READS = 64
const MAX_WAITERS = 1000
const FAILURES_TO_OPEN = 5
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 10_000
const SUBJECT_FAULT_MS = 1000
const REFRESH_AT = 0.8

export function createSourceCache({ config, source, clock, closed }: SourceCacheDeps): SourceCache {
  const configuration = configHash(config)
  const ttlMs = config.ttlSeconds * 1000
  // A flag of an account that may have been disabled since is worth nothing, whatever the attributes may bear.
  const whileRevalidatingMs = config.active === undefined ? ttlMs + config.staleWhileRevalidateSeconds * 1000 : ttlMs
  const ifErrorMs = config.active === undefined ? ttlMs + config.staleIfErrorSeconds * 1000 : ttlMs
  const entries = new LRUCache<string, Entry>({
    max: MAX_ENTRIES,
    maxSize: MAX_CHARS,
    sizeCalculation: (entry) => ENTRY_CHARS + JSON.stringify(entry.share ?? null).length,
  })
  /** Answers that were no use: not asked for again at once, or one subject's broken entry would let its agent hammer the directory. */
  const faults = new LRUCache<string, { readonly fault: SourceFault; readonly untilMs: number; readonly sub: string }>({ max: 1000 })
  const flights = createSingleFlight<Entry>({ maxFlights: MAX_READS, maxPassengers: MAX_WAITERS })
  const breaker = createBreaker({ clock, failuresToOpen: FAILURES_TO_OPEN, firstPauseMs: FIRST_PAUSE_MS, longestPauseMs: LONGEST_PAUSE_MS })
  let forgotten = 0

  const now = (): Instant => ({ monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() })
  /** By the clock that ran further: the monotonic one may stand still while a machine sleeps, the wall clock may be stepped back. */
  const ageMs = ({ asked }: Entry): number => Math.max(clock.monotonicMs() - asked.monotonicMs, clock.nowMs() - asked.wallMs, 0)

  const read = async (key: string, subject: SubjectRef): Promise<Entry> => {
    const asked = now()
    const generation = forgotten
    const signal = AbortSignal.any([closed, AbortSignal.timeout(config.timeoutMs)])
    try {
      const answer = await unlessAborted(source.read(subject, signal), signal)
      breaker.succeeded()
      const entry: Entry = {
        sub: subject.sub,
        share: answer.found ? project(config, answer.document) : undefined,
        asked,
        ...(answer.found && answer.etag !== undefined ? { etag: answer.etag } : {}),
      }
      // Read before somebody said that the subject changed: good enough for those who waited, not to be kept.
      if (generation === forgotten) entries.set(key, entry)
      faults.delete(key)
      return entry
    } catch (error) {
      const fault = error instanceof SourceFault ? error : new SourceFault('source_failed', 'source', 'the source failed', { cause: error })
      if (fault.about === 'source') breaker.failed(fault.retryAfterMs)
      else if (fault.about === 'nothing') breaker.abandoned()
      else {
        breaker.succeeded()
        faults.set(key, { fault, untilMs: clock.monotonicMs() + Math.max(SUBJECT_FAULT_MS, config.negativeTtlSeconds * 1000), sub: subject.sub })
      }
      throw fault
    }
  }

  /** The read to wait for; throws where there is none to be had now. */
  const reading = (key: string, subject: SubjectRef): Promise<Entry> => {
    const known = faults.get(key)
    if (known !== undefined && clock.monotonicMs() < known.untilMs) throw known.fault
    return flights.join(key, () => {
      if (!breaker.admits()) return Promise.reject(new SourceFault('source_paused', 'nothing', 'the source failed repeatedly and is left alone'))
      return read(key, subject)
    })
  }

  const refresh = (key: string, subject: SubjectRef): void => {
    try {
      reading(key, subject).catch(() => {})
    } catch {
      // What is remembered is still good; the next one that needs more says why it cannot be had.
    }
  }

  const awaitRead = async (key: string, subject: SubjectRef, old: Entry | undefined, deadline: Deadline): Promise<Held> => {
    const usableOld = old?.share !== undefined && ageMs(old) <= ifErrorMs ? old : undefined
    try {
      // With something to fall back on, half of the time is kept for the rest of the decision.
      const waitMs = remainingMs(clock, deadline) / (usableOld === undefined ? 1 : 2)
      return toHeld(await within(reading(key, subject), waitMs), 'fresh', ageMs)
    } catch (error) {
      if (usableOld !== undefined && ageMs(usableOld) <= ifErrorMs) return toHeld(usableOld, 'stale', ageMs)
      return { kind: 'fault', fault: error instanceof SourceFault ? error : new SourceFault('source_failed', 'nothing', 'the source failed', { cause: error }) }
    }
  }

  return {
    config,
    get(subject, deadline) {
      const key = cacheKey(configuration, subject)
      const entry = entries.get(key)
      if (entry === undefined) return awaitRead(key, subject, undefined, deadline)
      const age = ageMs(entry)
      if (entry.share === undefined) {
        return age < config.negativeTtlSeconds * 1000 ? { kind: 'absent' } : awaitRead(key, subject, undefined, deadline)
      }
      if (age <= ttlMs) {
        if (age > ttlMs * REFRESH_AT) refresh(key, subject)
        return toHeld(entry, 'cached', ageMs)
      }
      if (age > whileRevalidatingMs) return awaitRead(key, subject, entry, deadline)
      refresh(key, subject)
      return toHeld(entry, 'stale', ageMs)
    },
    invalidate(sub) {
      forgotten += 1
      for (const [key, entry] of entries.entries()) if (entry.sub === sub) entries.delete(key)
      for (const [key, { sub: of }] of faults.entries()) if (of === sub) faults.delete(key)
      flights.detachAll()
    },
    get failing() {
      return breaker.open
    },
  }
}

function toHeld(entry: Entry, outcome: 'fresh' | 'cached' | 'stale', ageMs: (entry: Entry) => number): Held {
  if (entry.share === undefined) return { kind: 'absent' }
  return { kind: 'share', share: entry.share, outcome, ageMs: Math.round(ageMs(entry)), ...(entry.etag === undefined ? {} : { etag: entry.etag }) }
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new SourceFault('source_deadline', 'nothing', 'the profile did not come before the decision was due')), ms)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
