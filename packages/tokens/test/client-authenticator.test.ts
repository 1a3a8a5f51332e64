import { CompactSign, SignJWT, exportJWK, generateKeyPair } from 'jose'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Fault, deny, ok } from '@bailiwick/core'
import type { ClientId } from '@bailiwick/core'
import type { ClientAuthentication, ClientConfig } from '@bailiwick/config'
import { testClock } from '@bailiwick/kit/clock'
import { makeTestClient } from '@bailiwick/kit/test-clients'
import type { AssertionOptions, TestClient } from '@bailiwick/kit/test-clients'
import { createClientAuthenticator } from '../src/index.ts'
import type { ClientAuthenticator, VerifySvid } from '../src/index.ts'
import { ISSUER, NOW, clientId, payloadOf, refusal } from './fixtures.ts'

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const JWT_SPIFFE = 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe'
const TRIAGE = 'spiffe://example.org/agent/triage'

let portal: TestClient
let agent: TestClient
let spent: Map<string, number>
let authenticator: ClientAuthenticator

const consumeOnce = (key: string, until: number): Promise<boolean> => {
  const first = !spent.has(key)
  if (first) spent.set(key, until)
  return Promise.resolve(first)
}

function client(id: ClientId, authentication: ClientAuthentication): [ClientId, ClientConfig] {
  return [id, { id, kind: 'agent', authentication, mayLaunch: false, actsFor: [], resources: [], mayDelegateTo: [], scopes: [] }]
}

function clients(): Map<ClientId, ClientConfig> {
  return new Map([
    client(portal.clientId, { method: 'private_key_jwt', jwks: portal.jwks, algorithms: ['ES256'] }),
    client(agent.clientId, { method: 'private_key_jwt', jwks: agent.jwks, algorithms: ['ES256'] }),
    client(clientId('triage-agent'), { method: 'spiffe_jwt', spiffeId: TRIAGE }),
  ])
}

const svidOf =
  (spiffeId: string, audiences = [ISSUER]): VerifySvid =>
  (token, wanted) =>
    Promise.resolve(
      token === 'svid' && wanted.length === 1 && wanted[0] === ISSUER
        ? ok({ spiffeId, exp: NOW + 60, audiences })
        : deny({ reason: 'token_invalid', detail: 'bad_signature' }),
    )

const make = (verifySvid: VerifySvid = svidOf(TRIAGE)): ClientAuthenticator =>
  createClientAuthenticator({ issuer: ISSUER, clients: clients(), consumeOnce, verifySvid, clock: testClock() })

beforeAll(async () => {
  portal = await makeTestClient('support-portal')
  agent = await makeTestClient('refund-agent')
})

beforeEach(() => {
  spent = new Map()
  authenticator = make()
})

const present = async (change: Partial<AssertionOptions> = {}, by: TestClient = portal) =>
  await authenticator.authenticate({ assertion: await by.assertion({ aud: ISSUER, ...change }), assertionType: JWT_BEARER }, NOW)

