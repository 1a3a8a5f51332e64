// What a check of a gateway's own configuration file is given, and how it says what it found. Types and their one constructor.
import type { CertificateHeader } from '@bailiwick/config'
import type { Resource } from '@bailiwick/core'
import type { Recorder } from '../doctor/finding.ts'

export interface Lint {
  readonly found: Recorder
  /** The longest Bailiwick takes to answer about a body of so many bytes, or of the most it reads where that is less. */
  readonly answersWithinMs: (bodyBytes: number) => number
  /** As Bailiwick's configuration has it; undefined where there is none to read. */
  readonly resourceOf: (name: string) => Resource | undefined
  /** Where Bailiwick believes gateways of its `forward_auth` door about certificates. Which entry a file is for is not known: it must write one of them. */
  readonly certificateHeaders: readonly CertificateHeader[]
}

export interface Trouble {
  readonly costs: string
  readonly mend?: string
}

export const OPEN: Trouble = { costs: 'while Bailiwick is down, slow or wrongly reached, every call passes, revoked or not' }
export const CACHED: Trouble = { costs: 'a revoked task passes until the kept answer is over: the kill switch is late by as much' }
export const BYPASS: Trouble = { costs: 'requests go past the question: nothing is decided and nothing is recorded' }
export const UNREAD: Trouble = { costs: 'arguments cannot be read: calls with a body deny, or a part of a body is judged and the whole is sent' }
export const SPOOFED: Trouble = { costs: 'a client that sends the header itself is whoever it says to the server behind' }
export const CLAIMED: Trouble = {
  costs: 'a client that writes the header itself has whichever certificate it names: whoever got hold of a bound token can use it',
}
export const UNVERIFIED: Trouble = { costs: 'Bailiwick is told of certificates nobody verified: one that expired, or that anybody signed' }
export const UNPROVED: Trouble = {
  costs: 'every call denies gateway_unauthenticated',
  mend: 'show the secret of this gateway as x-bailiwick-gateway-key (agentgateway, Envoy Gateway: context bailiwick_key)',
}
export const HANGING: Trouble = { costs: 'a frozen Bailiwick hangs the calls instead of denying them' }
export const CUT_SHORT: Trouble = { costs: 'a slow decision, or one about a large body, ends as a bare 403 of the gateway: the agent loses the reason' }
export const RETRIED: Trouble = { costs: 'the second try goes out on the old decision, also when the task was revoked in between' }

export const IDENTITY_HEADERS: readonly string[] = ['subject', 'actor', 'task', 'resource', 'decision'].map((name) => `x-bailiwick-${name}`)
export const KEY_HEADER = 'x-bailiwick-gateway-key'
/** The smallest limit that lets ordinary calls through. */
export const SMALL_BODY_BYTES = 256 * 1024

/** Why a resource cannot be served by a gateway that shows no body; undefined where it can. */
export function needsBody(resource: Resource): string | undefined {
  if (resource.kind === 'llm') return 'a model call is all body'
  if (resource.bind !== undefined) return 'its binding compares arguments'
  return resource.validatesMcpHeaders ? undefined : 'it does not declare validates_mcp_headers'
}

const TOO_LONG_MS = 10_000

/** A gateway waits long enough for the reason of a denial, and not so long that a frozen Bailiwick holds its calls. */
export function lintTimeout({ found, answersWithinMs }: Pick<Lint, 'found' | 'answersWithinMs'>, check: string, where: string, waits: Waits): void {
  const { timeoutMs, bodyBytes } = waits
  const neededMs = answersWithinMs(bodyBytes)
  const reading = neededMs > answersWithinMs(0) ? ' and reading a body of that size' : ''
  if (timeoutMs <= neededMs)
    found.warn(check, `${where}: the timeout of ${timeoutMs} ms is not longer than limits.decision${reading} (${neededMs} ms)`, CUT_SHORT)
  else if (timeoutMs > TOO_LONG_MS) found.warn(check, `${where}: a timeout of ${timeoutMs} ms`, HANGING)
}

export interface Waits {
  readonly timeoutMs: number
  /** The most it shows of a body. */
  readonly bodyBytes: number
}

/** The largest body a setting lets through; one that is not told, or not read, is as large as Bailiwick takes. */
export function mostBytes(...settings: readonly unknown[]): number {
  const told = settings.filter((setting) => typeof setting === 'number')
  return told.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...told)
}
