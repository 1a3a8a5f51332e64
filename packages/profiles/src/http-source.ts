// A directory read over HTTP: one GET per subject. In order: an addressable id, our own credential, status, content type, strict JSON, an object,
// and the answer speaks of whom we asked about. Anything but a 200 that passes all of these, or a 404, is a fault, never a profile.
import { parseStrictJson } from '@bailiwick/json'
import type { Clock, JsonObject } from '@bailiwick/core'
import type { ProfileSourceConfig } from '@bailiwick/config'
import { createBearer } from './bearer.ts'
import { boundedFetch } from './bounded-fetch.ts'
import type { BoundedResponse, Fetch } from './bounded-fetch.ts'
import { readPath } from './read-path.ts'
import { SourceFault } from './source.ts'
import type { Source, SourceAnswer, SubjectRef } from './source.ts'

export type HttpSourceConfig = Extract<ProfileSourceConfig, { readonly type: 'http' }>

export interface HttpSourceDeps {
  readonly clock: Clock
  readonly fetch: Fetch
  readonly closed: AbortSignal
}

const MAX_ID_CHARS = 512
const MAX_ETAG_CHARS = 128
const MAX_RETRY_AFTER_SECONDS = 60

export function createHttpSource(config: HttpSourceConfig, deps: HttpSourceDeps): Source {
  const bearer = createBearer(config.authentication, deps)

  const get = async (url: string, token: string | undefined, signal: AbortSignal): Promise<BoundedResponse> =>
    await boundedFetch(deps.fetch, url, {
      method: 'GET',
      headers: { accept: 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      signal,
      maxBytes: config.maxBytes,
    })

  return {
    async read(subject, signal) {
      const url = urlOf(config.url, subject)
      if (url === undefined) return { found: false }
      const token = await bearer.token(signal)
      let response = await get(url, token, signal)
      // A token may be revoked before its time: one more try with another.
      if (response.status === 401 && token !== undefined && bearer.refused(token)) response = await get(url, await bearer.token(signal), signal)
      return toAnswer(config, subject, response)
    },
  }
}

/** undefined for an id that cannot be a part of a path: `.` and `..` would address another place, however they are encoded. */
function urlOf(template: string, { id, sub }: SubjectRef): string | undefined {
  if (id === '' || id === '.' || id === '..' || id.length > MAX_ID_CHARS || !sub.isWellFormed()) return undefined
  return template.replaceAll(/\{(id|sub)\}/g, (_, name) => encodeURIComponent(name === 'id' ? id : sub))
}

function toAnswer(config: HttpSourceConfig, subject: SubjectRef, { status, headers, body }: BoundedResponse): SourceAnswer {
  if (status === 404) return { found: false }
  if (status !== 200) throw refusedStatus(status, headers)
  if (!isJson(headers.get('content-type'))) throw new SourceFault('source_content_type', 'source', 'the answer is not application/json')
  const parsed = parseStrictJson(body, { maxMembers: 10_000 })
  if (!parsed.ok) throw new SourceFault('source_answer_malformed', 'subject', `the answer is not strict JSON: ${parsed.problem.class}`)
  const document = parsed.value
  if (!isObject(document)) throw new SourceFault('source_answer_malformed', 'subject', 'the answer is not an object')
  if (!isAbout(readPath(document, config.subjectAttribute), subject)) {
    // Without this an id that means something to the directory's query language could fetch another person's profile.
    throw new SourceFault('source_wrong_subject', 'subject', 'the answer is about another subject')
  }
  const etag = headers.get('etag')
  return { found: true, document, ...(etag === null || etag.length > MAX_ETAG_CHARS ? {} : { etag }) }
}

function refusedStatus(status: number, headers: Headers): SourceFault {
  const seconds = headers.get('retry-after')
  const wait =
    (status === 429 || status === 503) && seconds !== null && /^[0-9]{1,6}$/.test(seconds) ? Math.min(MAX_RETRY_AFTER_SECONDS, Number(seconds)) : undefined
  // A redirect arrives here too: its target was chosen by the answer, not by the configuration.
  return new SourceFault('source_status', 'source', `the source answered ${status}`, wait === undefined ? {} : { retryAfterMs: wait * 1000 })
}

function isJson(contentType: string | null): boolean {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return type === 'application/json' || /^application\/[a-z0-9!#$&^_.-]+\+json$/.test(type)
}

function isAbout(value: unknown, { id, sub }: SubjectRef): boolean {
  if (typeof value === 'string') return value === id || value === sub
  return typeof value === 'number' && Number.isSafeInteger(value) && String(value) === id
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
