import { chmodSync, readFileSync, readdirSync, renameSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CompactSign, SignJWT, calculateJwkThumbprint, compactVerify, exportJWK, generateKeyPair, importJWK } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Fault } from '@bailiwick/core'
import { testClock } from '@bailiwick/kit/clock'
import type { TestClock } from '@bailiwick/kit/clock'
import { openKeyRing } from '../src/index.ts'
import type { KeyRing } from '../src/index.ts'
import { ISSUER, NOW, PAYMENTS, encode, headerOf, payloadOf, refusal, runtimeClaims, tamper, taskClaims, temporaryFolder } from './fixtures.ts'

let clock: TestClock
let folder: ReturnType<typeof temporaryFolder>
let directory: string
let ring: KeyRing

const open = (): Promise<KeyRing> => openKeyRing({ directory, issuer: ISSUER, algorithm: 'ES256', clock })

beforeEach(async () => {
  clock = testClock()
  folder = temporaryFolder()
  directory = join(folder.path, 'keys')
  ring = await open()
})

afterEach(async () => {
  await ring.close()
  folder.remove()
})

function kidOf(token: string): string {
  const { kid } = headerOf(token)
  if (typeof kid !== 'string') throw new Error('no kid')
  return kid
}

describe('what is minted', () => {
  it('is a runtime token with exactly the claims of the design', async () => {
    const claims = runtimeClaims({ scope: ['refunds:write', 'refunds:read'], cnf: { jkt: 'thumb' } })
    const token = await ring.mintRuntimeToken(claims)
    expect(headerOf(token)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: kidOf(token) })
    expect(payloadOf(token)).toEqual({
      iss: ISSUER,
      sub: 'corp:alice',
      sub_id: { format: 'iss_sub', iss: 'https://idp.example.com', sub: 'alice' },
      aud: PAYMENTS,
      client_id: 'refund-agent',
      jti: 'jti-1',
      iat: NOW,
      exp: NOW + 600,
      task_id: claims.taskId,
      kep: [1, 42],
      scope: 'refunds:write refunds:read',
      act: { sub: 'client:refund-agent', client_id: 'refund-agent' },
      cnf: { jkt: 'thumb' },
    })
  })

  it('has no scope and no act claim when there are none', async () => {
    const { act: _, ...claims } = runtimeClaims()
    const payload = payloadOf(await ring.mintRuntimeToken(claims))
    expect(Object.keys(payload)).not.toContain('scope')
    expect(Object.keys(payload)).not.toContain('act')
  })

  it('is a task token for our issuer alone', async () => {
    const token = await ring.mintTaskToken(taskClaims())
    expect(headerOf(token)['typ']).toBe('task+jwt')
    expect(payloadOf(token)['aud']).toBe(ISSUER)
  })

  it('verifies with the published key set in another library call', async () => {
    const token = await ring.mintRuntimeToken(runtimeClaims())
    const [jwk] = ring.jwks().keys
    const { payload } = await compactVerify(token, await importJWK({ ...jwk }, 'ES256'))
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(payloadOf(token))
  })

  it('comes back as the claims that went in', async () => {
    const claims = runtimeClaims({ scope: ['a', 'b'], act: { sub: 'client:b', act: { sub: 'client:a', client_id: 'a', sub_profile: 'ai_agent' } } })
    const token = await ring.mintRuntimeToken(claims)
    expect(await ring.verifyRuntimeToken(token, NOW)).toEqual({ ok: true, value: { ...claims, typ: 'at+jwt', kid: kidOf(token) } })
    const task = taskClaims()
    const taskToken = await ring.mintTaskToken(task)
    expect(await ring.verifyTaskToken(taskToken, NOW)).toEqual({ ok: true, value: { ...task, typ: 'task+jwt', kid: kidOf(taskToken) } })
  })

  it('is never a token of another issuer, without an end, or for ourselves', async () => {
    await expect(ring.mintRuntimeToken(runtimeClaims({ iss: 'https://other.example' }))).rejects.toThrow(TypeError)
    await expect(ring.mintRuntimeToken(runtimeClaims({ exp: NOW }))).rejects.toThrow(TypeError)
    await expect(ring.mintRuntimeToken(runtimeClaims({ exp: Number.NaN }))).rejects.toThrow(TypeError)
    await expect(ring.mintRuntimeToken(runtimeClaims({ exp: NOW + 8 * 86_400 }))).rejects.toThrow(TypeError)
    await expect(ring.mintRuntimeToken(runtimeClaims({ aud: ISSUER }))).rejects.toThrow(TypeError)
  })

  it('never turns one scope into two', async () => {
    for (const scope of ['read write', '', 'a\n', 'a"b']) await expect(ring.mintRuntimeToken(runtimeClaims({ scope: [scope] }))).rejects.toThrow(TypeError)
  })

  it('can be RS256 where the configuration says so', async () => {
    const rsa = await openKeyRing({ directory: join(folder.path, 'rsa'), issuer: ISSUER, algorithm: 'RS256', clock })
    const token = await rsa.mintRuntimeToken(runtimeClaims())
    expect(headerOf(token)['alg']).toBe('RS256')
    expect(await rsa.verifyRuntimeToken(token, NOW)).toMatchObject({ ok: true })
  })
})

