// Signs a person in through the provider's real authorization code flow with PKCE, following the redirects a browser would.
import * as oidc from 'openid-client'
import type { IdentityProvider } from './identity-provider.ts'
import { PORTAL_CLIENT } from './identity-provider.ts'

const MAX_REDIRECTS = 8

/** The person's id_token, whose audience is the support portal. */
export async function signIn(provider: Pick<IdentityProvider, 'issuer' | 'portalRedirectUri'>, person: string): Promise<string> {
  const config = await oidc.discovery(new URL(provider.issuer), PORTAL_CLIENT, undefined, oidc.None(), { execute: [oidc.allowInsecureRequests] })
  const verifier = oidc.randomPKCECodeVerifier()
  const state = oidc.randomState()
  const start = oidc.buildAuthorizationUrl(config, {
    redirect_uri: provider.portalRedirectUri,
    scope: 'openid',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    login_hint: person,
    state,
  })
  const callback = await browse(start, provider.portalRedirectUri)
  const tokens = await oidc.authorizationCodeGrant(config, callback, { pkceCodeVerifier: verifier, expectedState: state })
  if (tokens.id_token === undefined) throw new Error('the identity provider gave no id_token')
  return tokens.id_token
}

/** Follows redirects with cookies until the callback is reached; the callback itself is not requested. */
async function browse(start: URL, until: string): Promise<URL> {
  const cookies = new Map<string, string>()
  let at = start
  for (let hop = 0; hop < MAX_REDIRECTS; hop++) {
    const response = await fetch(at, { redirect: 'manual', headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') } })
    await response.body?.cancel()
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location === null) throw new Error(`the sign-in stopped at ${at.pathname} with ${response.status}`)
    at = new URL(location, at)
    if (`${at.origin}${at.pathname}` === until) return at
  }
  throw new Error('the sign-in went round in circles')
}
