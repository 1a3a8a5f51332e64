// The company's identity provider: the certified `oidc-provider`, with alice and bob and nobody to ask for a password. The sign-in page
// answers itself with the `login_hint`: that, and only that, is what a real deployment must never do. The company directory lives on the same
// server and lets in whoever holds a client-credentials token of it.
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair } from 'jose'
import type { Configuration, JWK, Provider } from 'oidc-provider'
import { withoutNotices } from './without-notices.ts'
import { serve } from '../listening.ts'
import type { Listening, Running } from '../listening.ts'
import { PEOPLE } from './people.ts'

export const PORTAL_CLIENT = 'support-portal'
export const DIRECTORY_CLIENT = 'bailiwick-directory'

export interface IdentityProvider extends Running {
  readonly issuer: string
  /** Of the client that reads the directory. */
  readonly directorySecret: string
  /** While true, the directory takes questions and answers none: a slow system, on demand. */
  freezeDirectory(frozen: boolean): void
  /** While true, the directory answers with roles that are none: a system that was changed by somebody else. */
  garbleDirectory(garbled: boolean): void
  readonly portalRedirectUri: string
}

export async function startIdentityProvider(
  at: number | Listening,
  directorySecret: string = randomBytes(32).toString('base64url'),
): Promise<IdentityProvider> {
  let frozen = false
  let garbled = false
  let handle: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
  const running = await serve(at, (request, response) => handle?.(request, response))
  const provider = await makeProvider(running.url, portalRedirectUri(running.url), directorySecret)
  const oidc = provider.callback()
  handle = (request, response) => {
    const { pathname } = new URL(request.url ?? '/', running.url)
    const task = pathname.startsWith('/interaction/')
      ? signInWithHint(provider, request, response)
      : pathname.startsWith('/directory/')
        ? frozen
          ? Promise.resolve()
          : lookUp(provider, pathname, request, response, garbled ? { roles: 7 } : {})
        : oidc(request, response)
    void task.catch(() => response.destroy())
  }
  return {
    ...running,
    issuer: running.url,
    directorySecret,
    freezeDirectory: (on) => {
      frozen = on
    },
    garbleDirectory: (on) => {
      garbled = on
    },
    portalRedirectUri: portalRedirectUri(running.url),
  }
}

/** Where the portal gets its answers: known to the provider beforehand. */
export function portalRedirectUri(issuer: string): string {
  return `${issuer}/portal/callback`
}

async function makeProvider(issuer: string, redirectUri: string, directorySecret: string): Promise<Provider> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const signing = (await exportJWK(privateKey)) as JWK
  const configuration: Configuration = {
    jwks: { keys: [{ ...signing, alg: 'RS256', use: 'sig', kid: 'idp-1' }] },
    clients: [
      {
        client_id: PORTAL_CLIENT,
        redirect_uris: [redirectUri],
        response_types: ['code'],
        grant_types: ['authorization_code'],
        token_endpoint_auth_method: 'none',
        require_auth_time: true,
      },
      {
        client_id: DIRECTORY_CLIENT,
        client_secret: directorySecret,
        redirect_uris: [],
        response_types: [],
        grant_types: ['client_credentials'],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    features: { devInteractions: { enabled: false }, clientCredentials: { enabled: true } },
    pkce: { required: () => true },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_context, id) => (PEOPLE.has(id) ? { accountId: id, claims: () => ({ sub: id }) } : undefined),
    // Everybody here has agreed to the company's own portal.
    loadExistingGrant: async (context) => {
      const { client, session } = context.oidc
      if (client === undefined || session?.accountId === undefined) return undefined
      const grant = new context.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId })
      grant.addOIDCScope('openid')
      await grant.save()
      return grant
    },
    ttl: { AccessToken: 600, AuthorizationCode: 60, ClientCredentials: 600, Grant: 3600, IdToken: 600, Interaction: 60, Session: 3600 },
  }
  return await withoutNotices(async () => new (await import('oidc-provider')).Provider(issuer, configuration))
}

async function signInWithHint(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { params } = await provider.interactionDetails(request, response)
  const accountId = typeof params['login_hint'] === 'string' ? params['login_hint'] : ''
  const result = PEOPLE.has(accountId) ? { login: { accountId } } : { error: 'access_denied', error_description: 'nobody of that name works here' }
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
}

async function lookUp(provider: Provider, pathname: string, request: IncomingMessage, response: ServerResponse, change: object): Promise<void> {
  const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  const grant = token === undefined ? undefined : await provider.ClientCredentials.find(token)
  if (grant?.clientId !== DIRECTORY_CLIENT) return answer(response, 401, { error: 'invalid_token' })
  const id = decodeURIComponent(/^\/directory\/users\/([^/]+)$/.exec(pathname)?.[1] ?? '')
  const person = PEOPLE.get(id)
  if (person === undefined) return answer(response, 404, { error: 'not_found' })
  answer(response, 200, { ...person, ...change })
}

function answer(response: ServerResponse, status: number, body: Record<string, unknown>): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(body))
}