describe('private_key_jwt', () => {
  it('proves a client', async () => {
    expect(await present()).toEqual({ ok: true, value: { clientId: 'support-portal', method: 'private_key_jwt' } })
    expect(await present({ aud: [ISSUER] })).toMatchObject({ ok: true })
    expect(await present({ header: { typ: 'JWT' } })).toMatchObject({ ok: true })
    expect(await present({ header: { typ: undefined } })).toMatchObject({ ok: true })
    expect(await present({ header: { kid: undefined } })).toMatchObject({ ok: true })
  })

  it('agrees with a client_id that is sent along, and with no other', async () => {
    const presented = async (id: string) => ({ assertion: await portal.assertion({ aud: ISSUER }), assertionType: JWT_BEARER, clientId: id })
    expect(await authenticator.authenticate(await presented('support-portal'), NOW)).toMatchObject({ ok: true })
    spent.clear()
    for (const id of ['refund-agent', 'nobody', '', 'a b']) {
      expect((await refusal(authenticator.authenticate(await presented(id), NOW))).split(' ')[0]).toBe('client_unauthenticated')
    }
    expect(spent.size).toBe(0)
  })

  it('works once, also when 50 try at the same moment', async () => {
    const assertion = await portal.assertion({ aud: ISSUER })
    const tries = await Promise.all(Array.from({ length: 50 }, () => authenticator.authenticate({ assertion, assertionType: JWT_BEARER }, NOW)))
    expect(tries.filter((result) => result.ok)).toHaveLength(1)
    expect(await refusal(authenticator.authenticate({ assertion, assertionType: JWT_BEARER }, NOW + 1))).toBe('client_unauthenticated assertion_replayed')
  })

  it('works once for a jti, however it is signed again or spelled', async () => {
    expect(await present({ jti: 'same' })).toMatchObject({ ok: true })
    expect(await refusal(present({ jti: 'same', exp: NOW + 120, header: { typ: 'JWT' } }))).toBe('client_unauthenticated assertion_replayed')
    expect(await present({ jti: 'same' }, agent)).toMatchObject({ ok: true })
  })

  it('is remembered at least as long as it could be used', async () => {
    await present({ exp: NOW + 300 })
    expect([...spent.values()].every((until) => until >= NOW + 300)).toBe(true)
  })

  it('keeps pairs of client and jti apart that look alike when joined', async () => {
    const a = await makeTestClient('a')
    const aa = await makeTestClient('a.a')
    const both = createClientAuthenticator({
      issuer: ISSUER,
      clients: new Map([a, aa].map((each) => client(each.clientId, { method: 'private_key_jwt', jwks: each.jwks, algorithms: ['ES256'] }))),
      consumeOnce,
      clock: testClock(),
    })
    expect(await both.authenticate({ assertion: await a.assertion({ aud: ISSUER, jti: ':a:x' }), assertionType: JWT_BEARER }, NOW)).toMatchObject({ ok: true })
    expect(await both.authenticate({ assertion: await aa.assertion({ aud: ISSUER, jti: 'x' }), assertionType: JWT_BEARER }, NOW)).toMatchObject({ ok: true })
    expect(spent.size).toBe(2)
  })

  it('is denied, not accepted, when the store cannot tell', async () => {
    const broken = createClientAuthenticator({
      issuer: ISSUER,
      clients: clients(),
      consumeOnce: () => Promise.reject(new Fault('state', 'store_down', 'down')),
      verifySvid: svidOf(TRIAGE),
      clock: testClock(),
    })
    await expect(broken.authenticate({ assertion: await portal.assertion({ aud: ISSUER }), assertionType: JWT_BEARER }, NOW)).rejects.toThrow(Fault)
  })

  const refused: [string, Partial<AssertionOptions>, string][] = [
    ['the token endpoint as audience', { aud: `${ISSUER}/oauth2/token` }, 'audience_refused'],
    ['a second audience', { aud: [ISSUER, 'https://other.example'] }, 'audience_refused'],
    ['our issuer twice', { aud: [ISSUER, ISSUER] }, 'audience_refused'],
    ['our issuer with a slash', { aud: `${ISSUER}/` }, 'audience_refused'],
    ['no audience', { aud: undefined }, 'audience_refused'],
    ['an empty audience', { aud: [] }, 'audience_refused'],
    ['another subject', { sub: 'refund-agent' }, 'subject_differs'],
    ['no subject', { sub: undefined }, 'subject_differs'],
    ['no jti', { jti: undefined }, 'jti_missing'],
    ['an empty jti', { jti: '' }, 'jti_missing'],
    ['a jti that is a number', { jti: 7 }, 'jti_missing'],
    ['a jti of 256 characters', { jti: 'j'.repeat(256) }, 'jti_missing'],
    ['no end', { exp: undefined }, 'times_missing'],
    ['no start', { iat: undefined }, 'times_missing'],
    ['an end as text', { exp: `${NOW + 60}` }, 'times_missing'],
    ['a fraction of a second', { exp: NOW + 60.5 }, 'times_missing'],
    ['a life of more than five minutes', { exp: NOW + 301 }, 'lifetime_refused'],
    ['an end that has passed', { iat: NOW - 60, exp: NOW }, 'expired'],
    ['a start in the future', { iat: NOW + 11, exp: NOW + 60 }, 'from_the_future'],
    ['a validity that has not begun', { nbf: NOW + 11 }, 'not_yet_valid'],
    ['the typ of an access token', { header: { typ: 'at+jwt' } }, 'typ_refused'],
    ['the typ of a task token', { header: { typ: 'task+jwt' } }, 'typ_refused'],
    ['the typ in lower case', { header: { typ: 'jwt' } }, 'typ_refused'],
    ['a key of its own', { header: { jwk: { kty: 'EC' } } }, 'header_refused'],
    ['a link to a key', { header: { x5u: 'https://evil.example' } }, 'header_refused'],
    ['an unknown kid', { header: { kid: 'other' } }, 'bad_signature'],
    ['the name of another client', { iss: 'refund-agent', sub: 'refund-agent' }, 'bad_signature'],
    ['the name of nobody', { iss: 'nobody', sub: 'nobody' }, 'unknown_client'],
    ['the name of a client that uses SVIDs', { iss: 'triage-agent', sub: 'triage-agent' }, 'unknown_client'],
    ['a name that every object has', { iss: 'constructor', sub: 'constructor' }, 'unknown_client'],
    ['no name', { iss: undefined }, 'unknown_client'],
  ]
  it.each(refused)('with %s is refused and spends nothing', async (_name, change, detail) => {
    expect(await refusal(present(change))).toBe(`client_unauthenticated ${detail}`)
    expect(spent.size).toBe(0)
  })

  it('with a critical extension is refused', async () => {
    const assertion = await new CompactSign(new TextEncoder().encode(JSON.stringify(payloadOf(await portal.assertion({ aud: ISSUER })))))
      .setProtectedHeader({ alg: 'ES256', crit: ['b64'], b64: true })
      .sign(portal.privateKey)
    expect(await refusal(authenticator.authenticate({ assertion, assertionType: JWT_BEARER }, NOW))).toBe('client_unauthenticated header_refused')
  })

  it('truncated at any place is refused and spends nothing', async () => {
    const assertion = await portal.assertion({ aud: ISSUER })
    for (let length = 0; length < assertion.length; length += 1) {
      expect((await authenticator.authenticate({ assertion: assertion.slice(0, length), assertionType: JWT_BEARER }, NOW)).ok).toBe(false)
    }
    expect(spent.size).toBe(0)
    expect(await authenticator.authenticate({ assertion, assertionType: JWT_BEARER }, NOW)).toMatchObject({ ok: true })
  })

  it('by a stranger looks the same for a client that exists and one that does not', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    const forge = (iss: string): Promise<string> =>
      new SignJWT({ iss, sub: iss, aud: ISSUER, iat: NOW, exp: NOW + 60, jti: 'j' }).setProtectedHeader({ alg: 'ES256' }).sign(privateKey)
    const reasons = await Promise.all(
      ['support-portal', 'nobody'].map(
        async (iss) => (await refusal(authenticator.authenticate({ assertion: await forge(iss), assertionType: JWT_BEARER }, NOW))).split(' ')[0],
      ),
    )
    expect(new Set(reasons)).toEqual(new Set(['client_unauthenticated']))
  })

  it('with an HMAC made from the public key is refused', async () => {
    const secret = new TextEncoder().encode(JSON.stringify(portal.jwks.keys[0]))
    const assertion = await new SignJWT(payloadOf(await portal.assertion({ aud: ISSUER }))).setProtectedHeader({ alg: 'HS256' }).sign(secret)
    expect(await refusal(authenticator.authenticate({ assertion, assertionType: JWT_BEARER }, NOW))).toBe('client_unauthenticated bad_signature')
  })
})

