// Every kind of token at every place one is accepted (RFC 8725 section 2.8): each verifies in its own cells and in no other.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT, exportJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testClock } from '@bailiwick/kit/clock'
import { makeTestClient, makeTestTrustDomain } from '@bailiwick/kit/test-clients'
import type { TestClient, TestTrustDomain } from '@bailiwick/kit/test-clients'
import { startTestIssuer } from '@bailiwick/kit/test-issuer'
import type { TestIssuer } from '@bailiwick/kit/test-issuer'
import { bundleFromFile, createJwtSvidVerifier } from '@bailiwick/spiffe'
import { createClientAuthenticator, createIssuerVerifier, openKeyRing } from '../src/index.ts'
import type { IssuerVerifier, KeyRing } from '../src/index.ts'
import { ISSUER, NOW, clientId, runtimeClaims, taskClaims } from './fixtures.ts'

const CONTROL = 'bailiwick-control'
const SPIFFE_ID = 'spiffe://example.org/agent/triage'

let directory: string
let idp: TestIssuer
let issuers: IssuerVerifier
let keys: KeyRing
let portal: TestClient
let domain: TestTrustDomain
const tokens: Record<string, string> = {}
const places: Record<string, (token: string) => Promise<{ readonly ok: boolean }>> = {}

/** Which token belongs where. Everything else must be refused. */
const HOME: Readonly<Record<string, readonly string[]>> = {
  id_token: ['subject id_token'],
  'access token': ['subject access_token'],
  'access token for control': ['control'],
  'client assertion': ['client assertion'],
  'JWT-SVID': ['client svid', 'svid'],
  'our runtime token': ['our runtime'],
  'our task token': ['our task'],
  'logout token': [],
  SET: [],
  'DPoP proof': [],
  'id_token marked JWT': ['subject id_token'],
  'id_token for control': [],
  'id_token with a scope-free look of an access token': [],
  'JWT-SVID without a kid': ['client svid', 'svid'],
}
const PLACES = ['subject id_token', 'subject access_token', 'control', 'client assertion', 'client svid', 'svid', 'our runtime', 'our task']

