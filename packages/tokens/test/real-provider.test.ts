// The verifier against a real OpenID provider (oidc-provider) on loopback, in real time: its discovery, its key set, an
// id_token of a code flow with PKCE and an RFC 9068 access token. What the test issuer imagines is checked here.
import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair } from 'jose'
import { Provider } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { IssuerConfig } from '@bailiwick/config'
import { nowSeconds, systemClock } from '@bailiwick/core'
import { createIssuerVerifier } from '../src/index.ts'
import type { IssuerVerifier } from '../src/index.ts'
import { headerOf, payloadOf, refusal } from './fixtures.ts'

const RESOURCE = 'urn:example:bailiwick-control'
const CALLBACK = 'http://127.0.0.1/callback'
const CLIENT = { client_id: 'support-portal', client_secret: 'a-secret-of-the-test-alone-0123456789' }

let server: Server
let issuer: string
let tokens: { readonly idToken: string; readonly accessToken: string }
let verifier: IssuerVerifier

beforeAll(async () => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'real' }
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => undefined
  server = createServer((request, response) => handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  issuer = `http://127.0.0.1:${address.port}`
  const provider = new Provider(issuer, {
    clients: [{ ...CLIENT, redirect_uris: [CALLBACK], response_types: ['code'], grant_types: ['authorization_code'], id_token_signed_response_alg: 'ES256' }],
    jwks: { keys: [jwk] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: 'tasks', accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }),
      },
    },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  })
  const finish = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const grant = new provider.Grant({ accountId: 'alice', clientId: CLIENT.client_id })
    grant.addOIDCScope('openid')
    grant.addResourceScope(RESOURCE, 'tasks')
    await provider.interactionFinished(request, response, { login: { accountId: 'alice' }, consent: { grantId: await grant.save() } })
  }
  const callback = provider.callback()
  handle = (request, response) => void (request.url?.startsWith('/interaction/') ? finish(request, response) : callback(request, response))
  tokens = await signIn(issuer)
  verifier = verifierFor({ audiences: ['support-portal'] })
})

afterAll(async () => {
  await verifier.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

function verifierFor(config: Partial<IssuerConfig>): IssuerVerifier {
  const base = { alias: 'corp', issuer, subjectClaim: 'sub', tokenTypes: ['id_token', 'access_token'], accessTokenTyp: ['at+jwt'] } as const
  return createIssuerVerifier({
    issuers: [{ ...base, audiences: ['support-portal'], algorithms: ['ES256'], kind: 'user', skewSeconds: 5, maxAgeSeconds: 600, allowHttp: true, ...config }],
    clock: systemClock,
  })
}

/** Code flow with PKCE; the cookies and redirects of a browser, without one. */
async function signIn(at: string): Promise<{ idToken: string; accessToken: string }> {
  const codeVerifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    client_id: CLIENT.client_id,
    response_type: 'code',
    redirect_uri: CALLBACK,
    scope: 'openid tasks',
    code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
    max_age: '3600',
  })
  const cookies = new Map<string, string>()
  let next = `${at}/auth?${query.toString()}`
  for (let hop = 0; hop < 6 && !next.startsWith(CALLBACK); hop += 1) {
    const response = await fetch(next, { redirect: 'manual', headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') } })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      cookies.set(name, value)
    }
    next = new URL(response.headers.get('location') ?? '/nowhere', at).href
  }
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code: new URL(next).searchParams.get('code') ?? '',
    redirect_uri: CALLBACK,
    code_verifier: codeVerifier,
  })
  const authorization = `Basic ${Buffer.from(`${CLIENT.client_id}:${CLIENT.client_secret}`).toString('base64')}`
  const answer: unknown = await (await fetch(`${at}/token`, { method: 'POST', body, headers: { authorization } })).json()
  if (typeof answer !== 'object' || answer === null || !('id_token' in answer) || !('access_token' in answer)) throw new Error('no tokens')
  return { idToken: String(answer.id_token), accessToken: String(answer.access_token) }
}

describe('tokens of a real provider', () => {
  it('an id_token becomes the identity of who signed in', async () => {
    const payload = payloadOf(tokens.idToken)
    expect(await verifier.verifySubjectToken(tokens.idToken, 'id_token', nowSeconds(systemClock))).toMatchObject({
      ok: true,
      value: { sub: 'corp:alice', iss: issuer, audiences: ['support-portal'], authenticatedAt: Number(payload['auth_time']) - 5 },
    })
  })

  it('an access token for control opens control and is no subject token', async () => {
    expect(headerOf(tokens.accessToken)['typ']).toBe('at+jwt')
    const now = nowSeconds(systemClock)
    expect(await verifier.verifyControlToken(tokens.accessToken, [RESOURCE], now)).toMatchObject({
      ok: true,
      value: { sub: 'corp:alice', authorizedParty: 'support-portal', scope: ['tasks'] },
    })
    expect(await refusal(verifier.verifySubjectToken(tokens.accessToken, 'access_token', now))).toBe('subject_invalid audience_refused')
    expect(await refusal(verifier.verifySubjectToken(tokens.accessToken, 'id_token', now))).toBe('subject_invalid typ_refused')
    expect((await verifier.verifyControlToken(tokens.idToken, [RESOURCE, 'support-portal'], now)).ok).toBe(false)
  })

  it('an access token is a subject token where its audience is configured', async () => {
    const other = verifierFor({ audiences: [RESOURCE] })
    expect(await other.verifySubjectToken(tokens.accessToken, 'access_token', nowSeconds(systemClock))).toMatchObject({
      ok: true,
      value: { sub: 'corp:alice' },
    })
    await other.close()
  })

  it('an id_token is no access token even where the issuer marks access tokens JWT', async () => {
    const lenient = verifierFor({ accessTokenTyp: ['at+jwt', 'JWT'] })
    expect((await lenient.verifySubjectToken(tokens.idToken, 'access_token', nowSeconds(systemClock))).ok).toBe(false)
    await lenient.close()
  })
})
