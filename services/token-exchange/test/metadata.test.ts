// What the service publishes, which paths are its own, and when it says it is ready.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { Fault } from '@bailiwick/core'
import { ISSUER, openBench, URIS } from './bench.ts'
import type { Bench } from './bench.ts'

let bench: Bench

beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

it('publishes its endpoints and how to authenticate (RFC 8414)', async () => {
  const answer = await bench.send('/.well-known/oauth-authorization-server', {})
  expect(answer.body).toEqual({
    issuer: ISSUER,
    token_endpoint: `${ISSUER}/oauth2/token`,
    token_exchange_batch_endpoint: `${ISSUER}/oauth2/token-batch`,
    introspection_endpoint: `${ISSUER}/oauth2/introspect`,
    revocation_endpoint: `${ISSUER}/oauth2/revoke`,
    jwks_uri: `${ISSUER}/.well-known/jwks.json`,
    response_types_supported: [],
    grant_types_supported: ['urn:ietf:params:oauth:grant-type:token-exchange'],
    token_endpoint_auth_methods_supported: ['private_key_jwt', 'spiffe_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['ES256'],
    introspection_endpoint_auth_methods_supported: ['private_key_jwt', 'spiffe_jwt'],
    introspection_endpoint_auth_signing_alg_values_supported: ['ES256'],
    revocation_endpoint_auth_methods_supported: ['private_key_jwt', 'spiffe_jwt'],
    revocation_endpoint_auth_signing_alg_values_supported: ['ES256'],
    dpop_signing_alg_values_supported: expect.arrayContaining(['ES256', 'EdDSA']),
    tls_client_certificate_bound_access_tokens: false,
  })
  expect(answer.headers.get('cache-control')).toBe('public, max-age=300')
})

it('publishes public keys that verify what it issues, and no private member', async () => {
  const answer = await bench.send('/.well-known/jwks.json', {})
  const { keys } = answer.body
  if (!Array.isArray(keys)) throw new TypeError('no keys')
  for (const key of keys) expect(Object.keys(key).filter((member) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].includes(member))).toEqual([])
  const issued = await bench.token({ subject_token: await bench.taskToken(await bench.createTask()) })
  const verified = await jwtVerify(String(issued.body['access_token']), createLocalJWKSet({ keys }), {
    issuer: ISSUER,
    audience: URIS.payments,
    typ: 'at+jwt',
    algorithms: ['ES256'],
    currentDate: new Date(bench.clock.nowMs()),
  })
  expect(verified.payload.sub).toBe('corp:alice')
})

it('publishes each resource under its name (RFC 9728)', async () => {
  expect((await bench.send('/.well-known/oauth-protected-resource/payments', {})).body).toEqual({
    resource: URIS.payments,
    resource_name: 'payments',
    authorization_servers: [ISSUER],
    scopes_supported: ['refund:read', 'refund:write', 'refund:admin'],
    bearer_methods_supported: ['header'],
    dpop_bound_access_tokens_required: false,
    dpop_signing_alg_values_supported: expect.arrayContaining(['ES256', 'EdDSA']),
    tls_client_certificate_bound_access_tokens: false,
  })
  expect((await bench.send('/.well-known/oauth-protected-resource/tickets', {})).body).not.toHaveProperty('scopes_supported')
})

it.each([
  '/',
  '/oauth2',
  '/oauth2/token/',
  '/OAuth2/token',
  '/oauth2/authorize',
  '/v1/tasks',
  '/.well-known/oauth-protected-resource/nope',
  '/oauth2/token%2f',
])('leaves %s to others', async (path) => {
  const answer = await bench.send(path, { method: 'POST' })
  expect([answer.status, answer.headers.get('x-fell-through')]).toEqual([404, 'yes'])
})

it('answers another method with 405, never with a token from a query', async () => {
  const get = await bench.send('/oauth2/token?grant_type=x&subject_token=y', {})
  expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST'])
  const post = await bench.send('/.well-known/jwks.json', { method: 'POST' })
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
})

it('is ready when keys, store, policy and journal are, and names what is not', async () => {
  expect(await bench.service.ready()).toEqual([])
  // One round of checks answers the probes of a quarter second.
  bench.clock.advance(250)
  bench.decider.sicken('schema enforcement is not reject')
  bench.journal.fail('journal_full')
  const health = bench.store.health.bind(bench.store)
  bench.store.health = () => Promise.reject(new Fault('state', 'store_moved', '/secret/path moved'))
  expect(await bench.service.ready()).toEqual([
    { check: 'state', problem: 'store_moved' },
    { check: 'policy', problem: 'schema enforcement is not reject' },
    { check: 'audit', problem: 'journal_full' },
  ])
  bench.store.health = health
  bench.journal.heal()
  bench.decider.sicken(undefined)
})