describe('what is refused', () => {
  it('each kind of our token in the place of the other, cached or not', async () => {
    const runtime = await ring.mintRuntimeToken(runtimeClaims())
    const task = await ring.mintTaskToken(taskClaims())
    for (let time = 0; time < 2; time += 1) {
      expect(await refusal(ring.verifyTaskToken(runtime, NOW))).toBe('token_invalid typ_refused')
      expect(await refusal(ring.verifyRuntimeToken(task, NOW))).toBe('token_invalid typ_refused')
      expect(await ring.verifyRuntimeToken(runtime, NOW)).toMatchObject({ ok: true })
      expect(await ring.verifyTaskToken(task, NOW)).toMatchObject({ ok: true })
    }
  })

  it('a token truncated at any place', async () => {
    const token = await ring.mintRuntimeToken(runtimeClaims())
    await ring.verifyRuntimeToken(token, NOW)
    for (let length = 0; length < token.length; length += 1) {
      expect((await ring.verifyRuntimeToken(token.slice(0, length), NOW)).ok).toBe(false)
    }
  })

  it('every other spelling of the signature', async () => {
    const token = await ring.mintRuntimeToken(runtimeClaims())
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    for (const last of alphabet) {
      const other = token.slice(0, -1) + last
      if (other !== token) expect((await ring.verifyRuntimeToken(other, NOW)).ok).toBe(false)
    }
    for (const other of [`${token}=`, `${token}\n`, ` ${token}`, token.replace('.', '\n.'), `${token}.`, token.replaceAll('-', '+')]) {
      if (other !== token) expect((await ring.verifyRuntimeToken(other, NOW)).ok).toBe(false)
    }
  })

  it('an unsigned token, alg none and an HMAC with our public key', async () => {
    const token = await ring.mintRuntimeToken(runtimeClaims())
    const [header = '', payload = ''] = token.split('.')
    expect(await refusal(ring.verifyRuntimeToken(`${header}.${payload}.`, NOW))).toBe('token_invalid signature_absent')
    const none = encode(JSON.stringify({ ...headerOf(token), alg: 'none' }))
    expect((await ring.verifyRuntimeToken(`${none}.${payload}.`, NOW)).ok).toBe(false)
    expect(await refusal(ring.verifyRuntimeToken(`${none}.${payload}.AAAA`, NOW))).toBe('token_invalid algorithm_refused')
    for (const secret of [JSON.stringify(ring.jwks().keys[0]), String(ring.jwks().keys[0]?.['x'])]) {
      const forged = await new CompactSign(new TextEncoder().encode(JSON.stringify(payloadOf(token))))
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: kidOf(token) })
        .sign(new TextEncoder().encode(secret.padEnd(32, ' ')))
      expect(await refusal(ring.verifyRuntimeToken(forged, NOW))).toBe('token_invalid algorithm_refused')
    }
  })

  it('a key that the token brings along, an unknown kid, no kid, and a strange kid', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const sign = (header: Record<string, unknown>): Promise<string> =>
      new SignJWT(payloadOf(good)).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', ...header }).sign(privateKey)
    const good = await ring.mintRuntimeToken(runtimeClaims())
    const kid = kidOf(good)
    expect(await refusal(ring.verifyRuntimeToken(await sign({ kid, jwk: await exportJWK(publicKey) }), NOW))).toBe('token_invalid header_refused')
    for (const name of ['jku', 'x5u'])
      expect(await refusal(ring.verifyRuntimeToken(await sign({ kid, [name]: 'https://evil.example' }), NOW))).toBe('token_invalid header_refused')
    expect(await refusal(ring.verifyRuntimeToken(await sign({ kid: 'other' }), NOW))).toBe('token_invalid unknown_key')
    expect(await refusal(ring.verifyRuntimeToken(await sign({}), NOW))).toBe('token_invalid unknown_key')
    expect(await refusal(ring.verifyRuntimeToken(await sign({ kid: '../../etc/passwd' }), NOW))).toBe('token_invalid unknown_key')
    expect(await refusal(ring.verifyRuntimeToken(await sign({ kid: '__proto__' }), NOW))).toBe('token_invalid unknown_key')
    expect(await refusal(ring.verifyRuntimeToken(await sign({ kid }), NOW))).toBe('token_invalid bad_signature')
  })

  it('a blank signature of zeros', async () => {
    const [header, payload] = (await ring.mintRuntimeToken(runtimeClaims())).split('.')
    const blank = Buffer.alloc(64).toString('base64url')
    expect(await refusal(ring.verifyRuntimeToken(`${header}.${payload}.${blank}`, NOW))).toBe('token_invalid bad_signature')
  })

  it('a changed payload, also after the true one was cached', async () => {
    const token = await ring.mintRuntimeToken(runtimeClaims())
    await ring.verifyRuntimeToken(token, NOW)
    const widened = tamper(token, 1, (claims) => ({ ...claims, aud: 'https://payroll.example.com/mcp' }))
    expect(await refusal(ring.verifyRuntimeToken(widened, NOW))).toBe('token_invalid bad_signature')
  })

  it('an encrypted token, a token of four parts and one of many megabytes', async () => {
    expect(await refusal(ring.verifyRuntimeToken('a.b.c.d.e', NOW))).toBe('token_invalid encrypted')
    expect(await refusal(ring.verifyRuntimeToken('a.b.c.d', NOW))).toBe('token_invalid not_three_segments')
    expect(await refusal(ring.verifyRuntimeToken('A'.repeat(20_000_000), NOW))).toBe('token_invalid too_large')
    expect(await refusal(ring.verifyRuntimeToken('', NOW))).toBe('token_invalid not_three_segments')
  })

  it('a token of another Bailiwick with the same key files', async () => {
    const other = await openKeyRing({ directory, issuer: 'https://other.example', algorithm: 'ES256', clock })
    const token = await other.mintRuntimeToken(runtimeClaims({ iss: 'https://other.example' }))
    expect(await refusal(ring.verifyRuntimeToken(token, NOW))).toBe('token_invalid foreign_issuer')
  })

  it('a token signed by us that lacks a claim or mistypes one', async () => {
    const kid = kidOf(await ring.mintRuntimeToken(runtimeClaims()))
    const file = JSON.parse(readFileSync(join(directory, `${kid}.json`), 'utf8'))
    const key = await importJWK(file.jwk, 'ES256')
    const good = payloadOf(await ring.mintRuntimeToken(runtimeClaims()))
    const sign = (payload: unknown): Promise<string> =>
      new CompactSign(new TextEncoder().encode(typeof payload === 'string' ? payload : JSON.stringify(payload)))
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
        .sign(key)
    expect(await ring.verifyRuntimeToken(await sign(good), NOW)).toMatchObject({ ok: true })
    for (const name of ['iss', 'sub', 'sub_id', 'aud', 'client_id', 'jti', 'iat', 'exp', 'task_id', 'kep']) {
      const { [name]: _, ...rest } = good
      expect([name, await refusal(ring.verifyRuntimeToken(await sign(rest), NOW))]).toEqual([name, 'token_invalid claims_malformed'])
    }
    const wrong: Record<string, unknown>[] = [
      { aud: [PAYMENTS] },
      { aud: '' },
      { aud: ISSUER },
      { kep: [1] },
      { kep: [1, '42'] },
      { exp: NOW + 0.5 },
      { scope: '' },
      { scope: 'a  b' },
      { act: { sub: '' } },
      { act: 'client:x' },
      { act: { sub: 'a', admin: true } },
      { cnf: {} },
      { cnf: { jwk: {} } },
    ]
    for (const change of wrong) {
      expect([change, await refusal(ring.verifyRuntimeToken(await sign({ ...good, ...change }), NOW))]).toEqual([change, 'token_invalid claims_malformed'])
    }
    expect(await refusal(ring.verifyRuntimeToken(await sign({ ...good, exp: NOW + 30 * 86_400 }), NOW))).toBe('token_invalid lifetime_refused')
    const twice = JSON.stringify(good).replace('{', '{"aud":"https://payroll.example.com/mcp",')
    expect(await refusal(ring.verifyRuntimeToken(await sign(twice), NOW))).toBe('token_invalid payload_not_json')
  })

  it('an ended token and one from the future, by the time that is passed in, cached or not', async () => {
    const token = await ring.mintRuntimeToken(runtimeClaims())
    expect(await refusal(ring.verifyRuntimeToken(token, NOW + 600))).toBe('token_expired')
    expect(await ring.verifyRuntimeToken(token, NOW + 599)).toMatchObject({ ok: true })
    expect(await refusal(ring.verifyRuntimeToken(token, NOW + 600))).toBe('token_expired')
    expect(await refusal(ring.verifyRuntimeToken(token, NOW - 6))).toBe('token_invalid from_the_future')
    expect(await ring.verifyRuntimeToken(token, NOW - 5)).toMatchObject({ ok: true })
  })

  it('changes to the claims one caller was given', async () => {
    const token = await ring.mintRuntimeToken(runtimeClaims())
    const first = await ring.verifyRuntimeToken(token, NOW)
    if (!first.ok) throw new Error('refused')
    expect(() => Object.assign(first.value, { aud: 'x' })).toThrow(TypeError)
    expect(() => Object.assign(first.value.act ?? {}, { sub: 'x' })).toThrow(TypeError)
  })
})

