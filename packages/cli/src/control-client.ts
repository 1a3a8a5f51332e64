// Calls to control. The operator's token goes only to https or to this machine, follows no redirect, and waits a bounded time. What is not an answer
// of control is a failure, never a success.
import { CliError, EXIT } from './exit-code.ts'
import { clean } from './terminal.ts'

export type Json = Readonly<Record<string, unknown>>

export interface Answer {
  readonly status: number
  readonly body: Json
}

export interface ControlClient {
  get(path: string, query?: Readonly<Record<string, string | undefined>>): Promise<Answer>
  post(path: string, body: Json): Promise<Answer>
  /** Server-sent events, until the server ends the stream or `signal` does. */
  stream(path: string, signal: AbortSignal): AsyncIterable<{ readonly event: string; readonly data: string }>
}

const TIMEOUT_MS = 15_000
const MAX_BYTES = 8 * 1024 * 1024

export function createControlClient(options: { readonly url: string; readonly token: string }): ControlClient {
  const base = checkUrl(options.url)
  const call = async (path: string, init: RequestInit): Promise<Response> => {
    try {
      return await fetch(new URL(path, base), {
        ...init,
        redirect: 'error',
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${options.token}`,
          ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
      })
    } catch (error) {
      throw unreachable(base, error)
    }
  }
  const answer = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await call(path, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) })
    const body = await readJson(base, response)
    if (response.ok) return { status: response.status, body }
    throw refused(response.status, body)
  }
  return {
    get: (path, query = {}) => {
      const search = new URLSearchParams(Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined))
      return answer(search.size === 0 ? path : `${path}?${search.toString()}`, {})
    },
    post: (path, body) => answer(path, { method: 'POST', body: JSON.stringify(body) }),
    stream: async function* (path, signal) {
      const response = await call(path, { signal })
      if (!response.ok) throw refused(response.status, await readJson(base, response))
      let pending = ''
      const decoder = new TextDecoder()
      try {
        for await (const chunk of bytesOf(response)) {
          pending += decoder.decode(chunk, { stream: true })
          if (pending.length > MAX_BYTES) throw new CliError(EXIT.failure, 'the stream sent an event that is too large')
          const events = pending.split('\n\n')
          pending = events.pop() ?? ''
          for (const text of events) {
            const data = fields(text, 'data')
            if (data !== undefined) yield { event: fields(text, 'event') ?? 'message', data }
          }
        }
      } catch (error) {
        if (signal.aborted) return
        throw error instanceof CliError ? error : unreachable(base, error)
      }
    },
  }
}

function fields(text: string, name: string): string | undefined {
  const values = text
    .split('\n')
    .filter((line) => line.startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1).replace(/^ /, ''))
  return values.length === 0 ? undefined : values.join('\n')
}

function checkUrl(text: string): URL {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '')
    throw new CliError(EXIT.usage, 'the URL of control must be http or https, without a user')
  const loopback = url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(url.hostname)
  if (url.protocol === 'http:' && !loopback) throw new CliError(EXIT.usage, 'the operator token is sent over plain http only to this machine; use https')
  return url
}

async function readJson(base: URL, response: Response): Promise<Json> {
  try {
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of bytesOf(response)) {
      length += chunk.length
      if (length > MAX_BYTES) throw new CliError(EXIT.failure, 'the answer is too large')
      chunks.push(chunk)
    }
    const text = Buffer.concat(chunks).toString('utf8')
    const parsed: unknown = JSON.parse(text)
    if (isJson(parsed)) return parsed
  } catch (error) {
    if (error instanceof CliError) throw error
    if (!(error instanceof SyntaxError)) throw unreachable(base, error)
  }
  throw new CliError(EXIT.failure, `${base.origin} answered ${response.status} with something that is not JSON: is this Bailiwick's control?`)
}

function bytesOf(response: Response): AsyncIterable<Uint8Array> {
  return response.body ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() })
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refused(status: number, body: Json): CliError {
  const say = (name: string): string | undefined => (typeof body[name] === 'string' ? clean(body[name]) : undefined)
  const reason = say('reason')
  const field = say('field')
  const decision = say('decision_id')
  const message = [
    (status === 404 ? 'control knows nothing by that id' : (say('detail') ?? say('title'))) ?? `control answered ${status}`,
    reason === undefined ? '' : ` [${reason}${field === undefined ? '' : `: ${field}`}]`,
    decision === undefined ? '' : ` (${decision})`,
  ].join('')
  if (status === 401 || status === 403) return new CliError(EXIT.denied, message)
  return new CliError(status >= 500 ? EXIT.unreachable : EXIT.failure, message)
}

function unreachable(base: URL, error: unknown): CliError {
  const timedOut = error instanceof Error && error.name === 'TimeoutError'
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : ''
  return new CliError(
    EXIT.unreachable,
    timedOut ? `${base.origin} did not answer within ${TIMEOUT_MS / 1000} s: whether the act happened is not known` : `cannot reach ${base.origin}${code}`,
    { cause: error },
  )
}
