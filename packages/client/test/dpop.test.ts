// An agent with a key of its own: what it asks for, what it shows with each call, and what it refuses to take instead.
import { createHash, subtle } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { decodeJwt, decodeProtectedHeader, EmbeddedJWK, jwtVerify } from 'jose'
import { dpopKey } from '../src/index.ts'
import type { Agent, DpopKey } from '../src/index.ts'
import { fakeBailiwick, granted, invalidToken, ISSUER, json, PAYMENTS, TASK_ID, thrownBy } from './fake-bailiwick.ts'
import type { FakeBailiwick, Sent } from './fake-bailiwick.ts'

let key: DpopKey
beforeAll(async () => {
  key = await dpopKey()
})

let issued = 0
const bound = (type = 'DPoP'): Response => {
  issued += 1
  return json(200, { task_id: TASK_ID, items: [{ ...granted(PAYMENTS, `bound-${issued}`), token_type: type, resource_name: 'payments' }] })
}

async function boot(): Promise<{ readonly fake: FakeBailiwick; readonly agent: Agent }> {
  const fake = fakeBailiwick()
  fake.answer('exchange', () => bound())
  return { fake, agent: await fake.boot({ dpop: key }) }
}

const proofOf = (sent: Sent | undefined): string => sent?.headers.get('dpop') ?? ''

describe('an agent with a key', () => {
  it('asks for bound tokens with a proof for the token endpoint', async () => {
    const { fake } = await boot()
    const proof = proofOf(fake.exchanges[0])
    expect(decodeProtectedHeader(proof)).toEqual({ alg: 'ES256', typ: 'dpop+jwt', jwk: expect.not.objectContaining({ d: expect.anything() }) })
    const { payload } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt', currentDate: new Date(fake.clock.nowMs()) })
    expect(payload).toEqual({ htm: 'POST', htu: `${ISSUER}/oauth2/token-batch`, iat: Math.floor(fake.clock.nowMs() / 1000), jti: expect.any(String) })
  })

  it('shows its token under the scheme DPoP, with a proof for exactly this request', async () => {
    const { fake, agent } = await boot()
    await agent.fetch(`${PAYMENTS}?session=1#x`, { method: 'post', body: '{}', headers: { dpop: 'of somebody else' } })
    const [call] = fake.calls
    const token = await agent.token('payments')
    expect(call?.headers.get('authorization')).toBe(`DPoP ${token}`)
    const { payload } = await jwtVerify(proofOf(call), EmbeddedJWK, { currentDate: new Date(fake.clock.nowMs()) })
    expect(payload).toMatchObject({ htm: 'POST', htu: PAYMENTS, ath: createHash('sha256').update(token).digest('base64url') })
  })

  it('never shows one proof twice: not in the next call, and not in the second try of one', async () => {
    const { fake, agent } = await boot()
    let refused = 0
    fake.answer('resource', () => (refused++ === 1 ? invalidToken() : json(200, {})))
    await agent.fetch(PAYMENTS)
    await agent.fetch(PAYMENTS)
    await Promise.all([agent.fetch(PAYMENTS), agent.fetch(PAYMENTS)])
    const ids = fake.sent.map((sent) => decodeJwt(proofOf(sent)).jti)
    expect(fake.calls.length).toBe(5)
    expect(new Set(ids).size).toBe(ids.length)
    const [, first, second] = fake.calls
    expect(decodeJwt(proofOf(second))['ath']).not.toBe(decodeJwt(proofOf(first))['ath'])
  })

  it('takes no bearer token in place of a bound one, and without a key no bound one', async () => {
    const withKey = fakeBailiwick()
    withKey.answer('exchange', () => bound('Bearer'))
    expect(await thrownBy(withKey.boot({ dpop: key }))).toMatchObject({ kind: 'protocol', reason: 'answer_malformed' })
    const without = fakeBailiwick()
    without.answer('exchange', () => bound('DPoP'))
    expect(await thrownBy(without.boot())).toMatchObject({ kind: 'protocol', reason: 'answer_malformed' })
  })

  it('without a key sends no proof that a library put there', async () => {
    const fake = fakeBailiwick()
    const agent = await fake.boot()
    await agent.fetch(PAYMENTS, { headers: { dpop: 'x' } })
    expect(fake.calls[0]?.headers.has('dpop')).toBe(false)
    expect(fake.exchanges[0]?.headers.has('dpop')).toBe(false)
  })
})

describe('a key', () => {
  it('may be one the agent has already', async () => {
    const keyPair = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
    const own = await dpopKey({ keyPair })
    const proof = await own.prove({ method: 'GET', url: PAYMENTS, nowSeconds: 1 })
    expect(decodeProtectedHeader(proof).alg).toBe('ES256')
    expect(own.thumbprint).not.toBe(key.thumbprint)
  })

  it('is refused where a private key stands in the place of the public one, or cannot sign so', async () => {
    const keyPair = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
    const swapped = { publicKey: keyPair.privateKey, privateKey: keyPair.privateKey }
    expect(await thrownBy(dpopKey({ keyPair: swapped }))).toMatchObject({ kind: 'misconfigured', reason: 'dpop_key' })
    const wrong = await dpopKey({ keyPair, algorithm: 'PS256' })
    expect(await thrownBy(wrong.prove({ method: 'GET', url: PAYMENTS, nowSeconds: 1 }))).toMatchObject({ kind: 'misconfigured', reason: 'dpop_key' })
  })
})
