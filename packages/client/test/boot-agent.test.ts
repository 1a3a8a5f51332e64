import { generateKeyPairSync } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, exportJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { bootAgent, denialOf, privateKeyJwt, spiffeJwt } from '../src/index.ts'
import {
  CLIENT,
  DECISION,
  fakeBailiwick,
  granted,
  ISSUER,
  json,
  jws,
  MODELS,
  oauthError,
  PAYMENTS,
  refused,
  TASK_ID,
  TASK_TOKEN,
  thrownBy,
  TICKETS,
} from './fake-bailiwick.ts'

describe('booting an agent', () => {
  it('takes one call that asks for all, with a fresh assertion for the issuer alone', async () => {
    const fake = fakeBailiwick()
    const agent = await fake.boot()
    expect(agent.taskId).toBe(TASK_ID)
    expect(agent.resources).toEqual([
      { uri: PAYMENTS, name: 'payments' },
      { uri: TICKETS, name: 'tickets' },
      { uri: MODELS, name: 'models' },
    ])
    expect(fake.sent).toHaveLength(1)
    const [sent] = fake.sent
    expect(sent).toMatchObject({ url: `${ISSUER}/oauth2/token-batch`, method: 'POST', redirect: 'manual' })
    expect(sent?.body).toMatchObject({
      items: 'all',
      subject_token: TASK_TOKEN,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    })
    expect(sent?.body).not.toHaveProperty('task_id')
    const assertion = String(sent?.body['client_assertion'])
    const now = fake.clock.nowMs() / 1000
    expect(decodeJwt(assertion)).toMatchObject({ iss: 'refund-agent', sub: 'refund-agent', aud: ISSUER, iat: now, exp: now + 60 })
    expect(decodeProtectedHeader(assertion)).toEqual({ alg: 'ES256', typ: 'client-authentication+jwt' })
  })

  it('shows a refused resource with its reason and still works with the others', async () => {
    const fake = fakeBailiwick()
    fake.answer('exchange', () => json(200, { task_id: TASK_ID, items: [granted(PAYMENTS, 'p'), refused(TICKETS, 'policy_denied')] }))
    const agent = await fake.boot()
    expect(agent.resources).toEqual([{ uri: PAYMENTS, name: undefined }])
    expect([...agent.denials]).toEqual([[TICKETS, { reason: 'policy_denied', message: 'The policy does not allow this call.', retryable: false }]])
    expect(await agent.token(PAYMENTS)).toBe(jws('p'))
    expect(await thrownBy(agent.token(TICKETS))).toMatchObject({ kind: 'denied', reason: 'policy_denied', resource: TICKETS, retryable: false })
    expect(fake.exchanges).toHaveLength(1)
    expect(agent.ended).toBeUndefined()
  })

  it('asks again for a resource that was refused because something was unavailable', async () => {
    const fake = fakeBailiwick()
    fake.answer('exchange', () => json(200, { task_id: TASK_ID, items: [granted(PAYMENTS, 'p'), refused(TICKETS, 'policy_unavailable')] }))
    const agent = await fake.boot()
    expect(agent.denials.get(TICKETS)).toMatchObject({ reason: 'policy_unavailable', retryable: true })
    fake.answer('exchange', fake.grant)
    expect(await agent.token(TICKETS)).toBe(jws('tickets-1'))
    expect(agent.denials.size).toBe(0)
  })

  it('asks again on request where a resource was refused', async () => {
    const fake = fakeBailiwick()
    fake.answer('exchange', () => json(200, { task_id: TASK_ID, items: [refused(TICKETS, 'held')] }))
    const agent = await fake.boot()
    fake.answer('exchange', fake.grant)
    expect(await agent.renew(TICKETS)).toBe(jws('tickets-1'))
    expect(await agent.token(TICKETS)).toBe(jws('tickets-1'))
  })

  it('throws the refusal of the agent as a whole, with reason and decision', async () => {
    const fake = fakeBailiwick()
    fake.answer('exchange', () => oauthError('task_revoked'))
    expect(await thrownBy(fake.boot())).toMatchObject({
      kind: 'denied',
      reason: 'task_revoked',
      decisionId: DECISION,
      retryable: false,
      denial: { message: 'The task was revoked.' },
    })
    expect(fake.sent).toHaveLength(1)
  })

  it('retries 503 and a broken connection with a fresh assertion each time, then boots', async () => {
    const fake = fakeBailiwick()
    const answers: (() => Response)[] = [
      () => oauthError('state_unavailable', 503),
      () => {
        throw Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) })
      },
    ]
    fake.answer('exchange', (sent) => answers.shift()?.() ?? fake.grant(sent))
    expect((await fake.boot()).taskId).toBe(TASK_ID)
    expect(fake.exchanges).toHaveLength(3)
    expect(new Set(fake.exchanges.map(({ body }) => decodeJwt(String(body['client_assertion'])).jti)).size).toBe(3)
  })

  it('takes a 5xx for an outage whatever it says: a proxy may have put the status there', async () => {
    const fake = fakeBailiwick()
    fake.answer('exchange', () => oauthError('task_revoked', 502))
    expect(await thrownBy(fake.boot({ patienceMs: 1 }))).toMatchObject({ kind: 'unavailable', reason: 'task_revoked', retryable: true })
    fake.answer('exchange', () => new Response('<html>', { status: 502 }))
    expect(await thrownBy(fake.boot({ patienceMs: 1 }))).toMatchObject({ kind: 'unavailable', reason: 'http_502', retryable: true })
  })

  it('gives up when its patience ends, and says what was unavailable', async () => {
    const fake = fakeBailiwick()
    fake.answer('exchange', () => oauthError('keys_unavailable', 503))
    const before = fake.clock.monotonicMs()
    const thrown = await thrownBy(fake.boot({ patienceMs: 3_000 }))
    expect(denialOf(thrown)).toMatchObject({ reason: 'keys_unavailable', decisionId: DECISION, retryable: true })
    expect(thrown).toMatchObject({
      kind: 'unavailable',
      reason: 'keys_unavailable',
      decisionId: DECISION,
      retryable: true,
    })
    expect(fake.clock.monotonicMs() - before).toBeLessThan(3_000)
    expect(fake.exchanges.length).toBeGreaterThan(2)
    expect(fake.exchanges.length).toBeLessThan(8)
  })

  it('waits at least as long as the server asks', async () => {
    const fake = fakeBailiwick()
    const pauses: number[] = []
    let down = true
    fake.answer('exchange', (sent) => {
      if (!down) return fake.grant(sent)
      down = false
      return json(503, { error: 'temporarily_unavailable' }, { 'retry-after': '4' })
    })
    await fake.boot({
      wait: (ms) => {
        pauses.push(ms)
        return Promise.resolve()
      },
    })
    expect(pauses).toEqual([4_000])
  })
})

