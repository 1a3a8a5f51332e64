import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CompactSign, SignJWT, exportJWK, generateKeyPair } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { IssuerConfig } from '@bailiwick/config'
import { testClock } from '@bailiwick/kit/clock'
import type { TestClock } from '@bailiwick/kit/clock'
import { startTestIssuer } from '@bailiwick/kit/test-issuer'
import type { TestIssuer } from '@bailiwick/kit/test-issuer'
import { createIssuerVerifier } from '../src/index.ts'
import type { IssuerProblem, IssuerVerifier, IssuerVerifierDeps } from '../src/index.ts'
import { NOW, headerOf, payloadOf, refusal, tamper } from './fixtures.ts'

let idp: TestIssuer
let clock: TestClock
let problems: IssuerProblem[]
const open: IssuerVerifier[] = []

beforeAll(async () => {
  idp = await startTestIssuer()
})

afterAll(() => idp.stop())

beforeEach(() => {
  clock = testClock()
  problems = []
})

afterEach(async () => {
  idp.serve('discovery', undefined)
  idp.serve('jwks', undefined)
  idp.thaw()
  await idp.restart()
  for (const verifier of open.splice(0)) await verifier.close()
})

/** Long enough for a machine under load: only the tests of an issuer that hangs wait for the end of it, and those say how long. */
const PATIENT_MS = 15_000

function verifierFor(config: Partial<IssuerConfig> = {}, deps: Partial<IssuerVerifierDeps> = {}): IssuerVerifier {
  const verifier = createIssuerVerifier({
    issuers: [idp.config(config)],
    clock,
    timeoutMs: PATIENT_MS,
    report: (problem) => problems.push(problem),
    ...deps,
  })
  open.push(verifier)
  return verifier
}

const seconds = (): number => Math.floor(clock.nowMs() / 1000)

