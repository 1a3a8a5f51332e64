// SPIFFE IDs: exist only through this parser, compared byte for byte. Never `new URL`, which repairs what must be refused
// (case, percent-encoding, dot segments). Upper case is refused: the standard calls it both wrong and equal.

const MAX_BYTES = 2_048
const SCHEME = 'spiffe://'
const TRUST_DOMAIN = /^[a-z0-9._-]{1,255}$/
// The standard prints the class as `.-_`, which in a regular expression is a range that holds "/", ":" and "@".
const SEGMENT = /^[A-Za-z0-9._-]+$/

export interface SpiffeId {
  /** The whole id, as it was. */
  readonly text: string
  readonly trustDomain: string
  /** Path segments; empty for the trust domain itself, which is no workload. */
  readonly segments: readonly string[]
}

export type SpiffeIdProblem = 'not_text' | 'too_long' | 'scheme' | 'trust_domain' | 'path'
export type SpiffeIdReading = { readonly ok: true; readonly value: SpiffeId } | { readonly ok: false; readonly problem: SpiffeIdProblem }

/** Does NOT tell whether the id is a workload's (has a path) or of a domain anybody trusts. */
export function parseSpiffeId(text: unknown): SpiffeIdReading {
  if (typeof text !== 'string') return { ok: false, problem: 'not_text' }
  if (text.length > MAX_BYTES) return { ok: false, problem: 'too_long' }
  if (!text.startsWith(SCHEME)) return { ok: false, problem: 'scheme' }
  const [trustDomain = '', ...segments] = text.slice(SCHEME.length).split('/')
  if (!TRUST_DOMAIN.test(trustDomain)) return { ok: false, problem: 'trust_domain' }
  if (!segments.every((segment) => SEGMENT.test(segment) && segment !== '.' && segment !== '..')) return { ok: false, problem: 'path' }
  return { ok: true, value: { text, trustDomain, segments } }
}

/** A trust domain's bare name, as configured. */
export function isTrustDomain(text: string): boolean {
  return TRUST_DOMAIN.test(text)
}

/**
 * Whether `id` is `prefix` or below it, by whole segments: `spiffe://d/agent` covers `spiffe://d/agent/a`, never
 * `spiffe://d/agents`. False when either is not a SPIFFE ID; no pattern of any kind.
 */
export function isWithin(id: string, prefix: string): boolean {
  const [inner, outer] = [parseSpiffeId(id), parseSpiffeId(prefix)]
  if (!inner.ok || !outer.ok) return false
  return inner.value.text === outer.value.text || inner.value.text.startsWith(`${outer.value.text}/`)
}
