import { CompactSign, SignJWT, exportJWK, generateKeyPair } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { Fault } from '@bailiwick/core'
import { TEST_EPOCH_MS, testClock } from '@bailiwick/kit/clock'
import { makeTestTrustDomain } from '@bailiwick/kit/test-clients'
import type { SvidOptions, TestTrustDomain } from '@bailiwick/kit/test-clients'
import { createJwtSvidVerifier, parseBundle } from '../src/index.ts'
import type { BundleSource, JwtSvidVerifier } from '../src/index.ts'

const NOW = TEST_EPOCH_MS / 1000
const US = 'https://bailiwick.example'
const SUB = 'spiffe://example.org/agent/triage'

let domain: TestTrustDomain
let partner: TestTrustDomain
let verifier: JwtSvidVerifier

function sourceOf(document: unknown): BundleSource {
  const reading = parseBundle(new TextEncoder().encode(JSON.stringify(document)))
  if (!reading.ok) throw new Error(reading.problem)
  return { current: () => reading.bundle, problem: () => undefined }
}

const verifierOf = (document: unknown): JwtSvidVerifier => createJwtSvidVerifier({ trustDomain: 'example.org', bundle: sourceOf(document), clock: testClock() })

beforeAll(async () => {
  domain = await makeTestTrustDomain('example.org')
  partner = await makeTestTrustDomain('partner.example')
  verifier = verifierOf(domain.bundle)
})

const svid = (change: Partial<SvidOptions> = {}): Promise<string> => domain.svid({ sub: SUB, aud: US, ...change })

async function refusal(token: string, by: JwtSvidVerifier = verifier): Promise<string> {
  const result = await by.verify(token, [US], NOW)
  if (result.ok) throw new Error('it was accepted')
  const { reason, detail } = result.denial
  return detail === undefined ? reason : `${reason} ${detail}`
}