describe('an id_token', () => {
  it('becomes the identity of its subject under the alias of its issuer', async () => {
    const token = await idp.idToken()
    expect(await verifierFor().verifySubjectToken(token, 'id_token', NOW)).toEqual({
      ok: true,
      value: {
        issuerAlias: 'corp',
        sub: 'corp:alice',
        iss: idp.issuer,
        subId: { format: 'iss_sub', iss: idp.issuer, sub: 'alice' },
        kind: 'user',
        audiences: ['support-portal'],
        authorizedParty: 'support-portal',
        iat: NOW,
        exp: NOW + 300,
        authenticatedAt: NOW - 60 - 5,
        scope: [],
        tokenType: 'id_token',
      },
    })
  })

  it('may say typ JWT', async () => {
    expect(await verifierFor().verifySubjectToken(await idp.idToken({}, { header: { typ: 'JWT' } }), 'id_token', NOW)).toMatchObject({ ok: true })
  })

  it('surfaces act and may_act as they are', async () => {
    const token = await idp.idToken({ act: { sub: 'x' }, may_act: { sub: 'y' } })
    expect(await verifierFor().verifySubjectToken(token, 'id_token', NOW)).toMatchObject({ ok: true, value: { act: { sub: 'x' }, mayAct: { sub: 'y' } } })
  })

  it('surfaces even a null act, which is not the absence of one', async () => {
    const result = await verifierFor().verifySubjectToken(await idp.idToken({ act: null }), 'id_token', NOW)
    expect(result.ok && 'act' in result.value).toBe(true)
  })

  it('uses the configured subject claim', async () => {
    const verifier = verifierFor({ subjectClaim: 'oid' })
    expect(await verifier.verifySubjectToken(await idp.idToken({ oid: '0f-1' }), 'id_token', NOW)).toMatchObject({ ok: true, value: { sub: 'corp:0f-1' } })
    expect(await refusal(verifier.verifySubjectToken(await idp.idToken(), 'id_token', NOW))).toBe('subject_invalid subject_malformed')
  })

  it('without auth_time says nothing about the sign-in', async () => {
    const result = await verifierFor().verifySubjectToken(await idp.idToken({ auth_time: undefined }), 'id_token', NOW)
    expect(result.ok && 'authenticatedAt' in result.value).toBe(false)
  })

  it('with a sign-in later than the token counts it as of the token: a later one would slip past a cut-off', async () => {
    const result = await verifierFor().verifySubjectToken(await idp.idToken({ auth_time: NOW + 10_000 }), 'id_token', NOW)
    expect(result).toMatchObject({ ok: true, value: { authenticatedAt: NOW - 5 } })
  })

  const refused: [string, Record<string, unknown>, string][] = [
    ['another issuer', { iss: 'http://127.0.0.1:1' }, 'unknown_issuer'],
    ['the issuer with a slash', { iss: 'SLASH' }, 'unknown_issuer'],
    ['no issuer', { iss: undefined }, 'unknown_issuer'],
    ['an issuer that is a property of objects', { iss: '__proto__' }, 'unknown_issuer'],
    ['another audience', { aud: 'payroll' }, 'audience_refused'],
    ['a longer audience', { aud: 'support-portal2' }, 'audience_refused'],
    ['no audience', { aud: undefined }, 'audience_refused'],
    ['an empty audience list', { aud: [] }, 'audience_refused'],
    ['an audience that is no string', { aud: ['support-portal', 7] }, 'audience_refused'],
    ['several audiences and no azp', { aud: ['support-portal', 'payroll'] }, 'authorized_party_refused'],
    ['several audiences and a foreign azp', { aud: ['support-portal', 'payroll'], azp: 'payroll' }, 'authorized_party_refused'],
    ['a nameless subject', { sub: '' }, 'subject_malformed'],
    ['no subject', { sub: undefined }, 'subject_malformed'],
    ['a subject that is a number', { sub: 7 }, 'subject_malformed'],
    ['a subject of 256 characters', { sub: 'a'.repeat(256) }, 'subject_malformed'],
    ['a subject with a line break', { sub: 'alice\nx-admin: 1' }, 'subject_malformed'],
    ['a subject with a space', { sub: 'alice ' }, 'subject_malformed'],
    ['a subject in look-alike letters', { sub: '\u0430lice' }, 'subject_malformed'],
    ['no end', { exp: undefined }, 'times_missing'],
    ['no start', { iat: undefined }, 'times_missing'],
    ['an end beyond reckoning', { exp: 1e15 }, 'lifetime_refused'],
    ['times as text', { exp: String(NOW + 300) }, 'times_missing'],
    ['a start in the future', { iat: NOW + 6 }, 'from_the_future'],
    ['a validity that has not begun', { nbf: NOW + 6 }, 'not_yet_valid'],
    ['an auth_time as text', { auth_time: 'yesterday' }, 'auth_time_malformed'],
    ['the scope of an access token', { scope: 'openid' }, 'not_an_id_token'],
    ['the client of an access token', { client_id: 'support-portal' }, 'not_an_id_token'],
    ['the events of a logout token', { events: {} }, 'not_an_id_token'],
    ['a key it is bound to', { cnf: { jkt: 'x' } }, 'not_an_id_token'],
    ['a claim that says Bearer', { typ: 'Bearer' }, 'not_an_id_token'],
  ]
  it.each(refused)('with %s is refused', async (_name, claims, detail) => {
    const iss = claims['iss'] === 'SLASH' ? { iss: `${idp.issuer}/` } : {}
    expect(await refusal(verifierFor().verifySubjectToken(await idp.idToken({ ...claims, ...iss }), 'id_token', NOW))).toBe(`subject_invalid ${detail}`)
  })

  it('that has ended, or is older than the issuer allows, is refused as such', async () => {
    const token = await idp.idToken({ exp: NOW + 7200 })
    expect(await refusal(verifierFor().verifySubjectToken(token, 'id_token', NOW + 7200))).toBe('token_expired')
    expect(await refusal(verifierFor().verifySubjectToken(token, 'id_token', NOW + 3601))).toBe('token_expired too_old')
    expect(await verifierFor().verifySubjectToken(token, 'id_token', NOW + 3600)).toMatchObject({ ok: true })
  })

  it('that has ended and is not signed by the issuer is refused as forged', async () => {
    const token = tamper(await idp.idToken(), 1, (claims) => ({ ...claims, exp: NOW - 1, iat: NOW - 100 }))
    expect(await refusal(verifierFor().verifySubjectToken(token, 'id_token', NOW))).toBe('subject_invalid bad_signature')
  })

  it('truncated at any place is refused', async () => {
    const token = await idp.idToken()
    const verifier = verifierFor()
    expect(await verifier.verifySubjectToken(token, 'id_token', NOW)).toMatchObject({ ok: true })
    for (let length = 0; length < token.length; length += 1) expect((await verifier.verifySubjectToken(token.slice(0, length), 'id_token', NOW)).ok).toBe(false)
  })

  it('with a duplicate claim is refused, whichever a lenient reader would take', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    const jwk = { ...(await exportJWK(publicKey)), kid: 'd', alg: 'ES256', use: 'sig' }
    idp.serve('jwks', () => ({ keys: [jwk] }))
    const payload = JSON.stringify(payloadOf(await idp.idToken())).replace('{', '{"sub":"bob",')
    const token = await new CompactSign(new TextEncoder().encode(payload)).setProtectedHeader({ alg: 'ES256', kid: 'd' }).sign(privateKey)
    expect(await refusal(verifierFor().verifySubjectToken(token, 'id_token', NOW))).toBe('subject_invalid payload_not_json')
  })

  it('signed with alg none, with our public key as a secret, or with a key it brings along is refused', async () => {
    const verifier = verifierFor()
    const claims = payloadOf(await idp.idToken())
    const [jwk] = idp.jwks().keys
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.AAAA`
    expect(await refusal(verifier.verifySubjectToken(none, 'id_token', NOW))).toBe('subject_invalid algorithm_refused')
    const hmac = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: String(jwk?.kid) }).sign(new TextEncoder().encode(JSON.stringify(jwk)))
    expect(await refusal(verifier.verifySubjectToken(hmac, 'id_token', NOW))).toBe('subject_invalid algorithm_refused')
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    const own = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', jwk: await exportJWK(publicKey) }).sign(privateKey)
    expect(await refusal(verifier.verifySubjectToken(own, 'id_token', NOW))).toBe('subject_invalid header_refused')
  })
})

describe('an access_token', () => {
  it('becomes an identity with its client and its scopes', async () => {
    expect(await verifierFor().verifySubjectToken(await idp.accessToken({ scope: 'openid refunds' }), 'access_token', NOW)).toMatchObject({
      ok: true,
      value: { sub: 'corp:alice', authorizedParty: 'support-portal', scope: ['openid', 'refunds'], tokenType: 'access_token' },
    })
  })

  it('is accepted with typ JWT only where the issuer is configured so and the token shows what it is', async () => {
    const token = await idp.accessToken({}, { header: { typ: 'JWT' } })
    expect(await refusal(verifierFor().verifySubjectToken(token, 'access_token', NOW))).toBe('subject_invalid typ_refused')
    const lenient = verifierFor({ accessTokenTyp: ['at+jwt', 'JWT'] })
    expect(await lenient.verifySubjectToken(token, 'access_token', NOW)).toMatchObject({ ok: true })
    const idToken = await idp.idToken({ nonce: 'n' }, { header: { typ: 'JWT' } })
    expect(await refusal(lenient.verifySubjectToken(idToken, 'access_token', NOW))).toBe('subject_invalid not_an_access_token')
    const plainIdToken = await idp.idToken({}, { header: { typ: 'JWT' } })
    expect(await refusal(lenient.verifySubjectToken(plainIdToken, 'access_token', NOW))).toBe('subject_invalid not_an_access_token')
    expect(await refusal(lenient.verifySubjectToken(token, 'id_token', NOW))).toBe('subject_invalid not_an_id_token')
  })

  it('is refused where the issuer is configured for id_tokens only, and the other way round', async () => {
    const idOnly = verifierFor({ tokenTypes: ['id_token'] })
    expect(await refusal(idOnly.verifySubjectToken(await idp.accessToken(), 'access_token', NOW))).toBe('subject_invalid token_type_refused')
    const accessOnly = verifierFor({ tokenTypes: ['access_token'] })
    expect(await refusal(accessOnly.verifySubjectToken(await idp.idToken(), 'id_token', NOW))).toBe('subject_invalid token_type_refused')
  })

  it('is refused with two different clients, another audience or a key it is bound to', async () => {
    const verifier = verifierFor()
    expect(await refusal(verifier.verifySubjectToken(await idp.accessToken({ azp: 'other' }), 'access_token', NOW))).toBe(
      'subject_invalid authorized_party_refused',
    )
    expect(await refusal(verifier.verifySubjectToken(await idp.accessToken({ aud: 'crm' }), 'access_token', NOW))).toBe('subject_invalid audience_refused')
    expect(await refusal(verifier.verifySubjectToken(await idp.accessToken({ cnf: { jkt: 'x' } }), 'access_token', NOW))).toBe(
      'subject_invalid not_an_access_token',
    )
  })
})

describe('a control token', () => {
  const control = ['bailiwick-control']

  it('is an access token made for control', async () => {
    const token = await idp.accessToken({ aud: 'bailiwick-control' })
    expect(await verifierFor().verifyControlToken(token, control, NOW)).toMatchObject({ ok: true, value: { sub: 'corp:alice' } })
    expect(await refusal(verifierFor().verifySubjectToken(token, 'access_token', NOW))).toBe('subject_invalid audience_refused')
  })

  it('is never an id_token, a subject token, a token for both, or one marked JWT', async () => {
    const verifier = verifierFor({ accessTokenTyp: ['at+jwt', 'JWT'] })
    const cases = [
      await idp.idToken({ aud: 'bailiwick-control' }),
      await idp.accessToken(),
      await idp.accessToken({ aud: ['bailiwick-control', 'support-portal'] }),
      await idp.accessToken({ aud: 'bailiwick-control' }, { header: { typ: 'JWT' } }),
      await idp.accessToken({ aud: undefined }),
    ]
    for (const token of cases) expect((await verifier.verifyControlToken(token, control, NOW)).ok).toBe(false)
    expect((await verifier.verifyControlToken(await idp.accessToken({ aud: 'bailiwick-control' }), [], NOW)).ok).toBe(false)
  })
})

describe('two issuers', () => {
  it('with the same kid and the same subject stay apart', async () => {
    const other = await startTestIssuer({ alias: 'corp' })
    try {
      const verifier = createIssuerVerifier({ issuers: [idp.config(), other.config({ alias: 'partner' })], clock, timeoutMs: PATIENT_MS })
      open.push(verifier)
      expect(headerOf(await other.idToken())['kid']).toBe(headerOf(await idp.idToken())['kid'])
      expect(await verifier.verifySubjectToken(await other.idToken(), 'id_token', NOW)).toMatchObject({ ok: true, value: { sub: 'partner:alice' } })
      expect(await verifier.verifySubjectToken(await idp.idToken(), 'id_token', NOW)).toMatchObject({ ok: true, value: { sub: 'corp:alice' } })
      const crossed = await other.idToken({ iss: idp.issuer })
      expect(await refusal(verifier.verifySubjectToken(crossed, 'id_token', NOW))).toBe('subject_invalid bad_signature')
      const forged = await idp.idToken({ sub: 'x:partner:alice' })
      expect(await verifier.verifySubjectToken(forged, 'id_token', NOW)).toMatchObject({ ok: true, value: { sub: 'corp:x:partner:alice' } })
    } finally {
      await other.stop()
    }
  })

  it('may not share an alias or an identifier, and no alias may be reserved or hold a colon', () => {
    const make =
      (configs: IssuerConfig[]): (() => unknown) =>
      () =>
        createIssuerVerifier({ issuers: configs, clock })
    expect(make([idp.config(), idp.config({ alias: 'b' })])).toThrow(TypeError)
    expect(make([idp.config(), idp.config({ issuer: 'https://b.example' })])).toThrow(TypeError)
    for (const alias of ['spiffe', 'client', 'operator', 'urn', 'http', 'https', 'a:b', 'A', '', 'a'.repeat(33)])
      expect(make([idp.config({ alias })])).toThrow(TypeError)
  })

  it('are refused at the start with symmetric algorithms, without audiences, or over plain http', () => {
    const make =
      (config: Partial<IssuerConfig>): (() => unknown) =>
      () =>
        createIssuerVerifier({ issuers: [idp.config(config)], clock })
    for (const algorithms of [['HS256'], ['none'], [], ['RS256', 'HS512']]) expect(make({ algorithms })).toThrow(TypeError)
    expect(make({ audiences: [] })).toThrow(TypeError)
    expect(make({ allowHttp: false })).toThrow(TypeError)
    expect(make({ issuer: 'http://idp.example.com' })).toThrow(TypeError)
    expect(make({ issuer: 'http://127.example.com' })).toThrow(TypeError)
    // What the configuration takes for this machine.
    for (const host of ['127.77.0.1', '[::1]', 'localhost']) expect(make({ issuer: `http://${host}:8422` })).not.toThrow()
    expect(make({ issuer: 'https://user:pw@idp.example.com' })).toThrow(TypeError)
  })
})

