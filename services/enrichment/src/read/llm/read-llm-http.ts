// A model call as it came over HTTP. Checks, in order: headers, path, a known dialect for that path, the query, the body, then
// what the dialect reads. An unknown path is refused: assistants, batches, files and realtime do not carry what they run.
import type { HttpForm, Resource, UnreadCall } from '@bailiwick/core'
import { foldKey } from '@bailiwick/json'
import type { ReservedKeys } from '@bailiwick/json'
import { refuse, refuseUnreadable, unreadable } from '../read-outcome.ts'
import type { ReadOutcome } from '../read-outcome.ts'
import { checkPath, pathnameOf } from '../transport/check-path.ts'
import { readHeaders } from '../transport/read-headers.ts'
import { readJsonBody } from '../transport/read-json-body.ts'
import { DIALECTS } from './dialects.ts'

const NO_LEXEMES: readonly string[] = []
const UNREAD: UnreadCall = { kind: 'unread', resourceKind: 'llm' }

export function readLlmHttp(resource: Resource, form: HttpForm): ReadOutcome {
  const read = readHeaders(form.headers)
  if (!read.ok) return refuseUnreadable(read, UNREAD)
  const path = checkPath(form.path)
  if (path !== undefined) return refuseUnreadable(path, UNREAD)
  const pathname = pathnameOf(form.path)
  const dialect = DIALECTS.find((candidate) => candidate.matches(pathname))
  if (dialect === undefined || form.method !== 'POST') return refuse({ reason: 'method_unknown', detail: 'path' }, UNREAD)
  if (!harmlessQuery(form.path.slice(pathname.length + 1), dialect.reservedKeys)) return refuseUnreadable(unreadable('not_a_request', 'query'), UNREAD)
  const body = readJsonBody(form, read.headers, { maxBytes: resource.maxBodyBytes, reservedKeys: dialect.reservedKeys, keepLexemes: NO_LEXEMES })
  if (!body.ok) return refuseUnreadable(body, UNREAD)
  const call = dialect.read(body.body.value)
  return typeof call === 'string' ? refuseUnreadable(unreadable('not_a_request', call), UNREAD) : { ok: true, call }
}

/** Frameworks fill handler parameters from the query: LiteLLM takes `?model=` there, before the body's. */
function harmlessQuery(query: string, reserved: ReservedKeys): boolean {
  return query.split(/[&;]/).every((pair) => {
    const raw = pair.split('=', 1)[0] ?? ''
    try {
      // Some frameworks read `model[]` and `model.x` into `model`.
      const key = decodeURIComponent(raw.replaceAll('+', ' ')).trim()
      return !reserved.folded.has(foldKey(/^[^[.]*/.exec(key)?.[0] ?? key))
    } catch {
      return false
    }
  })
}
