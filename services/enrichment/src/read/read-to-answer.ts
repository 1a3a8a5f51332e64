// What a renderer must know of a call that is refused before it is judged: the id to answer, the dialect to answer in. Without the id some MCP clients lose the
// reason of a refused token. Nothing of it is believed, and nobody has proved who they are: so little of a body is looked at.
import type { CallForm, HttpForm, Resource, UnreadCall } from '@bailiwick/core'
import { readCall } from './read-call.ts'

/** Messages are small. What is larger is answered by what stands before its body. */
const MAX_BYTES = 16_384

/** Does not tell whether the call could be read, nor what it was: that stays out of the audit, too. Never throws. */
export function readToAnswer(resource: Resource, form: CallForm): UnreadCall {
  // Of what a gateway has parsed itself it keeps the id.
  if (form.form !== 'http') return { kind: 'unread', resourceKind: resource.kind }
  const outcome = readCall(resource, isLarge(form) ? { ...form, body: 'partial' } : form)
  if (!outcome.ok) {
    const { method: _method, ...unread } = outcome.unread
    return unread
  }
  const { call } = outcome
  if (call.kind === 'llm') return { kind: 'unread', resourceKind: 'llm', dialect: call.dialect }
  const { shape, requestId, protocolVersion } = call
  return { kind: 'unread', resourceKind: 'mcp', shape, protocolVersion, ...(requestId === undefined ? {} : { requestId }) }
}

function isLarge({ body }: HttpForm): boolean {
  return typeof body !== 'string' && body.length > MAX_BYTES
}