describe('spiffe_jwt', () => {
  const svid = { assertion: 'svid', assertionType: JWT_SPIFFE }

  it('proves the client with exactly that SPIFFE ID, again and again', async () => {
    for (let time = 0; time < 3; time += 1) {
      expect(await authenticator.authenticate(svid, NOW)).toEqual({ ok: true, value: { clientId: 'triage-agent', method: 'spiffe_jwt', spiffeId: TRIAGE } })
    }
    expect(spent.size).toBe(0)
  })

  it('refuses an id above, below or beside it, one for somebody else too, and what the verifier refuses', async () => {
    for (const id of ['spiffe://example.org/agent', `${TRIAGE}/x`, `${TRIAGE}2`, 'spiffe://example.org/agent/Triage']) {
      expect(await refusal(make(svidOf(id)).authenticate(svid, NOW))).toBe('client_unauthenticated unknown_client')
    }
    expect(await refusal(make(svidOf(TRIAGE, [ISSUER, 'https://other.example'])).authenticate(svid, NOW))).toBe('client_unauthenticated audience_refused')
    expect(await refusal(authenticator.authenticate({ ...svid, assertion: 'other' }, NOW))).toBe('client_unauthenticated bad_signature')
    expect(await refusal(authenticator.authenticate({ ...svid, clientId: 'support-portal' }, NOW))).toBe('client_unauthenticated client_id_differs')
  })

  it('is refused where no trust domain is configured', async () => {
    const without = createClientAuthenticator({
      issuer: ISSUER,
      clients: new Map([client(portal.clientId, { method: 'private_key_jwt', jwks: portal.jwks, algorithms: ['ES256'] })]),
      consumeOnce,
      clock: testClock(),
    })
    expect(await refusal(without.authenticate(svid, NOW))).toBe('client_unauthenticated assertion_type_refused')
    expect(() => createClientAuthenticator({ issuer: ISSUER, clients: clients(), consumeOnce, clock: testClock() })).toThrow(TypeError)
  })
})

