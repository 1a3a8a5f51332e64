// A proof is right in every part or it is none. Each case is the valid one with a single thing changed.
import { generateKeyPairSync } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { CompactSign, exportJWK } from 'jose'
import { TEST_EPOCH_MS } from '@bailiwick/kit/clock'
import { makeDpopKey } from '@bailiwick/kit/dpop-key'
import type { DpopKey, ProofOptions } from '@bailiwick/kit/dpop-key'
import { verifyDpopProof } from '../src/index.ts'
import type { ProofRules, VerifiedProof } from '../src/index.ts'

const NOW = TEST_EPOCH_MS / 1000
const URI = 'https://payments.example.com/mcp'
const TOKEN = 'a.runtime.token'
const RULES: ProofRules = { method: 'POST', targetUri: URI, accessToken: TOKEN, nowSeconds: NOW }

let key: DpopKey
let other: DpopKey

beforeAll(async () => {
  key = await makeDpopKey()
  other = await makeDpopKey()
})

const proofWith = (change: Partial<ProofOptions>): Promise<string> => key.proof({ htu: URI, token: TOKEN, ...change })
const problemOf = (verified: VerifiedProof): string => (verified.ok ? 'accepted' : verified.problem)

describe('a DPoP proof', () => {
  it('that is right names the thumbprint of its key, and is spent until nobody takes it any more', async () => {
    const verified = await verifyDpopProof(await proofWith({ jti: 'one' }), RULES)
    expect(verified).toEqual({ ok: true, jkt: key.jkt, spendKey: expect.stringMatching(/^dpop:[A-Za-z0-9_-]{43}$/), spendUntil: NOW + 70, issuedAt: NOW })
  })

  it.each(['PS256', 'RS256', 'EdDSA'] as const)('may be signed with %s', async (algorithm) => {
    const strong = await makeDpopKey(algorithm)
    expect(await verifyDpopProof(await strong.proof({ htu: URI, token: TOKEN }), RULES)).toMatchObject({ ok: true, jkt: strong.jkt })
  })

  it('is the same proof to whoever remembers it when it is signed again, and another under another key', async () => {
    const spendKeyOf = async (by: DpopKey): Promise<string | undefined> => {
      const verified = await verifyDpopProof(await by.proof({ htu: URI, token: TOKEN, jti: 'one' }), RULES)
      return verified.ok ? verified.spendKey : undefined
    }
    const first = await spendKeyOf(key)
    expect(first).toBeDefined()
    expect(await spendKeyOf(key)).toBe(first)
    expect(await spendKeyOf(other)).not.toBe(first)
  })

  it('has the same thumbprint whatever else is written beside the key', async () => {
    const jwk = { ...key.publicJwk, kid: 'mine', use: 'sig', alg: 'ES256' }
    expect(await verifyDpopProof(await proofWith({ header: { jwk } }), RULES)).toMatchObject({ ok: true, jkt: key.jkt })
  })

  it.each<[string, () => Partial<ProofOptions>, string]>([
    ['of another type', () => ({ header: { typ: 'JWT' } }), 'typ_refused'],
    ['without a type', () => ({ header: { typ: undefined } }), 'typ_refused'],
    ['without a key', () => ({ header: { jwk: undefined } }), 'header_refused'],
    ['whose key is no object', () => ({ header: { jwk: 'key' } }), 'header_refused'],
    ['with the key of another', () => ({ header: { jwk: other.publicJwk } }), 'bad_signature'],
    ['with a private key in its header', () => ({ header: { jwk: key.privateJwk } }), 'private_key'],
    ['with a shared secret as its key', () => ({ header: { jwk: { kty: 'oct', k: 'c2VjcmV0' } } }), 'symmetric_key'],
    ['with a key for encryption', () => ({ header: { jwk: { ...key.publicJwk, use: 'enc' } } }), 'no_usable_key'],
    ['with a key for another algorithm', () => ({ header: { jwk: { ...key.publicJwk, alg: 'ES384' } } }), 'no_usable_key'],
    ['that points to its key', () => ({ header: { jku: 'https://evil.example/jwks' } }), 'header_refused'],
    ['for another method', () => ({ htm: 'GET' }), 'htm_differs'],
    ['for the method in other letters', () => ({ htm: 'post' }), 'htm_differs'],
    ['without a method', () => ({ htm: null }), 'htm_differs'],
    ['for the same path of another host', () => ({ htu: 'https://crm.example.com/mcp' }), 'htu_differs'],
    ['for another path', () => ({ htu: 'https://payments.example.com/mcp/x' }), 'htu_differs'],
    ['for the path in other letters', () => ({ htu: 'https://payments.example.com/MCP' }), 'htu_differs'],
    ['for the path with a slash behind it', () => ({ htu: 'https://payments.example.com/mcp/' }), 'htu_differs'],
    ['for a path with a dot segment', () => ({ htu: 'https://payments.example.com/x/../mcp' }), 'htu_differs'],
    ['for a path with an encoded dot segment', () => ({ htu: 'https://payments.example.com/%2e/mcp' }), 'htu_differs'],
    ['for the path spelled with a backslash', () => ({ htu: 'https://payments.example.com\\mcp' }), 'htu_differs'],
    ['for another port', () => ({ htu: 'https://payments.example.com:8443/mcp' }), 'htu_differs'],
    ['for a port spelled otherwise', () => ({ htu: 'https://payments.example.com:0443/mcp' }), 'htu_differs'],
    ['for plain http', () => ({ htu: 'http://payments.example.com/mcp' }), 'htu_differs'],
    ['with a user before the host', () => ({ htu: 'https://payments.example.com@evil.example/mcp' }), 'htu_differs'],
    ['with the host behind a user', () => ({ htu: 'https://evil.example@payments.example.com/mcp' }), 'htu_differs'],
    ['whose host ends in a dot', () => ({ htu: 'https://payments.example.com./mcp' }), 'htu_differs'],
    ['for a relative URI', () => ({ htu: '/mcp' }), 'htu_differs'],
    ['without a URI', () => ({ htu: undefined }), 'htu_differs'],
    ['for two URIs', () => ({ htu: [URI] }), 'htu_differs'],
    ['of the future', () => ({ iat: NOW + 11 }), 'from_the_future'],
    ['that is too old', () => ({ iat: NOW - 61 }), 'too_old'],
    ['without a time', () => ({ iat: undefined }), 'iat_missing'],
    ['with a time as text', () => ({ iat: String(NOW) }), 'iat_missing'],
    ['that says it has ended', () => ({ exp: NOW }), 'expired'],
    ['that says it begins later', () => ({ nbf: NOW + 60 }), 'not_yet_valid'],
    ['for another token', () => ({ token: 'another.runtime.token' }), 'ath_differs'],
    ['for no token', () => ({ token: undefined }), 'ath_differs'],
    ['without an id', () => ({ jti: undefined }), 'jti_missing'],
    ['with an empty id', () => ({ jti: '' }), 'jti_missing'],
    ['with an endless id', () => ({ jti: 'x'.repeat(256) }), 'jti_missing'],
  ])('%s is refused', async (_name, change, problem) => {
    expect(problemOf(await verifyDpopProof(await proofWith(change()), RULES))).toBe(problem)
  })

  it.each([
    ['the scheme and the host in capitals', 'HTTPS://Payments.Example.COM/mcp'],
    ['the port of its scheme', 'https://payments.example.com:443/mcp'],
    ['a query and a fragment', 'https://payments.example.com/mcp?a=https://evil.example/#b'],
  ])('may name the URI with %s', async (_name, htu) => {
    expect(problemOf(await verifyDpopProof(await proofWith({ htu }), RULES))).toBe('accepted')
  })

  it('needs no hash where no token is shown', async () => {
    expect(problemOf(await verifyDpopProof(await proofWith({ token: undefined }), { method: 'POST', targetUri: URI, nowSeconds: NOW }))).toBe('accepted')
  })

  it('without a signature, or with the algorithm "none", is refused', async () => {
    const [, payload] = (await proofWith({})).split('.')
    const header = Buffer.from(JSON.stringify({ typ: 'dpop+jwt', alg: 'none', jwk: key.publicJwk })).toString('base64url')
    expect(problemOf(await verifyDpopProof(`${header}.${payload}.`, RULES))).toBe('signature_absent')
    expect(problemOf(await verifyDpopProof(`${header}.${payload}.AA`, RULES))).toBe('algorithm_refused')
  })

  it('signed with a shared secret that is the public key is refused', async () => {
    const secret = new TextEncoder().encode(JSON.stringify(key.publicJwk))
    const payload = new TextEncoder().encode(JSON.stringify({ htm: 'POST', htu: URI, iat: NOW, jti: 'x' }))
    const proof = await new CompactSign(payload).setProtectedHeader({ typ: 'dpop+jwt', alg: 'HS256', jwk: key.publicJwk }).sign(secret)
    expect(problemOf(await verifyDpopProof(proof, RULES))).toBe('algorithm_refused')
  })

  it('of a small RSA key is refused before its signature is looked at', async () => {
    const weak = await exportJWK(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)
    expect(problemOf(await verifyDpopProof(forged(weak), RULES))).toBe('weak_key')
  })

  it('with a member given twice is refused, whichever a lenient reader would take', async () => {
    const payload = new TextEncoder().encode(`{"htm":"GET","htm":"POST","htu":"${URI}","iat":${NOW},"jti":"x"}`)
    const proof = await new CompactSign(payload).setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.publicJwk }).sign(key.privateKey)
    expect(problemOf(await verifyDpopProof(proof, RULES))).toBe('payload_not_json')
  })

  it.each(['', 'x', 'a.b.c', 'a.b.c.d.e', `${'x'.repeat(9000)}.y.z`])('is not any text (%#)', async (text) => {
    expect((await verifyDpopProof(text, RULES)).ok).toBe(false)
  })
})

/** Nobody signs with a key that small: the header is written by hand. */
function forged(jwk: object): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${encode({ typ: 'dpop+jwt', alg: 'RS256', jwk })}.${encode({ htm: 'POST', htu: URI, iat: NOW, jti: 'x' })}.AAAA`
}