describe('the keys of an issuer', () => {
  it('are fetched once for many tokens at once, and not again while young', async () => {
    const verifier = verifierFor()
    const [discovery, jwks] = [idp.requests.discovery, idp.requests.jwks]
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, index) => idp.idToken({ jti: index })))
    const results = await Promise.all(tokens.map((token) => verifier.verifySubjectToken(token, 'id_token', NOW)))
    expect(results.every((result) => result.ok)).toBe(true)
    clock.advance(299_000)
    await verifier.verifySubjectToken(await idp.idToken({ exp: NOW + 900 }), 'id_token', NOW)
    expect([idp.requests.discovery - discovery, idp.requests.jwks - jwks]).toEqual([1, 1])
  })

  it('are not fetched for a token that would be refused anyway', async () => {
    const verifier = verifierFor()
    const before = idp.requests.discovery
    for (const claims of [{ aud: 'x' }, { iss: 'http://127.0.0.1:9' }, { exp: 1 }])
      await verifier.verifySubjectToken(await idp.idToken(claims), 'id_token', NOW)
    expect(idp.requests.discovery).toBe(before)
  })

  it('are fetched for unknown kids at most once in 30 seconds, and the good keys stay in use', async () => {
    const verifier = verifierFor()
    await verifier.verifySubjectToken(await idp.idToken(), 'id_token', NOW)
    clock.advance(30_000)
    const before = idp.requests.jwks
    for (let index = 0; index < 50; index += 1) {
      const token = await idp.idToken({}, { header: { kid: `unknown-${index}` } })
      expect(await refusal(verifier.verifySubjectToken(token, 'id_token', seconds()))).toBe('subject_invalid unknown_key')
    }
    expect(idp.requests.jwks - before).toBe(1)
    expect(await verifier.verifySubjectToken(await idp.idToken(), 'id_token', seconds())).toMatchObject({ ok: true })
  })

  it('are found after a rotation, with the kid named or not', async () => {
    const verifier = verifierFor()
    await verifier.verifySubjectToken(await idp.idToken(), 'id_token', NOW)
    const old = await idp.idToken()
    await idp.rotateKeys()
    clock.advance(30_000)
    expect(await verifier.verifySubjectToken(await idp.idToken({}, { header: { kid: undefined } }), 'id_token', seconds())).toMatchObject({ ok: true })
    expect(await verifier.verifySubjectToken(await idp.idToken(), 'id_token', seconds())).toMatchObject({ ok: true })
    expect(await refusal(verifier.verifySubjectToken(old, 'id_token', seconds()))).toBe('subject_invalid unknown_key')
  })

  it('that the issuer removed are dead within the maximum age', async () => {
    const verifier = verifierFor()
    const stolen = await idp.idToken({ exp: NOW + 3600 })
    await verifier.verifySubjectToken(stolen, 'id_token', NOW)
    await idp.rotateKeys()
    clock.advance(299_000)
    expect(await verifier.verifySubjectToken(stolen, 'id_token', seconds())).toMatchObject({ ok: true })
    clock.advance(301_000)
    expect(await refusal(verifier.verifySubjectToken(stolen, 'id_token', seconds()))).toBe('subject_invalid unknown_key')
  })

  it('are refreshed in the background when middle-aged', async () => {
    const verifier = verifierFor()
    await verifier.verifySubjectToken(await idp.idToken(), 'id_token', NOW)
    clock.advance(300_000)
    const before = idp.requests.jwks
    const token = await idp.idToken({ exp: NOW + 3600 })
    expect(await verifier.verifySubjectToken(token, 'id_token', seconds())).toMatchObject({ ok: true })
    await expect.poll(() => idp.requests.jwks - before).toBe(1)
    // Had it not been renewed, this would be past the maximum age and cost a fetch in the foreground.
    await expect.poll(() => problems.length).toBe(0)
    await idp.stop()
    clock.advance(310_000)
    expect(await verifier.verifySubjectToken(token, 'id_token', seconds())).toMatchObject({ ok: true })
  })

  it('stay in use through an outage until their maximum age, then it is a fault, and it recovers without a restart', async () => {
    const verifier = verifierFor()
    const token = await idp.idToken({ exp: NOW + 3600 })
    await verifier.verifySubjectToken(token, 'id_token', NOW)
    await idp.stop()
    clock.advance(599_000)
    expect(await verifier.verifySubjectToken(token, 'id_token', seconds())).toMatchObject({ ok: true })
    clock.advance(4_000)
    await expect(verifier.verifySubjectToken(token, 'id_token', seconds())).rejects.toMatchObject({
      name: 'Fault',
      dependency: 'keys',
      code: 'issuer_unreachable',
    })
    await idp.restart()
    clock.advance(3_000)
    expect(await verifier.verifySubjectToken(token, 'id_token', seconds())).toMatchObject({ ok: true })
  })

  it('that cannot be had at the first token are a fault, asked for again only after a cool-down', async () => {
    await idp.stop()
    let asked = 0
    const verifier = verifierFor({}, { fetch: (url, init) => ((asked += 1), fetch(url, init)) })
    const token = await idp.idToken()
    for (let index = 0; index < 5; index += 1) {
      await expect(verifier.verifySubjectToken(token, 'id_token', NOW)).rejects.toMatchObject({ code: 'issuer_unreachable' })
    }
    expect(asked).toBe(1)
    expect(problems.map(({ issuerAlias, code }) => [issuerAlias, code])).toEqual([['corp', 'issuer_unreachable']])
    await idp.restart()
    await expect(verifier.verifySubjectToken(token, 'id_token', NOW)).rejects.toMatchObject({ code: 'issuer_unreachable' })
    clock.advance(3_000)
    expect(await verifier.verifySubjectToken(token, 'id_token', seconds())).toMatchObject({ ok: true })
  })

  it('of an issuer that is frozen are a fault within the timeout, for everybody who waits', async () => {
    idp.freeze()
    const verifier = verifierFor({}, { timeoutMs: 300 })
    const token = await idp.idToken()
    const before = idp.requests.discovery
    const results = await Promise.allSettled([1, 2, 3].map(() => verifier.verifySubjectToken(token, 'id_token', NOW)))
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(idp.requests.discovery - before).toBe(1)
    idp.thaw()
    clock.advance(3_000)
    expect(await verifier.verifySubjectToken(token, 'id_token', seconds())).toMatchObject({ ok: true })
  })

  it('unknown while the issuer cannot be reached are a fault: it may be the new key', async () => {
    const verifier = verifierFor()
    await verifier.verifySubjectToken(await idp.idToken(), 'id_token', NOW)
    await idp.stop()
    clock.advance(30_000)
    const token = await idp.idToken({}, { header: { kid: 'new' } })
    await expect(verifier.verifySubjectToken(token, 'id_token', seconds())).rejects.toMatchObject({ code: 'issuer_unreachable' })
    expect(await verifier.verifySubjectToken(await idp.idToken(), 'id_token', seconds())).toMatchObject({ ok: true })
  })

  const bad: [string, (truth: Record<string, unknown>) => unknown][] = [
    ['a shared secret in it', (truth) => ({ keys: [...list(truth), { kty: 'oct', k: 'AAAA', kid: 'o' }] })],
    ['a private key in it', (truth) => ({ keys: list(truth).map((key) => ({ ...key, d: 'AAAA' })) })],
    ['the same kid twice', (truth) => ({ keys: [...list(truth), ...list(truth)] })],
    ['no key for signatures', (truth) => ({ keys: list(truth).map((key) => ({ ...key, use: 'enc' })) })],
    ['keys that do not say what for', (truth) => ({ keys: list(truth).map(({ use: _, ...key }) => key) })],
    ['an algorithm nobody configured', (truth) => ({ keys: list(truth).map((key) => ({ ...key, alg: 'ES384' })) })],
    ['a broken point', (truth) => ({ keys: list(truth).map((key) => ({ ...key, x: 'AAAA' })) })],
    ['nothing in it', () => ({ keys: [] })],
    ['a thousand keys', (truth) => ({ keys: Array.from({ length: 1000 }, (_, index) => ({ ...list(truth)[0], kid: `k${index}` })) })],
    ['a megabyte of text', (truth) => ({ ...truth, filler: 'x'.repeat(1_000_000) })],
    ['duplicate members', (truth) => JSON.stringify(truth).replace('{"keys"', '{"keys":[],"keys"')],
    ['no JSON', () => '<html>'],
    ['an array instead', (truth) => list(truth)],
  ]
  it.each(bad)('are not taken from a set with %s; the last good set stays until its maximum age', async (_name, serve) => {
    const verifier = verifierFor()
    const token = await idp.idToken({ exp: NOW + 3600 })
    expect(await verifier.verifySubjectToken(token, 'id_token', NOW)).toMatchObject({ ok: true })
    idp.serve('jwks', serve)
    clock.advance(300_000)
    expect(await verifier.verifySubjectToken(token, 'id_token', seconds())).toMatchObject({ ok: true })
    await expect.poll(() => problems.length).toBe(1)
    expect(problems[0]?.code).toMatch(/^key_set_/)
    clock.advance(299_999)
    expect(await verifier.verifySubjectToken(token, 'id_token', seconds())).toMatchObject({ ok: true })
    await expect.poll(() => problems.length).toBe(2)
    clock.advance(3_001)
    await expect(verifier.verifySubjectToken(token, 'id_token', seconds())).rejects.toMatchObject({ code: 'issuer_unreachable' })
  })

  it('are taken from a set that also has keys for other purposes', async () => {
    const { publicKey } = await generateKeyPair('RSA-OAEP', { extractable: true })
    const encryption = { ...(await exportJWK(publicKey)), kid: 'enc', alg: 'RSA-OAEP', use: 'enc' }
    idp.serve('jwks', (truth) => ({ keys: [encryption, ...list(truth), { kty: 'AKP', kid: 'pq', alg: 'ML-DSA-44', use: 'sig', pub: 'AA' }] }))
    expect(await verifierFor().verifySubjectToken(await idp.idToken(), 'id_token', NOW)).toMatchObject({ ok: true })
  })

  it('without alg are used only where the configuration leaves one algorithm that fits', async () => {
    idp.serve('jwks', (truth) => ({ keys: list(truth).map(({ alg: _, ...key }) => key) }))
    expect(await verifierFor().verifySubjectToken(await idp.idToken(), 'id_token', NOW)).toMatchObject({ ok: true })
  })

  const discovery: [string, (truth: Record<string, unknown>) => unknown][] = [
    ['names another issuer', (truth) => ({ ...truth, issuer: 'http://127.0.0.1:1' })],
    ['spells the issuer with a slash', (truth) => ({ ...truth, issuer: `${String(truth['issuer'])}/` })],
    ['points at another host over http', (truth) => ({ ...truth, jwks_uri: 'http://example.com/jwks' })],
    ['points at a file', (truth) => ({ ...truth, jwks_uri: 'file:///etc/passwd' })],
    ['has no key set', ({ jwks_uri: _, ...truth }) => truth],
    ['is a megabyte long', (truth) => ({ ...truth, filler: 'x'.repeat(1_000_000) })],
    ['is no JSON', () => '<html>'],
  ]
  it.each(discovery)('are not taken when the discovery document %s', async (_name, serve) => {
    idp.serve('discovery', serve)
    const verifier = verifierFor()
    await expect(verifier.verifySubjectToken(await idp.idToken(), 'id_token', NOW)).rejects.toMatchObject({ code: 'issuer_unreachable' })
  })

  it('are not taken through a redirect', async () => {
    let hits = 0
    const trap = createServer((_request, response) => {
      hits += 1
      response.end('{}')
    })
    await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve))
    const { port } = trap.address() as AddressInfo
    const redirecting = createServer((_request, response) => response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end())
    await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve))
    const issuer = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}`
    const verifier = verifierFor({ issuer })
    await expect(verifier.verifySubjectToken(await idp.idToken({ iss: issuer }), 'id_token', NOW)).rejects.toMatchObject({ code: 'issuer_unreachable' })
    expect(hits).toBe(0)
    trap.close()
    redirecting.close()
  })
})

function list(truth: Record<string, unknown>): Record<string, unknown>[] {
  return Array.isArray(truth['keys']) ? truth['keys'] : []
}