describe('a JWT-SVID', () => {
  it('proves its SPIFFE ID', async () => {
    expect(await verifier.verify(await svid(), [US], NOW)).toEqual({ ok: true, value: { spiffeId: SUB, exp: NOW + 300, iat: NOW, audiences: [US] } })
  })

  it('with an issuer, without a jti, used again and again, is accepted', async () => {
    const token = await svid({ iss: 'https://spire.example' })
    for (let time = 0; time < 3; time += 1) expect((await verifier.verify(token, [US], NOW)).ok).toBe(true)
  })

  it('may leave out typ, kid and iat, or say typ JOSE', async () => {
    for (const header of [{ typ: undefined }, { typ: 'JOSE' }, { kid: undefined }])
      expect((await verifier.verify(await svid({ header }), [US], NOW)).ok).toBe(true)
    expect(await verifier.verify(await svid({ iat: undefined }), [US], NOW)).toEqual({ ok: true, value: { spiffeId: SUB, exp: NOW + 300, audiences: [US] } })
  })

  it('without a kid is tried with every key that fits', async () => {
    const others = await Promise.all(['a', 'b'].map(async (name) => ({ ...(await makeTestTrustDomain(name)).bundle.keys[0] })))
    const rsa = await makeTestTrustDomain('rsa', 'RS256')
    const many = verifierOf({ keys: [...rsa.bundle.keys, ...others, ...domain.bundle.keys] })
    expect((await many.verify(await svid({ header: { kid: undefined } }), [US], NOW)).ok).toBe(true)
    expect(await refusal(await partner.svid({ sub: SUB, aud: US, header: { kid: undefined } }), many)).toBe('token_invalid bad_signature')
  })

  it('can be signed with RSA', async () => {
    const rsa = await makeTestTrustDomain('example.org', 'RS256')
    expect((await verifierOf(rsa.bundle).verify(await rsa.svid({ sub: SUB, aud: US }), [US], NOW)).ok).toBe(true)
  })

  it('names all it was made for, so that a caller can ask for itself alone', async () => {
    expect(await verifier.verify(await svid({ aud: ['https://other.example', US] }), [US], NOW)).toMatchObject({
      ok: true,
      value: { audiences: ['https://other.example', US] },
    })
  })

  const refused: [string, Partial<SvidOptions>, string][] = [
    ['another audience', { aud: 'https://other.example' }, 'token_invalid audience_refused'],
    ['an audience that begins like ours', { aud: `${US}/x` }, 'token_invalid audience_refused'],
    ['no audience', { aud: undefined }, 'token_invalid audience_refused'],
    ['an empty audience', { aud: [] }, 'token_invalid audience_refused'],
    ['an audience that is no text', { aud: [US, 7] }, 'token_invalid audience_refused'],
    ['no end', { exp: undefined }, 'token_invalid times_missing'],
    ['an end as text', { exp: String(NOW + 60) }, 'token_invalid times_missing'],
    ['a fraction of a second', { exp: NOW + 60.5 }, 'token_invalid times_missing'],
    ['an end that has passed', { iat: NOW - 300, exp: NOW }, 'token_expired'],
    ['a life of hours', { exp: NOW + 3 * 3600 }, 'token_invalid lifetime_refused'],
    ['a life of hours that is nearly over', { iat: NOW - 4 * 3600, exp: NOW + 60 }, 'token_invalid lifetime_refused'],
    ['a life of hours and no start', { iat: undefined, exp: NOW + 3 * 3600 }, 'token_invalid lifetime_refused'],
    ['a start in the future', { iat: NOW + 11 }, 'token_invalid lifetime_refused'],
    ['a validity that has not begun', { nbf: NOW + 11 }, 'token_invalid not_yet_valid'],
    ['a validity as text', { nbf: 'now' }, 'token_invalid times_missing'],
    ['no subject', { sub: '' }, 'token_invalid subject_malformed'],
    ['a subject that is no SPIFFE ID', { sub: 'alice' }, 'token_invalid subject_malformed'],
    ['a subject in upper case', { sub: 'spiffe://EXAMPLE.ORG/agent' }, 'token_invalid subject_malformed'],
    ['the trust domain itself as subject', { sub: 'spiffe://example.org' }, 'token_invalid subject_malformed'],
    ['a subject of another domain', { sub: 'spiffe://partner.example/agent' }, 'token_invalid foreign_trust_domain'],
    ['a subject of a domain below ours', { sub: 'spiffe://a.example.org/agent' }, 'token_invalid foreign_trust_domain'],
    ['an unknown kid', { header: { kid: 'other' } }, 'token_invalid bad_signature'],
    ['an extra header', { header: { cty: 'JWT' } }, 'token_invalid header_refused'],
    ['a key of its own', { header: { jwk: {} } }, 'token_invalid header_refused'],
    ['the typ of an access token', { header: { typ: 'at+jwt' } }, 'token_invalid header_refused'],
    ['the typ in lower case', { header: { typ: 'jwt' } }, 'token_invalid header_refused'],
  ]
  it.each(refused)('with %s is refused', async (_name, change, expected) => {
    expect(await refusal(await svid(change))).toBe(expected)
  })

  it('of another domain signed with its own key, whatever it says it is, is refused', async () => {
    expect(await refusal(await partner.svid({ sub: SUB, aud: US, header: { kid: 'example.org-authority' } }))).toBe('token_invalid bad_signature')
    expect(await refusal(await partner.svid({ sub: 'spiffe://partner.example/agent', aud: US }))).toBe('token_invalid foreign_trust_domain')
  })

  it('is refused once the bundle has no keys, and a bundle that cannot be read is a fault', async () => {
    expect(await refusal(await svid(), verifierOf({ keys: [] }))).toBe('token_invalid bad_signature')
    const gone: BundleSource = {
      current: () => {
        throw new Fault('keys', 'bundle_unreadable', 'gone')
      },
      problem: () => undefined,
    }
    const blind = createJwtSvidVerifier({ trustDomain: 'example.org', bundle: gone, clock: testClock() })
    await expect(blind.verify(await svid(), [US], NOW)).rejects.toThrow(Fault)
  })

  it('with alg none, an HMAC of the public key, or the wrong algorithm for the key is refused', async () => {
    const claims = { sub: SUB, aud: US, iat: NOW, exp: NOW + 60 }
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.AAAA`
    expect(await refusal(none)).toBe('token_invalid bad_signature')
    const secret = new TextEncoder().encode(JSON.stringify(domain.bundle.keys[0]))
    expect(await refusal(await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(secret))).toBe('token_invalid bad_signature')
    const { privateKey, publicKey } = await generateKeyPair('Ed25519', { extractable: true })
    const ed = verifierOf({ keys: [{ ...(await exportJWK(publicKey)), kid: 'e', use: 'jwt-svid' }] })
    expect(await refusal(await new SignJWT(claims).setProtectedHeader({ alg: 'Ed25519', kid: 'e' }).sign(privateKey), ed)).toBe('token_invalid bad_signature')
  })

  it('with duplicate claims is refused', async () => {
    const payload = `{"sub":"spiffe://example.org/admin","sub":"${SUB}","aud":"${US}","iat":${NOW},"exp":${NOW + 60}}`
    const token = await new CompactSign(new TextEncoder().encode(payload))
      .setProtectedHeader({ alg: 'ES256', kid: 'example.org-authority' })
      .sign(domain.privateKey)
    expect(await refusal(token)).toBe('token_invalid not_json')
  })

  it('truncated at any place, spelled otherwise, too large or encrypted is refused', async () => {
    const token = await svid()
    for (let length = 0; length < token.length; length += 1) expect((await verifier.verify(token.slice(0, length), [US], NOW)).ok).toBe(false)
    for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
      const other = token.slice(0, -1) + last
      if (other !== token) expect((await verifier.verify(other, [US], NOW)).ok).toBe(false)
    }
    expect(await refusal('A'.repeat(16_385))).toBe('token_invalid too_large')
    expect(await refusal('a.b.c.d.e')).toBe('token_invalid not_three_segments')
  })
})

it('needs the bare name of a trust domain', () => {
  for (const trustDomain of ['', 'spiffe://example.org', 'Example.org', 'example.org/']) {
    expect(() => createJwtSvidVerifier({ trustDomain, bundle: sourceOf({ keys: [] }), clock: testClock() })).toThrow(TypeError)
  }
})
