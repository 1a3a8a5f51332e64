import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { nowSeconds } from '@bailiwick/core'
import { testClock } from '@bailiwick/kit/clock'
import { openKeyRing, openPublishedKeys } from '../src/index.ts'
import type { KeyRing, TokenVerifier } from '../src/index.ts'
import { ISSUER, runtimeClaims, temporaryFolder } from './fixtures.ts'

const clock = testClock()
const folder = temporaryFolder()
let ring: KeyRing
let stranger: KeyRing
const open: TokenVerifier[] = []

beforeAll(async () => {
  ring = await openKeyRing({ directory: join(folder.path, 'keys'), issuer: ISSUER, algorithm: 'ES256', clock })
  stranger = await openKeyRing({ directory: join(folder.path, 'other'), issuer: ISSUER, algorithm: 'ES256', clock })
})
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})
afterAll(() => folder.remove())

function verifier(fetch: () => Promise<unknown>): { readonly keys: TokenVerifier; readonly asked: () => number; readonly reported: string[] } {
  let asked = 0
  const reported: string[] = []
  const keys = openPublishedKeys({
    issuer: ISSUER,
    clock,
    fetch: async () => {
      asked += 1
      const set = await fetch()
      return Buffer.from(typeof set === 'string' ? set : JSON.stringify(set))
    },
    report: (code) => reported.push(code),
  })
  open.push(keys)
  return { keys, asked: () => asked, reported }
}

const token = (signer = ring): Promise<string> => {
  const iat = nowSeconds(clock)
  return signer.mintRuntimeToken(runtimeClaims({ iat, exp: iat + 3_600 }))
}

describe('a process that verifies with the published set', () => {
  it('accepts what a signing one made, and asks once for many', async () => {
    const { keys, asked } = verifier(async () => ring.jwks())
    const made = await token()
    for (let n = 0; n < 5; n++) expect(await keys.verifyRuntimeToken(made, nowSeconds(clock))).toMatchObject({ ok: true })
    expect(asked()).toBe(1)
    expect(await keys.health()).toBeUndefined()
  })

  it('refuses a token of a key that is not in it, after looking again once per cool-down', async () => {
    const { keys, asked } = verifier(async () => ring.jwks())
    await keys.health()
    clock.advance(6_000)
    const foreign = await token(stranger)
    for (let n = 0; n < 5; n++)
      expect(await keys.verifyRuntimeToken(foreign, nowSeconds(clock))).toMatchObject({ ok: false, denial: { detail: 'unknown_key' } })
    expect(asked()).toBe(2)
  })

  it('refuses a cached token once its key left the set', async () => {
    let set: unknown = ring.jwks()
    const { keys } = verifier(async () => set)
    const made = await token()
    expect(await keys.verifyRuntimeToken(made, nowSeconds(clock))).toMatchObject({ ok: true })
    set = stranger.jwks()
    clock.advance(6_000)
    await keys.verifyRuntimeToken(await token(stranger), nowSeconds(clock))
    expect(await keys.verifyRuntimeToken(made, nowSeconds(clock))).toMatchObject({ ok: false, denial: { detail: 'unknown_key' } })
  })

  it('goes on for five minutes while the set cannot be had, then does not know whose tokens are ours', async () => {
    let away = false
    const { keys } = verifier(async () => (away ? Promise.reject(new Error('no route')) : ring.jwks()))
    const made = await token()
    expect(await keys.verifyRuntimeToken(made, nowSeconds(clock))).toMatchObject({ ok: true })
    away = true
    clock.advance(299_000)
    expect(await keys.verifyRuntimeToken(made, nowSeconds(clock))).toMatchObject({ ok: true })
    clock.advance(2_000)
    await expect(keys.verifyRuntimeToken(made, nowSeconds(clock))).rejects.toMatchObject({ dependency: 'keys', code: 'key_set_unreachable' })
    expect(await keys.health()).toBe('key_set_unreachable')
    away = false
    clock.advance(6_000)
    expect(await keys.verifyRuntimeToken(made, nowSeconds(clock))).toMatchObject({ ok: true })
  })

  it.each([
    ['is not JSON', '<html>', 'key_set_not_json'],
    ['holds a private key', { keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', d: 'AA', kid: 'one', alg: 'ES256', use: 'sig' }] }, 'key_set_private_key'],
    ['holds nothing to use', { keys: [] }, 'key_set_no_usable_key'],
  ])('never puts a set that %s in the place of a good one', async (_what, bad, code) => {
    let set: unknown = ring.jwks()
    const { keys, reported } = verifier(async () => set)
    const made = await token()
    await keys.verifyRuntimeToken(made, nowSeconds(clock))
    set = bad
    clock.advance(6_000)
    await keys.verifyRuntimeToken(await token(stranger), nowSeconds(clock)).catch(() => undefined)
    expect(reported).toEqual([code])
    expect(await keys.verifyRuntimeToken(made, nowSeconds(clock))).toMatchObject({ ok: true })
  })
})
