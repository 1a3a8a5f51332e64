// Decodes `application/x-www-form-urlencoded` from raw bytes (RFC 6749 section 3.2). Empty means not sent; a repeat of anything but the named
// parameters is refused, known or not, because two parsers would pick two values; unknown parameters are otherwise ignored, as the RFC asks.
// Knows no parameter's meaning.
import type { IncomingMessage } from 'node:http'
import { deny, ok } from '@bailiwick/core'
import type { BodyProblem, Result } from '@bailiwick/core'
import { readBody } from '@bailiwick/runtime'
import type { CredentialFields } from '../exchange/model.ts'
import { hasMediaType } from './media-type.ts'

const MAX_PARAMETERS = 64

export interface Form {
  one(name: string): string | undefined
  many(name: string): readonly string[]
}

export async function readForm(request: IncomingMessage, maxBytes: number, repeatable: readonly string[] = []): Promise<Result<Form>> {
  const body = await readBytes(request, 'application/x-www-form-urlencoded', maxBytes)
  return body.ok ? parseForm(body.value, repeatable) : body
}

/** The bytes of a request of exactly this media type. */
export async function readBytes(request: IncomingMessage, mediaType: string, maxBytes: number): Promise<Result<Uint8Array>> {
  if (!hasMediaType(request, mediaType)) return unreadable('not_a_request', 'media_type')
  const body = await readBody(request, maxBytes)
  if (body.ok) return ok(body.bytes)
  switch (body.problem) {
    case 'too_large':
      return unreadable('too_large', 'too_large')
    case 'encoded':
      return unreadable('encoding', 'content_encoding')
    case 'aborted':
      return unreadable('partial', 'aborted')
  }
}

export function parseForm(bytes: Uint8Array, repeatable: readonly string[]): Result<Form> {
  // Everything else is percent-encoded in this media type; raw bytes above ASCII are somebody's other encoding.
  if (bytes.some((byte) => byte > 0x7e || byte < 0x20)) return unreadable('encoding', 'not_ascii')
  const values = new Map<string, string[]>()
  const pairs = [...new URLSearchParams(Buffer.from(bytes).toString('latin1'))]
  if (pairs.length > MAX_PARAMETERS) return deny({ reason: 'request_malformed', detail: 'too_many_parameters' })
  for (const [name, value] of pairs) {
    const held = values.get(name)
    if (held === undefined) values.set(name, [value])
    else if (repeatable.includes(name)) held.push(value)
    else return deny({ reason: 'request_malformed', detail: 'parameter_repeated' })
    // U+FFFD is what is left of bytes that were not UTF-8; control characters have no place in any parameter.
    if (/[\u0000-\u001f\u007f\ufffd]/.test(value)) return unreadable('encoding', 'parameter_text')
  }
  const many = (name: string): readonly string[] => (values.get(name) ?? []).filter((value) => value !== '')
  return ok({ one: (name) => many(name)[0], many })
}

/** How a client of any of our form endpoints proves who it is. */
export function credentialFields(form: Form, request: IncomingMessage): CredentialFields {
  return {
    assertionType: form.one('client_assertion_type'),
    assertion: form.one('client_assertion'),
    clientId: form.one('client_id'),
    other: sentAuthorization(request) || form.one('client_secret') !== undefined,
  }
}

export function sentAuthorization(request: IncomingMessage): boolean {
  return request.headers.authorization !== undefined
}

function unreadable(problem: BodyProblem, detail: string): Result<never> {
  return deny({ reason: 'body_unreadable', problem, detail })
}
