// fetch with the right runtime token: for URLs of the task's resources and for no others. Never follows a redirect, never sends a token in the clear,
// and answers a gateway's "invalid token" with one other token at most. What is denied comes back as it came: see denialOf.
import { nowSeconds } from '@bailiwick/core'
import type { Clock } from '@bailiwick/core'
import type { DpopKey } from './dpop-key.ts'
import { isRedirect, unreachable } from './endpoint.ts'
import type { Fetch } from './endpoint.ts'
import { BailiwickMisconfigured, BailiwickProtocolError, BailiwickUnavailable, isBailiwickError } from './errors.ts'
import { matchResource } from './match-resource.ts'
import type { ResourceTarget } from './match-resource.ts'
import { isSecure } from './secure-url.ts'
import type { AskedItem } from './token-batch.ts'
import type { TokenKeeper } from './token-keeper.ts'

export interface ResourceFetchDeps {
  readonly fetch: Fetch
  readonly clock: Clock
  readonly dpop: DpopKey | undefined
  readonly keeper: Pick<TokenKeeper, 'get' | 'replace'>
  readonly targets: readonly ResourceTarget[]
  /** Until the headers of the answer; the body is the caller's to read and to abort. */
  readonly timeoutMs: number
}

interface Call {
  readonly url: URL
  readonly headers: Headers
  readonly init: RequestInit
  readonly signal: AbortSignal | undefined
  /** The body can be sent twice. */
  readonly repeatable: boolean
}

export async function resourceFetch(deps: ResourceFetchDeps, input: string | URL | Request, init: RequestInit | undefined, scope: string): Promise<Response> {
  const call = await toCall(input, init)
  const asked = { resource: targetOf(deps.targets, call.url).uri, scope }
  const token = await deps.keeper.get(asked)
  const first = await send(deps, call, token)
  if (!isInvalidToken(first) || !call.repeatable) return first
  const other = await anotherToken(deps, asked, token)
  if (other === undefined) return first
  // Not awaited: a body nobody reads may never end.
  first.body?.cancel().catch(() => undefined)
  return await send(deps, call, other)
}

function targetOf(targets: readonly ResourceTarget[], url: URL): ResourceTarget {
  const target = matchResource(targets, url)
  // The path is left out of both: it may name a person or hold a secret.
  if (target === undefined) throw new BailiwickMisconfigured('no_resource', `no resource of this task covers this URL at ${url.origin}`)
  if (target === 'ambiguous') throw new BailiwickMisconfigured('ambiguous_path', `the path of this URL at ${url.origin} hides a slash or a dot segment`)
  if (!isSecure(url)) throw new BailiwickMisconfigured('insecure_resource', `a token is sent over plain http only to this machine, not to ${url.origin}`)
  return target
}

async function toCall(input: string | URL | Request, init: RequestInit = {}): Promise<Call> {
  const request = input instanceof Request ? input : undefined
  const url = URL.parse(input instanceof Request ? input.url : input)
  if (url === null) throw new BailiwickMisconfigured('url', 'the URL is not absolute')
  if (url.username !== '' || url.password !== '') throw new BailiwickMisconfigured('url', 'the URL carries a user or a password')
  const { headers, signal: initSignal, ...rest } = init
  const body = init.body ?? (request === undefined || request.body === null ? undefined : await request.arrayBuffer())
  const signal = initSignal ?? request?.signal
  return {
    url,
    headers: new Headers(headers ?? request?.headers),
    init: { ...rest, ...(rest.method === undefined && request !== undefined ? { method: request.method } : {}), ...(body === undefined ? {} : { body }) },
    signal,
    repeatable: isRepeatable(body),
  }
}

/** A stream is gone once it was sent. */
function isRepeatable(body: unknown): boolean {
  return (
    body === undefined ||
    body === null ||
    typeof body === 'string' ||
    body instanceof URLSearchParams ||
    body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body) ||
    body instanceof Blob ||
    body instanceof FormData
  )
}

async function send({ fetch, clock, dpop, timeoutMs }: ResourceFetchDeps, call: Call, token: string): Promise<Response> {
  const headers = new Headers(call.headers)
  // Whatever a client library put there (an API key it insists on) is not for this resource.
  headers.set('authorization', `${dpop === undefined ? 'Bearer' : 'DPoP'} ${token}`)
  // Made here and not before, so that the second try of a call has a proof of its own.
  if (dpop === undefined) headers.delete('dpop')
  else headers.set('dpop', await dpop.prove({ method: call.init.method ?? 'GET', url: call.url.href, token, nowSeconds: nowSeconds(clock) }))
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), timeoutMs)
  const signal = call.signal === undefined ? late.signal : AbortSignal.any([call.signal, late.signal])
  let response: Response
  try {
    response = await fetch(call.url.href, { ...call.init, headers, signal, redirect: 'manual' })
  } catch (thrown) {
    // The caller's own abort comes back as the caller made it.
    if (call.signal?.aborted === true) throw call.signal.reason
    if (isBailiwickError(thrown)) throw thrown
    if (late.signal.aborted) throw new BailiwickUnavailable('timeout', `${call.url.origin} did not answer within ${timeoutMs} ms`)
    throw unreachable(call.url.origin, thrown)
  } finally {
    clearTimeout(timer)
  }
  if (!isRedirect(response)) return response
  response.body?.cancel().catch(() => undefined)
  throw new BailiwickProtocolError('redirect_refused', `${call.url.origin} answered with a redirect`)
}

/** RFC 6750 section 3.1. A 401 without it is about something a new token does not change. */
function isInvalidToken(response: Response): boolean {
  return response.status === 401 && /\berror\s*=\s*"?invalid_token\b/i.test(response.headers.get('www-authenticate') ?? '')
}

/** Undefined where the gateway's own answer is the better one: no other token, or none to be had just now. */
async function anotherToken({ keeper }: ResourceFetchDeps, asked: AskedItem, refused: string): Promise<string | undefined> {
  try {
    return await keeper.replace(asked, refused)
  } catch (thrown) {
    // A denial ends the agent or the resource, and says why; a 401 would only send client libraries looking for a login.
    if (isBailiwickError(thrown) && thrown.kind === 'denied') throw thrown
    return undefined
  }
}
