// A request body as one JSON object, strictly read. Denials name the class of the problem, never content.
import type { IncomingMessage } from 'node:http'
import { deny, ok } from '@bailiwick/core'
import type { JsonObject, Result } from '@bailiwick/core'
import { isJsonObject, parseStrictJson } from '@bailiwick/json'
import { readBody } from '@bailiwick/runtime'

const MAX_BODY_BYTES = 64 * 1024
const JSON_TYPE = /^application\/json(?:\s*;\s*charset=utf-8)?$/i

/** An absent body is an empty object: some acts need only the credential in a header. */
export async function readJson(request: IncomingMessage): Promise<Result<JsonObject>> {
  const body = await readBody(request, MAX_BODY_BYTES)
  if (!body.ok)
    return body.problem === 'too_large'
      ? deny({ reason: 'body_unreadable', problem: 'too_large' })
      : deny({ reason: 'body_unreadable', problem: 'partial', detail: body.problem })
  if (body.bytes.length === 0) return ok({})
  if (!JSON_TYPE.test(request.headers['content-type'] ?? '')) return deny({ reason: 'body_unreadable', problem: 'encoding', detail: 'content_type' })
  const parsed = parseStrictJson(body.bytes, { maxBytes: MAX_BODY_BYTES, maxDepth: 8 })
  if (!parsed.ok) return deny({ reason: 'body_unreadable', problem: 'syntax', detail: parsed.problem.class })
  const { value } = parsed
  return isJsonObject(value) ? ok(value) : deny({ reason: 'body_unreadable', problem: 'not_a_request' })
}
