// Our published key set, for a process that verifies and does not sign. Fetched every half minute in the background; a set older than five minutes is not
// used at all: then it is not known which keys are ours. A bad set never replaces a good one. Whatever callers send, one fetch runs at a time, and a kid nobody
// knows causes at most one per cool-down.
import { Fault } from '@bailiwick/core'
import type { Clock } from '@bailiwick/core'
import { parseStrictJson } from '@bailiwick/json'
import type { TokenVerifier } from '../contract.ts'
import { lintKeySet } from '../jwt/jwk-lint.ts'
import { MAX_TOKEN_BYTES } from '../jwt/read-jwt.ts'
import { DEFAULT_MAX_LIFETIME_SECONDS } from './key-ring.ts'
import { verifyOwn } from './verify-own.ts'
import type { PublishedKey } from './verify-own.ts'

const REFRESH_AFTER_MS = 30_000
const MAX_AGE_MS = 300_000
/** Between two fetches that callers can cause, by unknown kids or while there is no set. */
const COOL_DOWN_MS = 5_000
const MAX_BYTES = 262_144
const ALGORITHMS = ['ES256', 'RS256'] as const

export interface PublishedKeysOptions {
  readonly issuer: string
  readonly clock: Clock
  /** The bytes of the key set; rejects on anything but a 200 within its own bounds. */
  readonly fetch: () => Promise<Uint8Array>
  readonly report: (code: string, cause: unknown) => void
  readonly maxBytes?: number
  readonly maxLifetimeSeconds?: number
}

/** Verifies with whatever is published now; starts fetching at once. */
export function openPublishedKeys(options: PublishedKeysOptions): TokenVerifier {
  const { clock, issuer, maxBytes = MAX_TOKEN_BYTES, maxLifetimeSeconds = DEFAULT_MAX_LIFETIME_SECONDS } = options
  let held: { readonly keys: ReadonlyMap<string, PublishedKey>; readonly atMs: number } | undefined
  let attemptedAtMs = -Infinity
  let running: Promise<void> | undefined

  const fetchSet = async (): Promise<void> => {
    // Aged from before the question: an answer is as old as its oldest possible content.
    const startedMs = clock.monotonicMs()
    try {
      held = { keys: read(await options.fetch()), atMs: startedMs }
    } catch (cause) {
      options.report(cause instanceof Fault ? cause.code : 'key_set_unreachable', cause)
    } finally {
      attemptedAtMs = clock.monotonicMs()
      running = undefined
    }
  }
  const refresh = (): Promise<void> => (running ??= fetchSet())
  const cooled = (): boolean => clock.monotonicMs() - attemptedAtMs >= COOL_DOWN_MS
  const usable = (): typeof held => (held !== undefined && clock.monotonicMs() - held.atMs < MAX_AGE_MS ? held : undefined)
  const timer = setInterval(() => void refresh(), REFRESH_AFTER_MS)
  timer.unref()
  void refresh()

  const tokens = verifyOwn({
    issuer,
    maxBytes,
    maxLifetimeSeconds,
    keys: {
      fresh: () => (usable() === undefined && (running !== undefined || cooled()) ? refresh() : undefined),
      verifying(kid) {
        const set = usable()
        if (set === undefined) throw new Fault('keys', 'key_set_unreachable', 'the published key set cannot be had')
        return set.keys.get(kid)
      },
      lookAgain: () => (running !== undefined || cooled() ? refresh() : undefined),
    },
  })
  return {
    ...tokens,
    async health() {
      if (usable() === undefined) await refresh()
      return usable() === undefined ? 'key_set_unreachable' : undefined
    },
    close() {
      clearInterval(timer)
      return Promise.resolve()
    },
  }
}

function read(bytes: Uint8Array): ReadonlyMap<string, PublishedKey> {
  const parsed = parseStrictJson(bytes, { maxBytes: MAX_BYTES, maxDepth: 8 })
  if (!parsed.ok) throw new Fault('keys', 'key_set_not_json', 'the published key set is not strict JSON')
  const reading = lintKeySet(parsed.value, { algorithms: ALGORITHMS, requireUse: true })
  if (!reading.ok) throw new Fault('keys', `key_set_${reading.problem}`, 'the published key set is refused')
  return new Map(reading.keys.flatMap(({ kid, algorithm, key }) => (kid === undefined ? [] : [[kid, { kid, algorithm, publicKey: key }] as const])))
}
