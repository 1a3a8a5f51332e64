import { describe, expect, it } from 'vitest'
import { testClock } from '@bailiwick/kit/clock'
import { makeTestClient } from '@bailiwick/kit/test-clients'
import { startTestIssuer } from '@bailiwick/kit/test-issuer'
import { createClientAuthenticator, createIssuerVerifier } from '../src/index.ts'
import { ISSUER, NOW, refusal } from './fixtures.ts'

describe.each(['ES256', 'RS256', 'PS256', 'EdDSA'] as const)('a client that signs with %s', (algorithm) => {
  it('is known by it, and by no other algorithm of the same key', async () => {
    const client = await makeTestClient('agent', algorithm)
    const authenticator = (algorithms: string[]) =>
      createClientAuthenticator({
        issuer: ISSUER,
        clients: new Map([
          [
            client.clientId,
            {
              id: client.clientId,
              kind: 'agent',
              authentication: { method: 'private_key_jwt', jwks: client.jwks, algorithms },
              mayLaunch: false,
              actsFor: [],
              resources: [],
              mayDelegateTo: [],
              scopes: [],
            },
          ],
        ]),
        consumeOnce: () => Promise.resolve(true),
        clock: testClock(),
      })
    const assertion = await client.assertion({ aud: ISSUER })
    const presented = { assertion, assertionType: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' }
    expect(await authenticator(['ES384', algorithm]).authenticate(presented, NOW)).toMatchObject({ ok: true })
    expect(() => authenticator(['ES384'])).toThrow(/no_usable_key/)
  })
})

it('an RSA key that does not say its algorithm is for RS256 alone where there is a choice', async () => {
  const idp = await startTestIssuer({ algorithm: 'PS256' })
  try {
    idp.serve('jwks', () => ({ keys: idp.jwks().keys.map(({ alg: _, ...key }) => key) }))
    const choice = createIssuerVerifier({ issuers: [idp.config({ algorithms: ['RS256', 'PS256'] })], clock: testClock(), timeoutMs: 15_000 })
    expect((await choice.verifySubjectToken(await idp.idToken(), 'id_token', NOW)).ok).toBe(false)
    const pinned = createIssuerVerifier({ issuers: [idp.config({ algorithms: ['PS256'] })], clock: testClock(), timeoutMs: 15_000 })
    expect(await pinned.verifySubjectToken(await idp.idToken(), 'id_token', NOW)).toMatchObject({ ok: true })
  } finally {
    await idp.stop()
  }
})

describe.each(['RS256', 'PS256'] as const)('an issuer that signs with %s', (algorithm) => {
  it('is believed only with the configured algorithm', async () => {
    const idp = await startTestIssuer({ algorithm })
    try {
      const verifier = createIssuerVerifier({ issuers: [idp.config()], clock: testClock(), timeoutMs: 15_000 })
      expect(await verifier.verifySubjectToken(await idp.idToken(), 'id_token', NOW)).toMatchObject({ ok: true })
      const other = createIssuerVerifier({ issuers: [idp.config({ algorithms: ['ES256'] })], clock: testClock(), timeoutMs: 15_000 })
      expect(await refusal(other.verifySubjectToken(await idp.idToken(), 'id_token', NOW))).toBe('subject_invalid algorithm_refused')
      // A key marked for one RSA algorithm never verifies the other, even where both are allowed.
      const crossed = createIssuerVerifier({ issuers: [idp.config({ algorithms: ['RS256', 'PS256'] })], clock: testClock(), timeoutMs: 15_000 })
      idp.serve('jwks', () => ({ keys: idp.jwks().keys.map((key) => ({ ...key, alg: algorithm === 'RS256' ? 'PS256' : 'RS256' })) }))
      expect((await crossed.verifySubjectToken(await idp.idToken(), 'id_token', NOW)).ok).toBe(false)
    } finally {
      await idp.stop()
    }
  })
})
