// One call to Bailiwick's own endpoints: a deadline over headers and body, a size cap, no redirects, JSON in and out. Every answer but a success
// ends as a typed error. Retries nothing: who calls knows whether the call may be repeated.
import { readDenial } from './denial.ts'
import { BailiwickDenied, BailiwickProtocolError, BailiwickUnavailable, isBailiwickError } from './errors.ts'
import { readText } from './read-text.ts'
import { isRecord } from './record.ts'
import type { JsonRecord } from './record.ts'
import { withoutTokens } from './without-tokens.ts'
import { within } from './within.ts'

/** What this library needs of fetch. It is always called with a string and a plain init. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface EndpointDeps {
  /** Without a trailing slash. */
  readonly base: string
  readonly fetch: Fetch
  readonly timeoutMs: number
}

export interface EndpointRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: JsonRecord
  /** Tokens this request carries: taken out of whatever ends in an error. */
  readonly secrets: readonly string[]
}

export interface Answer {
  readonly status: number
  readonly body: JsonRecord
}

/** Twenty tokens of the largest size, and what is around them. */
const MAX_ANSWER_BYTES = 512 * 1024
const MAX_RETRY_AFTER_SECONDS = 3_600
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

export async function callEndpoint(deps: EndpointDeps, request: EndpointRequest): Promise<Answer> {
  const outcome = await within(deps.timeoutMs, (signal) => send(deps, request, signal)).catch((thrown: unknown) => {
    throw isBailiwickError(thrown) ? thrown : unreachable(deps.base, thrown)
  })
  if (!outcome.done) throw new BailiwickUnavailable('timeout', `${deps.base} did not answer within ${deps.timeoutMs} ms`)
  return outcome.value
}

async function send({ base, fetch }: EndpointDeps, { method, path, headers = {}, body, secrets }: EndpointRequest, signal: AbortSignal): Promise<Answer> {
  const response = await fetch(`${base}${path}`, {
    method,
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    // A redirect would carry the assertion and the subject token to whoever it names.
    redirect: 'manual',
    signal,
  })
  if (isRedirect(response)) throw new BailiwickProtocolError('redirect_refused', `${base} answered with a redirect`)
  const text = await readText(response, MAX_ANSWER_BYTES)
  if (text === undefined) throw new BailiwickProtocolError('answer_too_large', `${base} answered more than ${MAX_ANSWER_BYTES} bytes`)
  const answered = parse(text)
  if (response.status < 200 || response.status > 299) throw refusal(base, response, answered, secrets)
  if (answered === undefined) throw new BailiwickProtocolError('answer_malformed', `${base} answered ${response.status} without a JSON object`)
  return { status: response.status, body: answered }
}

/** Any redirect, also one that an injected fetch followed although it was told not to. */
export function isRedirect(response: Response): boolean {
  return response.redirected || response.type === 'opaqueredirect' || REDIRECTS.has(response.status)
}

/** What went wrong below HTTP. Only the system's error code is kept: the rest of such an error may describe the request. */
export function unreachable(where: string, thrown: unknown): BailiwickUnavailable {
  const code = codeOf(thrown) ?? codeOf(thrown instanceof Error ? thrown.cause : undefined)
  return new BailiwickUnavailable('network', `${where} could not be reached${code === undefined ? '' : ` (${code})`}`)
}

function refusal(base: string, response: Response, body: JsonRecord | undefined, secrets: readonly string[]): Error {
  const { status } = response
  const denial = readDenial(body, secrets)
  const retryAfterMs = retryAfterOf(response)
  if (denial !== undefined && !denial.retryable && status < 500) return new BailiwickDenied(denial)
  if (denial !== undefined) return new BailiwickUnavailable(denial.reason, `${denial.reason}: ${denial.message}`, { denial, retryAfterMs })
  if (status >= 500 || status === 429 || status === 408) return new BailiwickUnavailable(`http_${status}`, `${base} answered ${status}`, { retryAfterMs })
  const error = typeof body?.['error'] === 'string' ? ` (${withoutTokens(body['error'], secrets)})` : ''
  return new BailiwickProtocolError(`http_${status}`, `${base} answered ${status}${error} and no reason: is this Bailiwick?`)
}

function retryAfterOf(response: Response): number | undefined {
  const text = response.headers.get('retry-after') ?? ''
  return /^\d{1,6}$/.test(text) ? Math.min(Number(text), MAX_RETRY_AFTER_SECONDS) * 1_000 : undefined
}

function codeOf(thrown: unknown): string | undefined {
  const code: unknown = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{0,63}$/.test(code) ? code : undefined
}

function parse(text: string): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