describe('the key files', () => {
  it('are private, one per key, named by the RFC 7638 thumbprint', async () => {
    const [name = ''] = readdirSync(directory)
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600)
    const { jwk } = JSON.parse(readFileSync(join(directory, name), 'utf8'))
    expect(name).toBe(`${await calculateJwkThumbprint(jwk)}.json`)
  })

  it('publish no private member', () => {
    expect(ring.jwks().keys.map((key) => Object.keys(key).toSorted())).toEqual([['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']])
  })

  it('are used again by the next process', async () => {
    const token = await ring.mintRuntimeToken(runtimeClaims())
    const again = await open()
    expect(again.jwks()).toEqual(ring.jwks())
    expect(await again.verifyRuntimeToken(token, NOW)).toMatchObject({ ok: true })
  })

  it('are refused at the start when others may read them, or the folder', async () => {
    const [name = ''] = readdirSync(directory)
    chmodSync(join(directory, name), 0o640)
    await expect(open()).rejects.toThrow(TypeError)
    chmodSync(join(directory, name), 0o600)
    chmodSync(directory, 0o750)
    await expect(open()).rejects.toThrow(TypeError)
    chmodSync(directory, 0o700)
    await expect(open()).resolves.toBeDefined()
  })

  it('are refused when linked, renamed, broken or made for another kid', async () => {
    const [name = ''] = readdirSync(directory)
    const path = join(directory, name)
    const content = readFileSync(path, 'utf8')
    const file = JSON.parse(content)
    const cases = [
      '{',
      '{}',
      JSON.stringify({ ...file, kid: 'x' }),
      JSON.stringify({ ...file, alg: 'HS256' }),
      JSON.stringify({ ...file, active_at: '1' }),
      content.replace('{', '{"kid":"a",'),
    ]
    for (const broken of cases) {
      writeFileSync(path, broken)
      await expect(open()).rejects.toThrow(TypeError)
    }
    writeFileSync(path, content)
    renameSync(path, join(folder.path, 'elsewhere.json'))
    symlinkSync(join(folder.path, 'elsewhere.json'), path)
    await expect(open()).rejects.toThrow(TypeError)
  })

  it('that were unreadable for a moment are tried again', async () => {
    const token = await ring.mintRuntimeToken(runtimeClaims())
    const path = join(directory, `${kidOf(token)}.json`)
    chmodSync(path, 0o644)
    clock.advance(1_000)
    expect(await refusal(ring.verifyRuntimeToken(token, NOW))).toBe('token_invalid unknown_key')
    expect(await ring.health()).toBe('no_signing_key')
    chmodSync(path, 0o600)
    clock.advance(1_000)
    expect(await ring.verifyRuntimeToken(token, NOW)).toMatchObject({ ok: true })
    expect(await ring.health()).toBeUndefined()
  })

  it('that are not keys do not disturb', async () => {
    writeFileSync(join(directory, 'README'), 'x')
    writeFileSync(join(directory, '.half.tmp'), '{')
    expect((await open()).jwks()).toEqual(ring.jwks())
  })
})

