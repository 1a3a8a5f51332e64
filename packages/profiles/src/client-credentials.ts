// An access token of our own for a directory (RFC 6749 section 4.4): discovered, fetched once for all who wait, kept until shortly before it
// ends. The fetch has its own deadline, longer than one profile read, so that a slow token endpoint still fills the cache; after a failure
// it is left alone for a while. It does not validate the token: it is opaque to us.
import * as oidc from 'openid-client'
import type { Clock } from '@bailiwick/core'
import type { HttpSourceAuthentication } from '@bailiwick/config'
import type { Bearer } from './bearer.ts'
import { boundedFetch } from './bounded-fetch.ts'
import type { Fetch } from './bounded-fetch.ts'
import { createBreaker } from './breaker.ts'
import { SourceFault } from './source.ts'
import { unlessAborted } from './unless-aborted.ts'

export interface ClientCredentialsDeps {
  readonly clock: Clock
  readonly fetch: Fetch
  readonly closed: AbortSignal
}

const TOKEN_TIMEOUT_MS = 3000
const TOKEN_MAX_BYTES = 128 * 1024
const TOKEN_MAX_CHARS = 16 * 1024
/** Where the endpoint does not say how long a token lives. */
const UNSTATED_LIFETIME_MS = 60_000
const LONGEST_KEPT_MS = 3_600_000
/** Sent a little before the end, a token still arrives before it. */
const MARGIN_MS = 10_000

interface Kept {
  readonly token: string
  readonly untilMs: number
}

export function createClientCredentials(
  config: Extract<HttpSourceAuthentication, { readonly method: 'client_credentials' }>,
  { clock, fetch, closed }: ClientCredentialsDeps,
): Bearer {
  const breaker = createBreaker({ clock, failuresToOpen: 1, firstPauseMs: 500, longestPauseMs: 15_000 })
  let kept: Kept | undefined
  let fetching: Promise<string> | undefined
  let discovered: oidc.Configuration | undefined

  const capped: oidc.CustomFetch = async (url, options) => {
    const body = options.body instanceof URLSearchParams ? options.body.toString() : typeof options.body === 'string' ? options.body : undefined
    const response = await boundedFetch(fetch, url, {
      method: options.method,
      headers: options.headers,
      signal: AbortSignal.any([closed, AbortSignal.timeout(TOKEN_TIMEOUT_MS)]),
      maxBytes: TOKEN_MAX_BYTES,
      ...(body === undefined ? {} : { body }),
    })
    return new Response(hasNoBody(response.status) ? null : Buffer.from(response.body), { status: response.status, headers: response.headers })
  }

  const discover = async (): Promise<oidc.Configuration> => {
    const found = await oidc.discovery(new URL(config.issuer), config.clientId, config.clientSecret, undefined, {
      [oidc.customFetch]: capped,
      ...(config.allowHttp ? { execute: [oidc.allowInsecureRequests] } : {}),
    })
    const metadata = found.serverMetadata()
    const methods = metadata.token_endpoint_auth_methods_supported
    // RFC 6749 section 2.3.1: every server takes Basic, unless its metadata says otherwise.
    const authentication =
      methods !== undefined && !methods.includes('client_secret_basic') && methods.includes('client_secret_post')
        ? oidc.ClientSecretPost(config.clientSecret)
        : oidc.ClientSecretBasic(config.clientSecret)
    const configuration = new oidc.Configuration(metadata, config.clientId, undefined, authentication)
    configuration[oidc.customFetch] = capped
    if (config.allowHttp) oidc.allowInsecureRequests(configuration)
    return configuration
  }

  const obtain = async (): Promise<string> => {
    const startedMs = clock.monotonicMs()
    try {
      discovered ??= await discover()
      const answer = await oidc.clientCredentialsGrant(discovered, config.scope === undefined ? {} : { scope: config.scope })
      const token = answer.access_token
      if (answer.token_type !== 'bearer') throw new TypeError('not a bearer token')
      if (token.length > TOKEN_MAX_CHARS || !/^[A-Za-z0-9._~+/-]+=*$/.test(token)) throw new TypeError('not a token')
      const lifetimeMs = answer.expires_in === undefined ? UNSTATED_LIFETIME_MS : answer.expires_in * 1000
      // Counted from before the request: the token may be as old as that.
      kept = { token, untilMs: startedMs + Math.max(0, Math.min(lifetimeMs, LONGEST_KEPT_MS) - Math.min(MARGIN_MS, lifetimeMs / 10)) }
      breaker.succeeded()
      return token
    } catch (error) {
      // The endpoint may have moved, or its ways changed: ask the metadata again next time.
      discovered = undefined
      breaker.failed()
      // openid-client's errors carry the response; only the kind of failure goes on, as `cause` for the debug log's stack.
      throw new SourceFault('source_token_unavailable', 'source', 'no access token for the source can be had', { cause: withoutResponse(error) })
    }
  }

  return {
    async token(signal) {
      if (kept !== undefined && clock.monotonicMs() < kept.untilMs) return kept.token
      if (fetching === undefined) {
        if (!breaker.admits()) throw new SourceFault('source_token_unavailable', 'nothing', 'the token endpoint failed a moment ago')
        fetching = obtain().finally(() => {
          fetching = undefined
        })
        // Whoever waits sees the failure; when nobody waits any more it is no unhandled rejection.
        fetching.catch(() => {})
      }
      return await unlessAborted(fetching, signal)
    },
    refused(token) {
      if (kept?.token === token) kept = undefined
      return true
    },
  }
}

function hasNoBody(status: number): boolean {
  return status === 204 || status === 205 || status === 304
}

function withoutResponse(error: unknown): Error {
  if (!(error instanceof Error)) return new Error('unknown failure')
  const code: unknown = Reflect.get(error, 'code')
  return new Error(typeof code === 'string' ? `${error.name} ${code}` : error.name)
}
