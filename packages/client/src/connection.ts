// What an agent and a launcher have in common: where Bailiwick is, who calls, and the seams a test replaces. Checked once, before anything is sent.
import { systemClock } from '@bailiwick/core'
import type { Clock } from '@bailiwick/core'
import type { ClientCredential } from './client-credential.ts'
import type { Fetch } from './endpoint.ts'
import { BailiwickMisconfigured } from './errors.ts'
import { issuerBase } from './secure-url.ts'
import type { TaskCallDeps } from './task-calls.ts'

export interface ConnectionOptions {
  /** Bailiwick's issuer identifier: also the base of its endpoints and the one audience of every assertion. */
  readonly issuer: string
  readonly client: ClientCredential
  /** For calls to Bailiwick and to resources; the global fetch when absent. */
  readonly fetch?: Fetch
  readonly clock?: Clock
  /** For one call to Bailiwick, answer included. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 10_000

export function toConnection({ issuer, client, fetch = globalFetch, clock = systemClock, timeoutMs = TIMEOUT_MS }: ConnectionOptions): TaskCallDeps {
  return { base: issuerBase(issuer), issuer, client, fetch, clock, timeoutMs: positive('timeoutMs', timeoutMs) }
}

/** A deadline of zero or NaN would be none, or one that no call can meet. */
export function positive(name: string, ms: number): number {
  if (!Number.isFinite(ms) || ms < 1) throw new BailiwickMisconfigured('options', `"${name}" must be a number of milliseconds, at least 1`)
  // What setTimeout takes for "at once".
  return Math.min(ms, 2 ** 31 - 1)
}

function globalFetch(url: string, init: RequestInit): Promise<Response> {
  return fetch(url, init)
}
