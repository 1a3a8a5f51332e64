// Reads a JWT-SVID without believing it: size, three segments, canonical base64url, strict JSON, and a header of nothing but
// `alg`, `kid` and `typ` (JWT-SVID section 2). Never checks a signature or a claim.
import type { JsonObject } from '@bailiwick/core'
import { isJsonObject, parseStrictJson } from '@bailiwick/json'

const MAX_SVID_BYTES = 16_384
const HEADER_MEMBERS = new Set(['alg', 'kid', 'typ'])
const TYPS: readonly unknown[] = [undefined, 'JWT', 'JOSE']
const BASE64URL = /^[A-Za-z0-9_-]+$/

export interface UnverifiedSvid {
  readonly token: string
  readonly alg: string
  readonly kid?: string
  readonly claims: JsonObject
}

export type SvidReading = { readonly ok: true; readonly svid: UnverifiedSvid } | { readonly ok: false; readonly problem: string }

export function readSvid(token: string): SvidReading {
  if (typeof token !== 'string' || token.length > MAX_SVID_BYTES) return { ok: false, problem: 'too_large' }
  const segments = token.split('.', 6).map(decode)
  const [headerBytes, claimBytes, signature] = segments
  if (segments.length !== 3) return { ok: false, problem: 'not_three_segments' }
  if (headerBytes === undefined || claimBytes === undefined || signature === undefined) return { ok: false, problem: 'not_canonical_base64url' }
  const header = readObject(headerBytes)
  const claims = readObject(claimBytes)
  if (header === undefined || claims === undefined) return { ok: false, problem: 'not_json' }
  const { alg, kid, typ } = { alg: header['alg'], kid: header['kid'], typ: header['typ'] }
  if (!Object.keys(header).every((name) => HEADER_MEMBERS.has(name)) || !TYPS.includes(typ)) return { ok: false, problem: 'header_refused' }
  if (typeof alg !== 'string' || (kid !== undefined && (typeof kid !== 'string' || kid === ''))) return { ok: false, problem: 'header_refused' }
  return { ok: true, svid: { token, alg, claims, ...(kid !== undefined && { kid }) } }
}

/** One spelling per value: a lenient decoder takes several texts for one signature. */
function decode(text: string): Buffer | undefined {
  if (!BASE64URL.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

function readObject(bytes: Uint8Array): JsonObject | undefined {
  const parsed = parseStrictJson(bytes, { maxBytes: MAX_SVID_BYTES, maxDepth: 32 })
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined
}
