// One look at an issuer: its discovery document by openid-client, then its key set, linted. Trusts nothing it was not asked
// for: the document's issuer must be the configured one byte for byte, and its key set must be https (or loopback, if allowed).
import { allowInsecureRequests, customFetch, discovery } from 'openid-client'
import { parseStrictJson } from '@bailiwick/json'
import { isLoopbackHost } from '@bailiwick/config'
import type { IssuerConfig } from '@bailiwick/config'
import { lintKeySet } from '../jwt/jwk-lint.ts'
import type { VerificationKey } from '../jwt/jwk-lint.ts'
import { boundedFetch } from './bounded-fetch.ts'
import type { FetchLike } from './bounded-fetch.ts'

const MAX_DISCOVERY_BYTES = 262_144
const MAX_KEY_SET_BYTES = 262_144

/** What is wrong with an issuer, for an operator. Never holds what the issuer said. */
export class IssuerTrouble extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'IssuerTrouble'
    this.code = code
  }
}

export async function fetchKeySetUri(issuer: IssuerConfig, fetch: FetchLike, signal: AbortSignal): Promise<string> {
  const bounded = async (url: string): Promise<Response> => {
    const bytes = await boundedFetch(url, { fetch, signal, maxBytes: MAX_DISCOVERY_BYTES })
    return new Response(bytes, { status: 200, headers: { 'content-type': 'application/json' } })
  }
  let metadata: { readonly issuer: string; readonly jwks_uri?: string }
  try {
    const configuration = await discovery(new URL(issuer.issuer), 'bailiwick', undefined, undefined, {
      [customFetch]: bounded,
      ...(issuer.allowHttp && { execute: [allowInsecureRequests] }),
    })
    metadata = configuration.serverMetadata()
  } catch (cause) {
    throw new IssuerTrouble('issuer_unreachable', 'discovery of the issuer failed', { cause })
  }
  // openid-client compares parsed URLs; an issuer identifier is a string.
  if (metadata.issuer !== issuer.issuer) throw new IssuerTrouble('issuer_differs', 'the discovery document names another issuer')
  if (metadata.jwks_uri === undefined || !mayFetch(metadata.jwks_uri, issuer.allowHttp)) {
    throw new IssuerTrouble('jwks_uri_refused', 'the discovery document has no key set that may be fetched')
  }
  return metadata.jwks_uri
}

export async function fetchKeySet(uri: string, issuer: IssuerConfig, fetch: FetchLike, signal: AbortSignal): Promise<readonly VerificationKey[]> {
  let bytes: Uint8Array
  try {
    bytes = await boundedFetch(uri, { fetch, signal, maxBytes: MAX_KEY_SET_BYTES })
  } catch (cause) {
    throw new IssuerTrouble('key_set_unreachable', 'the key set of the issuer could not be fetched', { cause })
  }
  const parsed = parseStrictJson(bytes, { maxBytes: MAX_KEY_SET_BYTES, maxDepth: 8 })
  if (!parsed.ok) throw new IssuerTrouble('key_set_not_json', 'the key set of the issuer is not strict JSON')
  const reading = lintKeySet(parsed.value, { algorithms: issuer.algorithms, requireUse: true })
  if (!reading.ok) throw new IssuerTrouble(`key_set_${reading.problem}`, 'the key set of the issuer is refused')
  return reading.keys
}

/** https, or http on loopback where the configuration says so. */
export function mayFetch(url: string, allowHttp: boolean): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname, username, password } = new URL(url)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && allowHttp && isLoopbackHost(hostname))
}
