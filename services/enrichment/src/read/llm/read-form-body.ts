// The body as a form: its text fields as members of an object, its files only by name. Checks, in order: no content coding, media
// type and boundary, a complete body of the announced length within the limit, the strict multipart reader, then each field:
// known place of a file, plain text, no name given twice, no name that a framework would take for one that is read.
import type { HttpForm, JsonObject, JsonValue } from '@bailiwick/core'
import { foldKey, isJsonArray, newJsonObject } from '@bailiwick/json'
import type { ReservedKeys } from '@bailiwick/json'
import { unreadable } from '../read-outcome.ts'
import type { Unreadable } from '../read-outcome.ts'
import type { CheckedHeaders } from '../transport/read-headers.ts'
import { missingBody } from '../transport/read-json-body.ts'
import type { FormRules } from './dialect.ts'
import { readMultipart } from './multipart.ts'
import type { Part } from './multipart.ts'

export interface FormBodyRules extends FormRules {
  readonly maxBytes: number
  readonly reserved: ReservedKeys
}

export type FormBody = { readonly ok: true; readonly value: JsonObject } | ({ readonly ok: false } & Unreadable)

// RFC 2046 section 5.1.1, without the space; and unquoted only what is a token.
const MEDIA_TYPE = /^multipart\/form-data[ \t]*;[ \t]*boundary=(?:([A-Za-z0-9_.'+-]{1,70})|"([A-Za-z0-9'()+_,./:=?-]{1,70})")[ \t]*$/i
const TEXT_TYPE = /^text\/plain(?:; ?charset=(?:utf-8|"utf-8"))?$/i
const MAX_TEXT_BYTES = 1 << 20
const NUMBER = /^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?$/

/** Does not check what the fields mean. A number or a boolean is given as one; `name[]` as a list. */
export function readFormBody(form: HttpForm, headers: CheckedHeaders, rules: FormBodyRules): FormBody {
  if (headers.has('content-encoding')) return refused(unreadable('encoding', 'content_encoding'))
  const [, token, quoted] = MEDIA_TYPE.exec(headers.get('content-type') ?? '') ?? []
  const boundary = token ?? quoted
  if (boundary === undefined) return refused(unreadable('not_a_request', 'media_type'))
  const missing = missingBody(form, headers)
  if (missing !== undefined) return refused(missing)
  if (form.body === 'absent' || form.body === 'partial') return refused(unreadable('partial', 'body_partial'))
  const bytes = form.body
  if (bytes.length > rules.maxBytes) return refused(unreadable('too_large', 'body_too_large'))
  const parts = readMultipart(bytes, boundary)
  if (parts === undefined) return refused(unreadable('syntax', 'multipart'))
  const value = toMembers(parts, rules)
  return typeof value === 'string' ? refused(unreadable('not_a_request', value)) : { ok: true, value }
}

function toMembers(parts: readonly Part[], { files, reserved }: FormBodyRules): JsonObject | string {
  const members: { [key: string]: JsonValue } = newJsonObject()
  const folded = new Map<string, string>()
  for (const part of parts) {
    const { name } = part
    if (!isPlainName(name, reserved)) return 'field_name'
    const spelled = folded.get(foldKey(name))
    const isList = name.endsWith('[]')
    if (spelled !== undefined && (spelled !== name || !isList)) return 'field_twice'
    folded.set(foldKey(name), name)
    if (files.has(name)) continue
    const text = textOf(part)
    if (text === undefined) return 'field_text'
    const earlier = members[name]
    members[name] = isList ? [...(isJsonArray(earlier) ? earlier : []), text] : valueOf(text)
  }
  return members
}

/** `Model`, `model[]` and `model.id` become `model` in one framework or another. */
function isPlainName(name: string, reserved: ReservedKeys): boolean {
  if (name === '__proto__') return false
  const base = /^[^[.]*/.exec(name)?.[0] ?? name
  return reserved.exact.has(name) || !reserved.folded.has(foldKey(base))
}

function textOf({ hasFileName, type, content }: Part): string | undefined {
  if (hasFileName || (type !== undefined && !TEXT_TYPE.test(type)) || content.length > MAX_TEXT_BYTES) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
  } catch {
    return undefined
  }
}

function valueOf(text: string): JsonValue {
  if (text === 'true' || text === 'false') return text === 'true'
  return NUMBER.test(text) ? Number(text) : text
}

function refused(why: Unreadable): FormBody {
  return { ok: false, ...why }
}