it('an unknown or missing kind of assertion is no authentication', async () => {
  const assertion = await portal.assertion({ aud: ISSUER })
  expect(await refusal(authenticator.authenticate({ assertion, assertionType: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' }, NOW))).toBe(
    'client_unauthenticated assertion_type_refused',
  )
  expect(await refusal(authenticator.authenticate({ assertion, assertionType: '' }, NOW))).toBe('request_malformed client_assertion_type')
  expect(await refusal(authenticator.authenticate({ assertion: '', assertionType: JWT_BEARER }, NOW))).toBe('request_malformed client_assertion')
  expect(await refusal(authenticator.authenticate({ assertion: 'A'.repeat(16_385), assertionType: JWT_BEARER }, NOW))).toBe(
    'request_malformed client_assertion',
  )
})

it('an assertion presented as the other kind is refused', async () => {
  expect((await authenticator.authenticate({ assertion: await portal.assertion({ aud: ISSUER }), assertionType: JWT_SPIFFE }, NOW)).ok).toBe(false)
  expect((await authenticator.authenticate({ assertion: 'svid', assertionType: JWT_BEARER }, NOW)).ok).toBe(false)
})

it('a client with bad keys stops the start and is named', async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true, modulusLength: 2048 })
  const rsa = await exportJWK(publicKey)
  const { n, e, kty } = { n: String(rsa.n), e: String(rsa.e), kty: 'RSA' }
  const d = String((await exportJWK(privateKey)).d)
  const start =
    (keys: Record<string, string>[], algorithms = ['RS256']) =>
    () =>
      createClientAuthenticator({
        issuer: ISSUER,
        clients: new Map([client(portal.clientId, { method: 'private_key_jwt', jwks: { keys }, algorithms })]),
        consumeOnce,
        clock: testClock(),
      })
  expect(start([{ kty, n, e }])).not.toThrow()
  expect(start([{ kty, n, e: 'AQ' }])).toThrow(/support-portal.*weak_key/)
  expect(start([{ kty, n, e: 'BA' }])).toThrow(/weak_key/)
  expect(start([{ kty, n: n.slice(0, 171), e }])).toThrow(/weak_key/)
  expect(start([{ kty, n, e, d }])).toThrow(/private_key/)
  expect(start([{ kty: 'oct', k: 'AAAA' }])).toThrow(/symmetric_key/)
  expect(
    start([
      { kty, n, e, kid: 'a' },
      { kty, n, e, kid: 'a' },
    ]),
  ).toThrow(/duplicate_kid/)
  expect(start([{ kty, n, e, use: 'enc' }])).toThrow(/no_usable_key/)
  expect(start([])).toThrow(/no_usable_key/)
  expect(start([{ kty, n, e }], ['PS384', 'PS256'])).toThrow(/no_usable_key/)
  expect(start([{ kty, n, e }], ['HS256'])).toThrow(TypeError)
  expect(start([{ kty, n, e }], [])).toThrow(TypeError)
})