describe("an agent on its workload's own identity", () => {
  const svid = jws('svid')
  const client = spiffeJwt({ fetchSvid: (audience) => Promise.resolve(audience === ISSUER ? svid : 'wrong audience') })

  it('shows its SVID as client and as subject, and renews in the task it started instead of starting another', async () => {
    const fake = fakeBailiwick()
    const agent = await fake.boot({ client, task: 'own' })
    await agent.renew('payments')
    const proof = { client_assertion: svid, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe', subject_token: svid }
    expect(fake.exchanges.map(({ body }) => body)).toMatchObject([
      { ...proof, items: 'all' },
      { ...proof, task_id: TASK_ID, items: [{ resource: PAYMENTS }] },
    ])
    expect(fake.exchanges[0]?.body).not.toHaveProperty('task_id')
  })

  it('reports a credential source that fails as unavailable, without the token in its complaint', async () => {
    const fake = fakeBailiwick()
    const broken = spiffeJwt({ fetchSvid: () => Promise.reject(new Error(`no identity issued for ${svid}`)) })
    const thrown = await thrownBy(fake.boot({ client: broken, task: 'own', patienceMs: 1 }))
    expect(thrown).toMatchObject({ kind: 'unavailable', reason: 'credential_unavailable', message: 'no JWT-SVID: no identity issued for [token]' })
    expect(fake.sent).toHaveLength(0)
  })

  it.each([
    ['nothing', ''],
    ['no JWT', 'not a jwt'],
    ['an SVID with a header behind it', `${svid}\r\nx: y`],
    ['two SVIDs in one', `${svid}.${svid}`],
    ['far too much', 'a'.repeat(20_000)],
  ])('sends nothing when the source gives %s', async (_what, given) => {
    const fake = fakeBailiwick()
    const odd = spiffeJwt({ fetchSvid: () => Promise.resolve(given) })
    expect(await thrownBy(fake.boot({ client: odd, task: 'own' }))).toMatchObject({ kind: 'misconfigured', reason: 'svid_malformed' })
    expect(fake.sent).toHaveLength(0)
  })
})

describe('what is wrong is said before anything is sent', () => {
  it.each([
    'http://bailiwick.example.com',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'ftp://127.0.0.1',
    'https://user:pw@bailiwick.example.com',
    'https://bailiwick.example.com/?a=b',
    'https://bailiwick.example.com/#x',
    'bailiwick.example.com',
    '',
  ])('refuses the issuer %j', async (issuer) => {
    const fake = fakeBailiwick()
    expect(await thrownBy(fake.boot({ issuer }))).toMatchObject({ kind: 'misconfigured', reason: 'issuer' })
    expect(fake.sent).toHaveLength(0)
  })

  it.each([
    'http://127.0.0.1:8420',
    'http://localhost:8420',
    'http://[::1]:8420',
    'https://bailiwick.example.com/tenant/',
    'https://bailiwick.example.com/tenant',
  ])('accepts the issuer %j', async (issuer) => {
    const fake = fakeBailiwick()
    const urls: string[] = []
    await fake.boot({
      issuer,
      fetch: (url, init) => {
        urls.push(url)
        return fake.fetch(`${ISSUER}/oauth2/token-batch`, init)
      },
    })
    expect(urls).toEqual([`${issuer.replace(/\/$/, '')}/oauth2/token-batch`])
  })

  it('refuses task: own with a key, a task without a token, and deadlines that are none', async () => {
    const fake = fakeBailiwick()
    expect(await thrownBy(fake.boot({ task: 'own' }))).toMatchObject({ kind: 'misconfigured', reason: 'task' })
    expect(await thrownBy(fake.boot({ task: { taskToken: '' } }))).toMatchObject({ kind: 'misconfigured', reason: 'task' })
    expect(await thrownBy(fake.boot({ timeoutMs: 0 }))).toMatchObject({ kind: 'misconfigured', reason: 'options' })
    expect(await thrownBy(fake.boot({ patienceMs: Number.NaN }))).toMatchObject({ kind: 'misconfigured', reason: 'options' })
    expect(fake.sent).toHaveLength(0)
  })

  it('refuses a public key, a symmetric algorithm and a name that is no client id', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = await exportJWK(publicKey)
    const misconfigured = expect.objectContaining({ kind: 'misconfigured' })
    expect(() => privateKeyJwt({ clientId: 'refund-agent', key: jwk })).toThrow(misconfigured)
    expect(() => privateKeyJwt({ clientId: 'refund-agent', key: { kty: 'oct', k: 'c2VjcmV0', alg: 'HS256', d: 'x' } })).toThrow(misconfigured)
    expect(() => privateKeyJwt({ clientId: 'not a client', key: privateKey })).toThrow(misconfigured)
    const wrongAlgorithm = privateKeyJwt({ clientId: 'refund-agent', key: privateKey, algorithm: 'RS256' })
    expect(await thrownBy(bootAgent({ issuer: ISSUER, client: wrongAlgorithm, task: { taskToken: TASK_TOKEN } }))).toMatchObject({ reason: 'client_key' })
  })

  it('signs with a JWK under its own kid and algorithm', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const client = privateKeyJwt({ clientId: 'refund-agent', key: { ...(await exportJWK(privateKey)), kid: 'k-1', alg: 'ES384' } })
    const { assertion } = await client.prove(ISSUER, 1)
    expect(decodeProtectedHeader(assertion)).toEqual({ alg: 'ES384', kid: 'k-1', typ: 'client-authentication+jwt' })
  })
})

