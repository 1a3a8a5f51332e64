// From the configuration file to a verified token: the values the configuration makes are the ones this package takes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { BailiwickConfig } from '@bailiwick/config'
import { testClock } from '@bailiwick/kit/clock'
import { makeTestClient, makeTestTrustDomain } from '@bailiwick/kit/test-clients'
import type { TestClient, TestTrustDomain } from '@bailiwick/kit/test-clients'
import { testConfig } from '@bailiwick/kit/test-config'
import { startTestIssuer } from '@bailiwick/kit/test-issuer'
import type { TestIssuer } from '@bailiwick/kit/test-issuer'
import { bundleFromFile, createJwtSvidVerifier } from '@bailiwick/spiffe'
import { createClientAuthenticator, createIssuerVerifier } from '../src/index.ts'
import { NOW } from './fixtures.ts'

const clock = testClock()
let directory: string
let idp: TestIssuer
let portal: TestClient
let domain: TestTrustDomain
let config: BailiwickConfig

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bailiwick-configured-'))
  idp = await startTestIssuer()
  portal = await makeTestClient('support-portal')
  domain = await makeTestTrustDomain('example.org')
  config = testConfig({ identity: { issuers: [{ alias: 'corp', issuer: idp.issuer }] }, clients: [{ id: 'support-portal', jwks: portal.jwks }] }, { directory })
  writeFileSync(join(directory, 'bundle.json'), JSON.stringify(domain.bundle))
})

afterAll(async () => {
  await idp.stop()
  rmSync(directory, { recursive: true, force: true })
})

it('a configured issuer is believed, with and without alg in its keys', async () => {
  for (const serve of [undefined, () => ({ keys: idp.jwks().keys.map(({ alg: _, ...key }) => key) })]) {
    idp.serve('jwks', serve)
    const issuers = createIssuerVerifier({ issuers: config.identity.issuers, clock, timeoutMs: 15_000 })
    expect(await issuers.verifySubjectToken(await idp.idToken(), 'id_token', NOW)).toMatchObject({ ok: true, value: { sub: 'corp:alice' } })
    expect(await issuers.verifyControlToken(await idp.accessToken({ aud: 'bailiwick-control' }), config.control.audiences, NOW)).toMatchObject({ ok: true })
    await issuers.close()
  }
})

it('an issuer whose RSA keys have no alg, as with Entra ID, is believed by default', async () => {
  const rsa = await startTestIssuer({ algorithm: 'RS256' })
  rsa.serve('jwks', () => ({ keys: rsa.jwks().keys.map(({ alg: _, ...key }) => key) }))
  const trusting = testConfig({ identity: { issuers: [{ alias: 'corp', issuer: rsa.issuer }] } })
  const issuers = createIssuerVerifier({ issuers: trusting.identity.issuers, clock, timeoutMs: 15_000 })
  expect(await issuers.verifySubjectToken(await rsa.idToken(), 'id_token', NOW)).toMatchObject({ ok: true })
  await issuers.close()
  await rsa.stop()
})

it('configured clients are known by their assertion and by their SVID', async () => {
  const { spiffe } = config.identity
  if (spiffe?.bundleFile === undefined) throw new Error('no bundle')
  const svids = createJwtSvidVerifier({ trustDomain: spiffe.trustDomain, bundle: bundleFromFile(spiffe.bundleFile), clock })
  const clients = createClientAuthenticator({
    issuer: config.issuer,
    clients: config.clients,
    consumeOnce: () => Promise.resolve(true),
    verifySvid: (token, audiences, now) => svids.verify(token, audiences, now),
    clock,
  })
  const type = (kind: string): string => `urn:ietf:params:oauth:client-assertion-type:${kind}`
  const assertion = await portal.assertion({ aud: config.issuer })
  expect(await clients.authenticate({ assertion, assertionType: type('jwt-bearer') }, NOW)).toMatchObject({ ok: true, value: { clientId: 'support-portal' } })
  const svid = await domain.svid({ sub: 'spiffe://example.org/agent/triage', aud: config.issuer })
  expect(await clients.authenticate({ assertion: svid, assertionType: type('jwt-spiffe') }, NOW)).toMatchObject({
    ok: true,
    value: { clientId: 'triage-agent' },
  })
})