beforeAll(async () => {
  const clock = testClock()
  directory = mkdtempSync(join(tmpdir(), 'bailiwick-matrix-'))
  idp = await startTestIssuer()
  portal = await makeTestClient('support-portal')
  domain = await makeTestTrustDomain('example.org')
  writeFileSync(join(directory, 'bundle.json'), JSON.stringify(domain.bundle))
  const svids = createJwtSvidVerifier({ trustDomain: 'example.org', bundle: bundleFromFile(join(directory, 'bundle.json')), clock })
  keys = await openKeyRing({ directory: join(directory, 'keys'), issuer: ISSUER, algorithm: 'ES256', clock })
  // As lenient as a configuration can be: an issuer that marks its access tokens JWT, one audience for everything, ours included.
  issuers = createIssuerVerifier({
    issuers: [idp.config({ accessTokenTyp: ['at+jwt', 'JWT'], audiences: ['support-portal', ISSUER] })],
    clock,
    timeoutMs: 15_000,
  })
  const common = { mayLaunch: false, actsFor: [], resources: [], mayDelegateTo: [], scopes: [] } as const
  const clients = createClientAuthenticator({
    issuer: ISSUER,
    clients: new Map([
      [
        portal.clientId,
        { id: portal.clientId, kind: 'launcher', authentication: { method: 'private_key_jwt', jwks: portal.jwks, algorithms: ['ES256'] }, ...common },
      ],
      [clientId('triage-agent'), { id: clientId('triage-agent'), kind: 'agent', authentication: { method: 'spiffe_jwt', spiffeId: SPIFFE_ID }, ...common }],
    ]),
    consumeOnce: () => Promise.resolve(true),
    verifySvid: (token, audiences, now) => svids.verify(token, audiences, now),
    clock,
  })
  const assertionType = (kind: string): string => `urn:ietf:params:oauth:client-assertion-type:${kind}`

  Object.assign(places, {
    'subject id_token': (token: string) => issuers.verifySubjectToken(token, 'id_token', NOW),
    'subject access_token': (token: string) => issuers.verifySubjectToken(token, 'access_token', NOW),
    control: (token: string) => issuers.verifyControlToken(token, [CONTROL], NOW),
    'client assertion': (token: string) => clients.authenticate({ assertion: token, assertionType: assertionType('jwt-bearer') }, NOW),
    'client svid': (token: string) => clients.authenticate({ assertion: token, assertionType: assertionType('jwt-spiffe') }, NOW),
    svid: (token: string) => svids.verify(token, [ISSUER], NOW),
    'our runtime': (token: string) => keys.verifyRuntimeToken(token, NOW),
    'our task': (token: string) => keys.verifyTaskToken(token, NOW),
  })

  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
  Object.assign(tokens, {
    id_token: await idp.idToken({ nonce: 'n' }),
    'id_token marked JWT': await idp.idToken({ at_hash: 'h' }, { header: { typ: 'JWT' } }),
    'id_token for control': await idp.idToken({ aud: CONTROL }),
    'id_token with a scope-free look of an access token': await idp.idToken({ aud: CONTROL }, { header: { typ: 'JWT' } }),
    'access token': await idp.accessToken(),
    'access token for control': await idp.accessToken({ aud: CONTROL }),
    // Older providers sign logout tokens without a typ of their own.
    'logout token': await idp.sign({ iss: idp.issuer, sub: 'alice', aud: 'support-portal', iat: NOW, exp: NOW + 120, jti: 'l', events }, { typ: 'JWT' }),
    SET: await idp.sign({ iss: idp.issuer, sub: 'alice', aud: ISSUER, iat: NOW, exp: NOW + 120, jti: 's', events }, { typ: 'secevent+jwt' }),
    'client assertion': await portal.assertion({ aud: ISSUER }),
    'JWT-SVID': await domain.svid({ sub: SPIFFE_ID, aud: ISSUER }),
    'JWT-SVID without a kid': await domain.svid({ sub: SPIFFE_ID, aud: [ISSUER], iss: 'https://spire.example', header: { kid: undefined } }),
    'our runtime token': await keys.mintRuntimeToken(runtimeClaims()),
    'our task token': await keys.mintTaskToken(taskClaims()),
    'DPoP proof': await new SignJWT({ jti: 'd', htm: 'POST', htu: `${ISSUER}/oauth2/token`, iat: NOW })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(await publicOf(portal)) })
      .sign(portal.privateKey),
  })
})

afterAll(async () => {
  await issuers.close()
  await keys.close()
  await idp.stop()
  rmSync(directory, { recursive: true, force: true })
})

async function publicOf(client: TestClient): Promise<CryptoKey> {
  const { kty, crv, x, y } = { ...client.jwks.keys[0] }
  return await crypto.subtle.importKey(
    'jwk',
    { kty: String(kty), crv: String(crv), x: String(x), y: String(y) },
    { name: 'ECDSA', namedCurve: 'P-256' },
    true,
    ['verify'],
  )
}

describe.each(Object.keys(HOME))('%s', (kind) => {
  it.each(PLACES)(`in the place of %s`, async (place) => {
    const verify = places[place]
    const token = tokens[kind]
    if (verify === undefined || token === undefined) throw new Error('not in the table')
    expect((await verify(token)).ok).toBe(HOME[kind]?.includes(place))
  })
})

// The same, where everybody signs with one key: then only the contents keep the kinds apart.
describe('with one key behind everything', () => {
  it('our own tokens are no subject tokens even of an issuer that shares our name and key', async () => {
    const claims = { iss: idp.issuer, aud: ['support-portal'], sub: 'alice', iat: NOW, exp: NOW + 300, jti: 'x', client_id: 'support-portal' }
    expect((await issuers.verifySubjectToken(await idp.sign(claims, { typ: 'task+jwt' }), 'access_token', NOW)).ok).toBe(false)
    expect((await issuers.verifySubjectToken(await idp.sign(claims, { typ: 'task+jwt' }), 'id_token', NOW)).ok).toBe(false)
    expect((await issuers.verifySubjectToken(await idp.sign(claims, { typ: 'client-authentication+jwt' }), 'access_token', NOW)).ok).toBe(false)
    expect((await issuers.verifySubjectToken(await idp.sign(claims, { typ: 'dpop+jwt' }), 'access_token', NOW)).ok).toBe(false)
    expect((await issuers.verifySubjectToken(await idp.sign(claims, { typ: 'AT+JWT' }), 'access_token', NOW)).ok).toBe(false)
  })
})