describe('an answer that is not the contract', () => {
  const item = granted(PAYMENTS, 'p')
  const bodies: readonly [string, unknown][] = [
    ['no items', { task_id: TASK_ID }],
    ['no task', { items: [item] }],
    ['a task id that is none', { task_id: '../x', items: [item] }],
    ['an item without a resource', { task_id: TASK_ID, items: [{ ...item, resource: undefined }] }],
    ['the same resource twice', { task_id: TASK_ID, items: [item, item] }],
    ['a token that would break a header', { task_id: TASK_ID, items: [{ ...item, access_token: `${jws('x')}\r\nx-evil: 1` }] }],
    ['a token bound to a key', { task_id: TASK_ID, items: [{ ...item, token_type: 'DPoP' }] }],
    ['another kind of token', { task_id: TASK_ID, items: [{ ...item, issued_token_type: 'urn:ietf:params:oauth:token-type:id_token' }] }],
    ['a lifetime in words', { task_id: TASK_ID, items: [{ ...item, expires_in: '600' }] }],
    ['a lifetime without end', { task_id: TASK_ID, items: [{ ...item, expires_in: 1e300 }] }],
    ['a negative lifetime', { task_id: TASK_ID, items: [{ ...item, expires_in: -1 }] }],
    ['a list', [item]],
  ]
  it.each(bodies)('is refused: %s', async (_what, body) => {
    const fake = fakeBailiwick()
    fake.answer('exchange', () => json(200, body))
    expect(await thrownBy(fake.boot())).toMatchObject({ kind: 'protocol', reason: 'answer_malformed', retryable: false })
    expect(fake.sent).toHaveLength(1)
  })

  it('is refused when a renewal is answered for another task or another resource', async () => {
    const fake = fakeBailiwick()
    const agent = await fake.boot()
    fake.answer('exchange', () => json(200, { task_id: TASK_ID.replace(/1$/, '2'), items: [item] }))
    expect(await thrownBy(agent.renew('payments'))).toMatchObject({ kind: 'protocol', reason: 'another_task' })
    fake.answer('exchange', () => json(200, { task_id: TASK_ID, items: [granted(TICKETS, 't')] }))
    expect(await thrownBy(agent.renew('payments'))).toMatchObject({ kind: 'protocol', reason: 'answer_malformed' })
    expect(agent.ended).toBeUndefined()
  })

  it('is refused when it is a redirect, no JSON, or larger than any answer', async () => {
    const fake = fakeBailiwick()
    fake.answer('exchange', () => new Response(null, { status: 307, headers: { location: 'https://evil.example/' } }))
    expect(await thrownBy(fake.boot())).toMatchObject({ kind: 'protocol', reason: 'redirect_refused' })
    fake.answer('exchange', () => new Response('<html>'))
    expect(await thrownBy(fake.boot())).toMatchObject({ kind: 'protocol', reason: 'answer_malformed' })
    fake.answer('exchange', () => new Response('<html>', { status: 404 }))
    expect(await thrownBy(fake.boot())).toMatchObject({ kind: 'protocol', reason: 'http_404' })
    fake.answer('exchange', () => new Response(endless()))
    expect(await thrownBy(fake.boot())).toMatchObject({ kind: 'protocol', reason: 'answer_too_large' })
    expect(fake.sent).toHaveLength(4)
  })

  it('is given up when it does not come in time, also by a fetch that cannot be aborted', async () => {
    const fake = fakeBailiwick()
    const deaf = fake.boot({ fetch: () => new Promise(() => undefined), timeoutMs: 20, patienceMs: 1 })
    expect(await thrownBy(deaf)).toMatchObject({ kind: 'unavailable', reason: 'timeout', retryable: true })
  })
})

describe('an agent', () => {
  it('knows its resources by name and by URI, and says when it has none of that name', async () => {
    const agent = await fakeBailiwick().boot()
    expect(await agent.token('payments')).toBe(await agent.token(`${PAYMENTS}/`))
    expect(await thrownBy(agent.token('payroll'))).toMatchObject({ kind: 'misconfigured', reason: 'no_resource' })
    expect(await thrownBy(agent.token('payments', { scope: 'a"b' }))).toMatchObject({ kind: 'misconfigured', reason: 'scope' })
  })

  it('shares nothing with another agent', async () => {
    const fake = fakeBailiwick()
    const [one, two] = [await fake.boot(), await fake.boot({ client: CLIENT, task: { taskToken: jws('another-task') } })]
    expect(await one.token('payments')).not.toBe(await two.token('payments'))
  })
})

/** More than any answer may be. */
function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024).fill(0x20)) })
}
