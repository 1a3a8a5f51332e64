// Reads a compact JWS without believing it. Order: size, three segments, canonical base64url, strict JSON, header members.
// Never checks a signature, a `typ`, a time or any claim: a token that was read is still only text of an unknown sender.
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { isJsonObject, parseStrictJson } from '@bailiwick/json'
import { decodeBase64url } from './base64url.ts'

/** 16 KiB: several times any honest token, small enough to parse for anybody. */
export const MAX_TOKEN_BYTES = 16_384
const MAX_KID_LENGTH = 256

/**
 * Header members that change what the token means or where its key comes from. A key in the header is the sender's own
 * (Authlib CVE-2026-27962); no extension of `crit` is known here, so each is refused (fast-jwt CVE-2026-35042).
 */
const REFUSED_MEMBERS = ['crit', 'b64', 'zip', 'enc', 'epk', 'jku', 'x5u', 'x5c', 'cty'] as const

export interface UnverifiedJwt {
  readonly token: string
  readonly alg: string
  readonly typ?: string
  readonly kid?: string
  /** The sender's own key: only where the caller asked for it. */
  readonly jwk?: JsonObject
  readonly payload: JsonObject
}

export type JwtProblem =
  | 'not_text'
  | 'too_large'
  | 'encrypted'
  | 'not_three_segments'
  | 'not_canonical_base64url'
  | 'signature_absent'
  | 'header_not_json'
  | 'payload_not_json'
  | 'header_refused'

export type JwtReading = { readonly ok: true; readonly jwt: UnverifiedJwt } | { readonly ok: false; readonly problem: JwtProblem }

/** `embeddedKey`: whether the header must hold the sender's own key, as that of a DPoP proof does, or must not. */
export function readJwt(token: string, maxBytes: number = MAX_TOKEN_BYTES, embeddedKey: 'refused' | 'required' = 'refused'): JwtReading {
  // Callers read the token from JSON or a form: a type error here would be a fault, and a fault is retried.
  if (typeof token !== 'string') return { ok: false, problem: 'not_text' }
  // Before anything looks into it. Characters are bytes in every token that can pass the alphabet check below.
  if (token.length > maxBytes) return { ok: false, problem: 'too_large' }
  const segments = token.split('.', 6)
  if (segments.length === 5) return { ok: false, problem: 'encrypted' }
  const [first, second, third] = segments
  if (segments.length !== 3 || first === undefined || second === undefined || third === undefined) return { ok: false, problem: 'not_three_segments' }
  const headerBytes = decodeBase64url(first)
  const payloadBytes = decodeBase64url(second)
  const signature = decodeBase64url(third)
  if (headerBytes === undefined || payloadBytes === undefined || signature === undefined) return { ok: false, problem: 'not_canonical_base64url' }
  if (signature.length === 0) return { ok: false, problem: 'signature_absent' }
  const header = readObject(headerBytes)
  if (header === undefined) return { ok: false, problem: 'header_not_json' }
  const payload = readObject(payloadBytes)
  if (payload === undefined) return { ok: false, problem: 'payload_not_json' }
  if (REFUSED_MEMBERS.some((name) => Object.hasOwn(header, name))) return { ok: false, problem: 'header_refused' }
  const { alg, typ, kid, jwk } = { alg: header['alg'], typ: header['typ'], kid: header['kid'], jwk: header['jwk'] }
  if (typeof alg !== 'string' || !isOptionalText(typ) || !isOptionalText(kid)) return { ok: false, problem: 'header_refused' }
  if ((jwk !== undefined) !== (embeddedKey === 'required')) return { ok: false, problem: 'header_refused' }
  if (jwk !== undefined && !isJsonObject(jwk)) return { ok: false, problem: 'header_refused' }
  return {
    ok: true,
    jwt: { token, alg, payload, ...(typ !== undefined && { typ }), ...(kid !== undefined && { kid }), ...(jwk !== undefined && { jwk }) },
  }
}

/** The unverified `typ` of the header, to choose which verifier is asked. Undefined when there is none or the token cannot be read. */
export function readTyp(token: string): string | undefined {
  const reading = readJwt(token)
  return reading.ok ? reading.jwt.typ : undefined
}

/** The unverified `iss`, to choose which verifier is asked. Undefined when there is none or the token cannot be read. */
export function readIssuer(token: string): string | undefined {
  const reading = readJwt(token)
  const iss = reading.ok ? reading.jwt.payload['iss'] : undefined
  return typeof iss === 'string' ? iss : undefined
}

function readObject(bytes: Uint8Array): JsonObject | undefined {
  const parsed = parseStrictJson(bytes, { maxBytes: MAX_TOKEN_BYTES, maxDepth: 32 })
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined
}

function isOptionalText(value: JsonValue | undefined): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value.length > 0 && value.length <= MAX_KID_LENGTH)
}