describe('rotation', () => {
  it('publishes the new key at once, signs with it later and keeps the old one to the end of its last token', async () => {
    const before = kidOf(await ring.mintRuntimeToken(runtimeClaims()))
    const { kid } = await ring.rotate(NOW)
    expect(ring.jwks().keys.map((key) => key['kid'])).toEqual([before, kid].toSorted())
    expect(kidOf(await ring.mintRuntimeToken(runtimeClaims()))).toBe(before)
    clock.advance(599_000)
    expect(kidOf(await ring.mintRuntimeToken(runtimeClaims()))).toBe(before)
    clock.advance(1_000)
    const last = await ring.mintTaskToken(taskClaims({ iat: NOW + 599, exp: NOW + 599 + 7 * 86_400 }))
    expect(kidOf(last)).toBe(kid)
    expect(ring.jwks().keys).toHaveLength(2)
    clock.advance(7 * 86_400_000 + 4_000)
    expect(ring.jwks().keys).toHaveLength(2)
    clock.advance(1_000)
    expect(ring.jwks().keys.map((key) => key['kid'])).toEqual([kid])
  })

  it('goes on accepting tokens of the retired key, and refuses them once it is no longer published', async () => {
    const short = await openKeyRing({ directory, issuer: ISSUER, algorithm: 'ES256', clock, maxLifetimeSeconds: 1_000, publishAheadSeconds: 10 })
    const token = await short.mintRuntimeToken(runtimeClaims({ exp: NOW + 1_000 }))
    await short.rotate(NOW)
    expect(await short.verifyRuntimeToken(token, NOW + 999)).toMatchObject({ ok: true })
    expect(await refusal(short.verifyRuntimeToken(token, NOW + 10 + 1_005))).toBe('token_invalid unknown_key')
  })

  it('by a second process is seen without a restart', async () => {
    const second = await open()
    const { kid } = await second.rotate(NOW)
    clock.advance(600_000)
    const token = await second.mintRuntimeToken(runtimeClaims({ iat: NOW + 600, exp: NOW + 1200 }))
    expect(kidOf(token)).toBe(kid)
    expect(await ring.verifyRuntimeToken(token, NOW + 600)).toMatchObject({ ok: true })
    expect(kidOf(await ring.mintRuntimeToken(runtimeClaims()))).toBe(kid)
  })

  it('by a second process is seen at once when a token names the new key', async () => {
    const second = await openKeyRing({ directory, issuer: ISSUER, algorithm: 'ES256', clock, publishAheadSeconds: 0 })
    await second.rotate(NOW)
    const token = await second.mintRuntimeToken(runtimeClaims())
    expect(await ring.verifyRuntimeToken(token, NOW)).toMatchObject({ ok: true })
  })

  it('removes key files whose tokens have all ended', async () => {
    await ring.rotate(NOW)
    expect(readdirSync(directory)).toHaveLength(2)
    clock.advance(8 * 86_400_000)
    await ring.rotate(NOW + 8 * 86_400)
    expect(readdirSync(directory)).toHaveLength(2)
  })

  it('asked for again while a key waits for its turn is the same rotation', async () => {
    const first = await ring.rotate(NOW)
    expect(await ring.rotate(NOW + 1)).toEqual(first)
    expect(await (await open()).rotate(NOW + 599)).toEqual(first)
    expect(readdirSync(directory)).toHaveLength(2)
    expect((await ring.rotate(NOW + 600)).kid).not.toBe(first.kid)
  })

  it('in a loop ends in a fault of the rotation, not of every token', async () => {
    const eager = await openKeyRing({ directory, issuer: ISSUER, algorithm: 'ES256', clock, publishAheadSeconds: 0 })
    const token = await eager.mintRuntimeToken(runtimeClaims())
    for (let count = 1; count < 32; count += 1) await eager.rotate(NOW)
    await expect(eager.rotate(NOW)).rejects.toMatchObject({ name: 'Fault', code: 'too_many_keys' })
    expect(await eager.verifyRuntimeToken(token, NOW)).toMatchObject({ ok: true })
    expect(await eager.verifyRuntimeToken(await eager.mintRuntimeToken(runtimeClaims()), NOW)).toMatchObject({ ok: true })
  })

  it('twice at once leaves one signing key and every token valid', async () => {
    const second = await open()
    await Promise.all([ring.rotate(NOW), second.rotate(NOW)])
    clock.advance(600_000)
    const [a, b] = [
      await ring.mintRuntimeToken(runtimeClaims({ iat: NOW + 600, exp: NOW + 900 })),
      await second.mintRuntimeToken(runtimeClaims({ iat: NOW + 600, exp: NOW + 900 })),
    ]
    expect(kidOf(a)).toBe(kidOf(b))
    expect(await second.verifyRuntimeToken(a, NOW + 600)).toMatchObject({ ok: true })
    expect(await ring.verifyRuntimeToken(b, NOW + 600)).toMatchObject({ ok: true })
  })
})

