// What an agent and a launcher have in common: where Bailiwick is, who calls, and the seams a test replaces. Checked once, before anything is sent.
import { systemClock } from '@bailiwick/core'
import type { Clock } from '@bailiwick/core'
import { certificateFetch } from './certificate-fetch.ts'
import type { CertificateSource } from './certificate-source.ts'
import type { ClientCredential } from './client-credential.ts'
import type { Fetch } from './endpoint.ts'
import { BailiwickMisconfigured } from './errors.ts'
import { issuerBase } from './secure-url.ts'
import type { TaskCallDeps } from './task-calls.ts'

export interface ConnectionOptions {
  /** Bailiwick's issuer identifier: also the base of its endpoints and the one audience of every assertion. */
  readonly issuer: string
  readonly client: ClientCredential
  /** For calls to Bailiwick and to resources; the global fetch when absent. Not beside `certificate`. */
  readonly fetch?: Fetch
  /** Shown with every call, to Bailiwick and to resources. */
  readonly certificate?: CertificateSource
  /** Beside `certificate`: PEM of the authorities servers are checked against, in place of those Node knows. */
  readonly ca?: string
  readonly clock?: Clock
  /** For one call to Bailiwick, answer included. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 10_000

export interface Connection extends TaskCallDeps {
  /** Of the certificate that is shown from now on. */
  readonly thumbprint: (() => Promise<string>) | undefined
}

export function toConnection({ issuer, client, fetch, certificate, ca, clock = systemClock, timeoutMs = TIMEOUT_MS }: ConnectionOptions): Connection {
  const base = issuerBase(issuer)
  if (certificate !== undefined && fetch !== undefined)
    throw new BailiwickMisconfigured('options', 'either "fetch" or "certificate": a fetch shows what it shows')
  if (certificate === undefined && ca !== undefined) throw new BailiwickMisconfigured('options', '"certificate" beside "ca"')
  if (certificate === undefined && fetch === undefined && client.method === 'tls_client_auth')
    throw new BailiwickMisconfigured('certificate', '"certificate" beside a client that proves itself by one')
  if (certificate !== undefined && !base.startsWith('https:')) throw new BailiwickMisconfigured('issuer', '"issuer" must be https where a certificate is shown')
  const shown = certificate === undefined ? undefined : certificateFetch({ source: certificate, ca, clock })
  const deps = { base, issuer, client, clock, timeoutMs: positive('timeoutMs', timeoutMs) }
  return { ...deps, fetch: shown?.fetch ?? fetch ?? globalFetch, thumbprint: shown?.thumbprint }
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
