// The body as one JSON object, or why not. Checks, in order: no content coding (a gateway may decode after us), media type and
// charset, a complete body of the announced length within the limit, then the strict reader.
import type { HttpForm, JsonObject } from '@bailiwick/core'
import { isJsonObject, parseStrictJson } from '@bailiwick/json'
import type { JsonProblem, ReservedKeys } from '@bailiwick/json'
import { unreadable } from '../read-outcome.ts'
import type { Unreadable } from '../read-outcome.ts'
import type { CheckedHeaders } from './read-headers.ts'

export interface JsonBody {
  readonly value: JsonObject
  readonly lexemes: ReadonlyMap<string, string>
}

export type BodyOutcome = { readonly ok: true; readonly body: JsonBody } | ({ readonly ok: false } & Unreadable)

export interface BodyRules {
  readonly maxBytes: number
  /** For the top-level object. */
  readonly reservedKeys: ReservedKeys
  readonly keepLexemes: readonly string[]
  /** No key may be written with an escape. */
  readonly plainKeys: boolean
}

const MEDIA_TYPE = /^application\/json[ \t]*(;.*)?$/i
const CHARSET = /^;[ \t]*charset=(?:utf-8|"utf-8")[ \t]*$/i

/** Does not check what the object means. */
export function readJsonBody(form: HttpForm, headers: CheckedHeaders, rules: BodyRules): BodyOutcome {
  if (headers.has('content-encoding')) return refused(unreadable('encoding', 'content_encoding'))
  const media = MEDIA_TYPE.exec(headers.get('content-type') ?? '')
  if (media === null) return refused(unreadable('not_a_request', 'media_type'))
  if (media[1] !== undefined && !CHARSET.test(media[1])) return refused(unreadable('encoding', 'charset'))
  const missing = missingBody(form, headers)
  if (missing !== undefined) return refused(missing)
  if (form.body === 'absent' || form.body === 'partial') return refused(unreadable('partial', 'body_partial'))
  if (form.body.length > rules.maxBytes) return refused(unreadable('too_large', 'body_too_large'))
  const { maxBytes, reservedKeys, keepLexemes, plainKeys } = rules
  const parsed = parseStrictJson(form.body, { maxBytes, reservedKeys, keepLexemes, plainKeys })
  if (!parsed.ok) return refused(fromJsonProblem(parsed.problem))
  if (!isJsonObject(parsed.value)) return refused(unreadable('not_a_request', Array.isArray(parsed.value) ? 'batch' : 'not_an_object'))
  return { ok: true, body: { value: parsed.value, lexemes: parsed.lexemes } }
}

/** Whether less arrived here than the client announced: a gateway that sends no bodies, or cut this one without saying so. */
export function missingBody(form: HttpForm, headers: CheckedHeaders): Unreadable | undefined {
  if (form.body === 'partial') return unreadable('partial', 'body_partial')
  const length = form.body === 'absent' ? 0 : form.body.length
  const announced = headers.get('content-length')
  if (announced !== undefined && Number(announced) > length) return unreadable('partial', length === 0 ? 'body_not_forwarded' : 'body_partial')
  // Longer than announced: text that was not UTF-8 was replaced on the way, or two requests became one.
  if (announced !== undefined && Number(announced) < length) return unreadable('not_a_request', 'content_length')
  if (length > 0) return undefined
  return headers.has('transfer-encoding') ? unreadable('partial', 'body_not_forwarded') : unreadable('not_a_request', 'body_absent')
}

function fromJsonProblem(problem: JsonProblem): Unreadable {
  const detail = `json_${problem.class}_at_${problem.offset}`
  switch (problem.class) {
    case 'encoding':
      return unreadable('encoding', detail)
    case 'size':
      return unreadable('too_large', detail)
    case 'syntax':
    case 'duplicate_key':
    case 'folded_key':
    case 'escaped_key':
    case 'depth':
    case 'members':
    case 'number':
    case 'prototype_key':
    case 'trailing':
      return unreadable('syntax', detail)
  }
}

function refused(why: Unreadable): BodyOutcome {
  return { ok: false, ...why }
}
