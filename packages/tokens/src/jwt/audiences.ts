// `aud` as RFC 7519 allows it: one string or an array of strings. Anything else is no audience at all, never "any".
import type { JsonValue } from '@bailiwick/core'

const MAX_AUDIENCES = 32

/** Undefined when missing, empty or malformed. Repeats are kept: a caller that wants one audience must see two. */
export function readAudiences(aud: JsonValue | undefined): readonly string[] | undefined {
  if (typeof aud === 'string') return aud === '' ? undefined : [aud]
  if (!Array.isArray(aud) || aud.length === 0 || aud.length > MAX_AUDIENCES) return undefined
  const audiences: string[] = []
  for (const entry of aud) {
    if (typeof entry !== 'string' || entry === '') return undefined
    audiences.push(entry)
  }
  return audiences
}