describe('a compromised key', () => {
  it('that was removed ends its tokens within a second, cached ones too', async () => {
    const token = await ring.mintRuntimeToken(runtimeClaims())
    expect(await ring.verifyRuntimeToken(token, NOW)).toMatchObject({ ok: true })
    unlinkSync(join(directory, `${kidOf(token)}.json`))
    clock.advance(1_000)
    expect(await refusal(ring.verifyRuntimeToken(token, NOW))).toBe('token_invalid unknown_key')
    expect(await refusal(ring.verifyRuntimeToken(token, NOW))).toBe('token_invalid unknown_key')
    expect(ring.jwks().keys).toEqual([])
  })

  it('leaves no key to sign with, which is a fault and not an older key; rotating makes one that signs at once', async () => {
    const before = kidOf(await ring.mintRuntimeToken(runtimeClaims()))
    const { kid } = await ring.rotate(NOW)
    clock.advance(600_000)
    unlinkSync(join(directory, `${kid}.json`))
    clock.advance(1_000)
    await expect(ring.mintRuntimeToken(runtimeClaims())).rejects.toMatchObject({ name: 'Fault', dependency: 'keys', code: 'no_signing_key' })
    expect(await ring.health()).toBe('no_signing_key')
    const emergency = await ring.rotate(NOW + 601)
    const token = await ring.mintRuntimeToken(runtimeClaims())
    expect(kidOf(token)).toBe(emergency.kid)
    expect(kidOf(token)).not.toBe(before)
    expect(await ring.health()).toBeUndefined()
  })

  it('hands over at once to a key that was already published', async () => {
    const before = kidOf(await ring.mintRuntimeToken(runtimeClaims()))
    const { kid } = await ring.rotate(NOW)
    unlinkSync(join(directory, `${before}.json`))
    clock.advance(1_000)
    expect(kidOf(await ring.mintRuntimeToken(runtimeClaims()))).toBe(kid)
  })

  it('does not come back through a rotation that was under way', async () => {
    const before = kidOf(await ring.mintRuntimeToken(runtimeClaims()))
    const rotating = ring.rotate(NOW)
    unlinkSync(join(directory, `${before}.json`))
    await rotating
    expect(readdirSync(directory)).not.toContain(`${before}.json`)
  })
})

it('is a fault, not a refusal and not an answer from memory, when the key directory cannot be read', async () => {
  const token = await ring.mintRuntimeToken(runtimeClaims())
  await ring.verifyRuntimeToken(token, NOW)
  renameSync(directory, `${directory}.away`)
  clock.advance(1_000)
  await expect(ring.verifyRuntimeToken(token, NOW)).rejects.toThrow(Fault)
  await expect(ring.mintRuntimeToken(runtimeClaims())).rejects.toThrow(Fault)
  expect(await ring.health()).toBe('key_directory_unreadable')
  renameSync(`${directory}.away`, directory)
  expect(await ring.verifyRuntimeToken(token, NOW)).toMatchObject({ ok: true })
})

it('keeps the cache bounded and correct when it overflows', async () => {
  const small = await openKeyRing({ directory, issuer: ISSUER, algorithm: 'ES256', clock, cacheEntries: 2 })
  const tokens = await Promise.all(['a', 'b', 'c', 'd'].map((jti) => small.mintRuntimeToken(runtimeClaims({ jti }))))
  for (const token of [...tokens, ...tokens])
    expect(await small.verifyRuntimeToken(token, NOW)).toMatchObject({ ok: true, value: { jti: payloadOf(token)['jti'] } })
})
