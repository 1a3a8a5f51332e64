// The published documents: RFC 8414, RFC 7517, RFC 9728. Public, cacheable, from configuration and the key ring alone.
// `scopes_supported` of the whole server is left out: which resources have which scopes is told per resource.
import type { BailiwickConfig } from '@bailiwick/config'
import type { JsonObject, Resource } from '@bailiwick/core'
import { DPOP_ALGORITHMS } from '@bailiwick/tokens'
import type { KeyRing } from '@bailiwick/tokens'
import { GRANT_TYPE } from '../exchange/parse-request.ts'
import type { Handler } from './handler.ts'
import { reply } from './reply.ts'

/** Short, because a compromised key leaves the set at once and a cached copy would keep it alive for others. */
const KEYS_MAX_AGE_SECONDS = 60
const METADATA_MAX_AGE_SECONDS = 300

export function serverMetadataDoor({ config }: { readonly config: BailiwickConfig }): Handler {
  const body = serverMetadata(config)
  return (_request, response) => reply(response, { status: 200, body, headers: cacheable(METADATA_MAX_AGE_SECONDS) })
}

export function keysDoor({ keys }: { readonly keys: KeyRing }): Handler {
  return (_request, response) => reply(response, { status: 200, body: keys.jwks(), headers: cacheable(KEYS_MAX_AGE_SECONDS) })
}

export function resourceMetadataDoor(config: Pick<BailiwickConfig, 'issuer'>, resource: Resource): Handler {
  const body: JsonObject = {
    resource: resource.uri,
    resource_name: resource.name,
    authorization_servers: [config.issuer],
    ...(resource.scopes.length === 0 ? {} : { scopes_supported: [...resource.scopes] }),
    bearer_methods_supported: ['header'],
    dpop_bound_access_tokens_required: resource.proof === 'dpop',
    dpop_signing_alg_values_supported: DPOP_ALGORITHMS,
    tls_client_certificate_bound_access_tokens: resource.proof === 'mtls',
  }
  return (_request, response) => reply(response, { status: 200, body, headers: cacheable(METADATA_MAX_AGE_SECONDS) })
}

function serverMetadata(config: BailiwickConfig): JsonObject {
  const methods = methodsOf(config)
  const algorithms = algorithmsOf(config)
  const at = (path: string): string => `${config.issuer.replace(/\/$/, '')}${path}`
  return {
    issuer: config.issuer,
    token_endpoint: at('/oauth2/token'),
    token_exchange_batch_endpoint: at('/oauth2/token-batch'),
    introspection_endpoint: at('/oauth2/introspect'),
    revocation_endpoint: at('/oauth2/revoke'),
    jwks_uri: at('/.well-known/jwks.json'),
    // Required by RFC 8414; there is no authorization endpoint.
    response_types_supported: [],
    grant_types_supported: [GRANT_TYPE],
    token_endpoint_auth_methods_supported: methods,
    token_endpoint_auth_signing_alg_values_supported: algorithms,
    introspection_endpoint_auth_methods_supported: methods,
    introspection_endpoint_auth_signing_alg_values_supported: algorithms,
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: algorithms,
    dpop_signing_alg_values_supported: DPOP_ALGORITHMS,
    tls_client_certificate_bound_access_tokens: seesCertificates(config),
  }
}

/** Those that prove something: of an authority, of a front, or of a client that is known by its own. */
function seesCertificates({ listen, clients }: BailiwickConfig): boolean {
  if ('shared' in listen) return false
  const bySelfSigned = [...clients.values()].some(({ authentication }) => authentication.method === 'self_signed_tls_client_auth')
  return listen.front !== undefined || listen.tls?.clientCaFile !== undefined || bySelfSigned
}

function methodsOf({ clients, identity }: BailiwickConfig): readonly string[] {
  const configured = [...clients.values()].flatMap(({ authentication }) => (authentication.method === 'mtls' ? [] : [authentication.method]))
  return [...new Set(['private_key_jwt', ...configured, ...(identity.spiffe === undefined ? [] : ['spiffe_jwt'])])]
}

function algorithmsOf({ clients }: BailiwickConfig): readonly string[] {
  const configured = [...clients.values()].flatMap(({ authentication }) => (authentication.method === 'private_key_jwt' ? authentication.algorithms : []))
  return configured.length === 0 ? ['ES256'] : [...new Set(configured)].toSorted()
}

function cacheable(seconds: number): Readonly<Record<string, string>> {
  return { 'cache-control': `public, max-age=${seconds}` }
}
