// A token taken apart, leniently: what a service would refuse is still shown, with what is wrong. Verifies nothing.
import type { JsonObject } from '@bailiwick/core'
import { isJsonObject, parseStrictJson } from '@bailiwick/json'
import { isObject } from '../http/json.ts'

export interface ReadToken {
  readonly header: JsonObject
  readonly payload: JsonObject
  /** What is wrong with the form, for people: every service would refuse it. */
  readonly problems: readonly string[]
}

export type TokenForm =
  | { readonly form: 'jws'; readonly read: ReadToken }
  | { readonly form: 'operator' }
  | { readonly form: 'encrypted' }
  | { readonly form: 'opaque' }

const BASE64URL = /^[A-Za-z0-9_-]+$/

export function readToken(token: string): TokenForm {
  if (token.startsWith('bwop_')) return { form: 'operator' }
  const segments = token.split('.')
  if (segments.length === 5) return { form: 'encrypted' }
  const [first = '', second = '', third = ''] = segments
  const problems: string[] = []
  const header = part(first, 'header', problems)
  const payload = part(second, 'payload', problems)
  if (segments.length !== 3 || header === undefined || payload === undefined) return { form: 'opaque' }
  if (third === '') problems.push('the signature is missing')
  else if (!BASE64URL.test(third)) problems.push('the signature is not base64url')
  for (const name of ['crit', 'jwk', 'jku', 'x5u', 'x5c', 'zip', 'enc'])
    if (Object.hasOwn(header, name)) problems.push(`the header has "${name}": a token that brings its own rules or keys is refused`)
  return { form: 'jws', read: { header, payload, problems } }
}

function part(segment: string, name: string, problems: string[]): JsonObject | undefined {
  if (!BASE64URL.test(segment)) return undefined
  const bytes = Buffer.from(segment, 'base64url')
  const strict = parseStrictJson(bytes, { maxBytes: 65_536, maxDepth: 32 })
  if (strict.ok) return isJsonObject(strict.value) ? strict.value : undefined
  try {
    const lenient: unknown = JSON.parse(bytes.toString('utf8'))
    if (!isObject(lenient)) return undefined
    problems.push(`the ${name} is not strict JSON (${strict.problem.class}): two readers could see two tokens`)
    return lenient
  } catch {
    return undefined
  }
}
