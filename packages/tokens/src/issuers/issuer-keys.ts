// The keys of one issuer over time. A set is used while young, refreshed in the background when middle-aged, and not at all
// when old: a key the issuer removed is dead here within MAX_AGE. Whatever callers send, at most one fetch runs, and a kid
// nobody knows causes at most one per cool-down. A bad set never replaces a good one.
import { Fault } from '@bailiwick/core'
import type { Clock } from '@bailiwick/core'
import type { IssuerConfig } from '@bailiwick/config'
import type { VerificationKey } from '../jwt/jwk-lint.ts'
import type { FetchLike } from './bounded-fetch.ts'
import { IssuerTrouble, fetchKeySet, fetchKeySetUri } from './fetch-keys.ts'

const REFRESH_AFTER_MS = 300_000
const MAX_AGE_MS = 600_000
/** Between two fetches that callers can cause by naming unknown keys. */
const UNKNOWN_KID_COOL_DOWN_MS = 30_000
/** After a failure with no usable set: short, so that an issuer that comes back is seen soon. */
const FAILURE_COOL_DOWN_MS = 3_000
const DISCOVERY_MAX_AGE_MS = 3_600_000

export interface IssuerKeysOptions {
  readonly issuer: IssuerConfig
  readonly clock: Clock
  readonly fetch: FetchLike
  /** One bound over discovery and key set together. */
  readonly timeoutMs: number
  readonly report: (code: string, cause: unknown) => void
}

interface Held<T> {
  readonly value: T
  readonly atMs: number
}

export class IssuerKeys {
  readonly #options: IssuerKeysOptions
  readonly #closing = new AbortController()
  #keys: Held<readonly VerificationKey[]> | undefined
  #uri: Held<string> | undefined
  #lastAttemptMs: number | undefined
  #lastFailed = false
  #running: Promise<boolean> | undefined

  constructor(options: IssuerKeysOptions) {
    this.#options = options
  }

  /** Keys within their maximum age. Fault `keys`, `issuer_unreachable` when there are none and none can be had. */
  async current(): Promise<readonly VerificationKey[]> {
    const held = this.#usable()
    if (held === undefined) {
      if (this.#attemptedWithin(FAILURE_COOL_DOWN_MS) && this.#running === undefined) throw unreachable()
      await this.#refresh()
      const fetched = this.#usable()
      if (fetched === undefined) throw unreachable()
      return fetched.value
    }
    const age = this.#options.clock.monotonicMs() - held.atMs
    // In the background: this caller has good keys. A failure is reported and tried again after the cool-down.
    if (age >= REFRESH_AFTER_MS && !this.#attemptedWithin(UNKNOWN_KID_COOL_DOWN_MS)) void this.#refresh()
    return held.value
  }

  /**
   * Keys fetched because a token named one nobody knows. The same set as before while the cool-down lasts. Fault when the last
   * look failed: then it is not known that the key is wrong.
   */
  async afterUnknownKey(): Promise<readonly VerificationKey[]> {
    if (this.#running !== undefined || !this.#attemptedWithin(UNKNOWN_KID_COOL_DOWN_MS)) await this.#refresh()
    if (this.#lastFailed) throw unreachable()
    return await this.current()
  }

  close(): void {
    this.#closing.abort()
  }

  #usable(): Held<readonly VerificationKey[]> | undefined {
    const held = this.#keys
    return held !== undefined && this.#options.clock.monotonicMs() - held.atMs < MAX_AGE_MS ? held : undefined
  }

  #attemptedWithin(ms: number): boolean {
    return this.#lastAttemptMs !== undefined && this.#options.clock.monotonicMs() - this.#lastAttemptMs < ms
  }

  /** Never rejects: true when a good set came back. */
  #refresh(): Promise<boolean> {
    this.#running ??= this.#fetch().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #fetch(): Promise<boolean> {
    const { issuer, clock, fetch, timeoutMs, report } = this.#options
    const startedMs = clock.monotonicMs()
    this.#lastAttemptMs = startedMs
    const abort = new AbortController()
    const stop = (): void => abort.abort()
    const timer = setTimeout(stop, timeoutMs)
    this.#closing.signal.addEventListener('abort', stop)
    const { signal } = abort
    try {
      this.#closing.signal.throwIfAborted()
      if (this.#uri === undefined || startedMs - this.#uri.atMs >= DISCOVERY_MAX_AGE_MS) {
        this.#uri = { value: await fetchKeySetUri(issuer, fetch, signal), atMs: startedMs }
      }
      // Aged from before the question: an answer is as old as its oldest possible content.
      this.#keys = { value: await fetchKeySet(this.#uri.value, issuer, fetch, signal), atMs: startedMs }
      this.#lastFailed = false
      return true
    } catch (cause) {
      // The place of the key set may have moved: discovery is asked again next time.
      this.#uri = undefined
      this.#lastFailed = true
      // The cool-down counts from the end of the attempt: a slow issuer is not asked back to back.
      this.#lastAttemptMs = clock.monotonicMs()
      report(cause instanceof IssuerTrouble ? cause.code : 'internal_error', cause)
      return false
    } finally {
      clearTimeout(timer)
      this.#closing.signal.removeEventListener('abort', stop)
    }
  }
}

function unreachable(): Fault {
  return new Fault('keys', 'issuer_unreachable', 'the keys of the issuer cannot be had')
}
