// Calls to one plane of Bailiwick. Credentials go only to https or to this machine, no redirect is followed, every wait and every body is bounded.
// What is not an answer of Bailiwick is a failure, never a success.
import type { JsonObject } from '@bailiwick/core'
import { CliError, EXIT } from '../exit-code.ts'
import { parseObject } from './json.ts'
import { bytesOf, readText } from './read-text.ts'
import { refused } from './refusal.ts'

export type FetchLike = (url: URL, init: RequestInit) => Promise<Response>

export interface Answer {
  readonly status: number
  readonly body: JsonObject
}

export interface Endpoint {
  readonly origin: string
  /** @throws CliError for every answer but success, except a status in `alsoAccept`. */
  get(path: string, query?: Readonly<Record<string, string | undefined>>, alsoAccept?: readonly number[]): Promise<Answer>
  post(path: string, body: JsonObject | string | URLSearchParams, alsoAccept?: readonly number[]): Promise<Answer>
  /** Server-sent events, until the server ends the stream or `signal` does. */
  stream(path: string, signal: AbortSignal): AsyncIterable<{ readonly event: string; readonly data: string }>
}

interface Call {
  readonly method?: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

export interface EndpointOptions {
  readonly url: string
  readonly fetch: FetchLike
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 15_000
const MAX_BYTES = 8 * 1024 * 1024

export function createEndpoint(options: EndpointOptions): Endpoint {
  const base = checkUrl(options.url)
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS
  const call = async (path: string, init: Call): Promise<Response> => {
    try {
      return await options.fetch(new URL(path, base), {
        ...init,
        redirect: 'error',
        headers: { accept: 'application/json', ...options.headers, ...init.headers },
      })
    } catch (error) {
      throw unreachable(base, timeoutMs, error)
    }
  }
  const answer = async (path: string, init: Call, alsoAccept: readonly number[]): Promise<Answer> => {
    const response = await call(path, { ...init, signal: AbortSignal.timeout(timeoutMs) })
    const body = await readJson(base, timeoutMs, response)
    if (response.ok || alsoAccept.includes(response.status)) return { status: response.status, body }
    throw refused(response.status, body)
  }
  return {
    origin: base.origin,
    get: (path, query = {}, alsoAccept = []) => {
      const search = new URLSearchParams(Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined))
      return answer(search.size === 0 ? path : `${path}?${search.toString()}`, {}, alsoAccept)
    },
    post: (path, body, alsoAccept = []) => {
      const form = body instanceof URLSearchParams
      const text = form ? body.toString() : typeof body === 'string' ? body : JSON.stringify(body)
      const type = form ? 'application/x-www-form-urlencoded' : 'application/json'
      return answer(path, { method: 'POST', body: text, headers: { 'content-type': type } }, alsoAccept)
    },
    stream: async function* (path, signal) {
      const response = await call(path, { signal })
      if (!response.ok) throw refused(response.status, await readJson(base, timeoutMs, response))
      let pending = ''
      const decoder = new TextDecoder()
      try {
        for await (const chunk of bytesOf(response)) {
          pending += decoder.decode(chunk, { stream: true })
          if (pending.length > MAX_BYTES) throw new CliError(EXIT.failure, 'the stream sent an event that is too large')
          const events = pending.split('\n\n')
          pending = events.pop() ?? ''
          for (const text of events) {
            const data = fieldOf(text, 'data')
            if (data !== undefined) yield { event: fieldOf(text, 'event') ?? 'message', data }
          }
        }
      } catch (error) {
        if (signal.aborted) return
        throw error instanceof CliError ? error : unreachable(base, timeoutMs, error)
      }
    },
  }
}

function fieldOf(text: string, name: string): string | undefined {
  const values = text
    .split('\n')
    .filter((line) => line.startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1).replace(/^ /, ''))
  return values.length === 0 ? undefined : values.join('\n')
}

/** A URL credentials may be sent to: https, or this machine. */
export function checkUrl(text: string): URL {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '')
    throw new CliError(EXIT.usage, 'the URL of Bailiwick must be http or https, without a user')
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw new CliError(EXIT.usage, 'credentials are sent over plain http only to this machine; use https')
  return url
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

async function readJson(base: URL, timeoutMs: number, response: Response): Promise<JsonObject> {
  let text: string | undefined
  try {
    text = await readText(response, MAX_BYTES)
  } catch (error) {
    throw unreachable(base, timeoutMs, error)
  }
  if (text === undefined) throw new CliError(EXIT.failure, 'the answer is too large')
  const body = parseObject(text)
  if (body !== undefined) return body
  throw new CliError(EXIT.failure, `${base.origin} answered ${response.status} with something that is not JSON: is this Bailiwick?`)
}

function unreachable(base: URL, timeoutMs: number, error: unknown): CliError {
  const timedOut = error instanceof Error && error.name === 'TimeoutError'
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : ''
  if (timedOut)
    return new CliError(EXIT.unreachable, `${base.origin} did not answer within ${timeoutMs / 1000} s: whether the act happened is not known`, { cause: error })
  const hint = code === ' (ECONNREFUSED)' ? ': is `bailiwick serve` running there?' : ''
  return new CliError(EXIT.unreachable, `cannot reach ${base.origin}${code}${hint}`, { cause: error })
}
