import { afterEach, describe, expect, it } from 'vitest'
import { deadlineIn } from '@bailiwick/core'
import type { ProfileSourceConfig } from '@bailiwick/config'
import { testClock } from '@bailiwick/kit/clock'
import { cacheKey, configHash } from '../src/cache-key.ts'
import { createEnricher } from '../src/index.ts'
import { alice, httpSource, openSetting, user, withoutActive } from './fixture.ts'
import type { Setting } from './fixture.ts'

type Static = Extract<ProfileSourceConfig, { readonly type: 'static' }>

const staticSource = (change: Partial<Static> = {}): Static => ({
  name: 'limits',
  type: 'static',
  required: true,
  issuers: [],
  attributes: { refund_limit_cents: 'refund_limit_cents' },
  ttlSeconds: 60,
  staleWhileRevalidateSeconds: 0,
  staleIfErrorSeconds: 0,
  negativeTtlSeconds: 0,
  timeoutMs: 300,
  onError: 'deny',
  subjects: { 'corp:alice': { refund_limit_cents: 5000 } },
  ...change,
})

let setting: Setting | undefined
afterEach(async () => {
  await setting?.close()
  setting = undefined
})

describe('several sources', () => {
  it('are joined, each with its own age', async () => {
    setting = await openSetting((directory) => [httpSource(directory), staticSource()])
    await setting.ask()
    setting.clock.advance(1000)
    expect(await setting.ask()).toMatchObject({
      profile: {
        attributes: { tier: 1, department: 'support', refund_limit_cents: 5000 },
        roles: ['tier-1-support'],
        meta: { directory: { ageMs: 1000, stale: false }, limits: { stale: false } },
      },
    })
  })

  it('deny when one that is required fails, though the other answers', async () => {
    setting = await openSetting((directory) => [staticSource(), httpSource(directory)])
    setting.directory.behave({ status: 503 })
    expect(await setting.ask()).toEqual({ reason: 'profile_unavailable', detail: 'directory: source_status' })
  })

  it('answer what is known for certain: a disabled account comes before a source that fails', async () => {
    setting = await openSetting((directory) => [
      withoutActive(httpSource(directory)),
      staticSource({ active: 'enabled', subjects: { 'corp:alice': { enabled: false } } }),
    ])
    setting.directory.behave({ status: 503 })
    expect(await setting.ask()).toEqual({ reason: 'account_disabled', detail: 'limits' })
  })

  it('may not own one attribute together', () => {
    expect(() => createEnricher({ sources: [staticSource(), staticSource({ name: 'other' })], clock: testClock() })).toThrow(
      new TypeError('attribute "refund_limit_cents" is owned by "limits" and "other"'),
    )
  })
})

describe('who is covered', () => {
  it.each(['agent', 'workload'] as const)('an %s has the empty profile, even under the name of a person', async (kind) => {
    setting = await openSetting((directory) => [httpSource(directory)])
    expect(await setting.ask({ ...alice, kind })).toEqual({ profile: { attributes: {}, roles: [], meta: {} }, trace: [] })
    expect(setting.directory.requests).toEqual([])
  })

  it('a source with issuers is asked about their users alone', async () => {
    setting = await openSetting((directory) => [httpSource(directory, { issuers: ['corp'] })])
    expect(await setting.ask(user('alice', 'partner'))).toEqual({ profile: { attributes: {}, roles: [], meta: {} }, trace: [] })
    expect(await setting.ask()).toMatchObject({ profile: { attributes: { tier: 1 } } })
  })

  it.each(['constructor', '__proto__', 'toString'])('a static source knows nobody called %s', async (sub) => {
    const clock = testClock()
    const enricher = createEnricher({ sources: [staticSource()], clock })
    expect(await enricher.enrich({ ...alice, sub }, deadlineIn(clock, 100))).toMatchObject({ ok: false, denial: { reason: 'profile_not_found' } })
  })
})

it('a map to a base role is refused at creation', () => {
  const roles = { from: 'groups', map: { admins: 'operator' } }
  expect(() => createEnricher({ sources: [staticSource({ roles })], clock: testClock() })).toThrow(TypeError)
})

describe('the key of the cache', () => {
  const ref = { sub: 'corp:alice', iss: 'https://corp.example.com', alias: 'corp', id: 'alice' }

  it('differs for every part, and for the same letters divided otherwise', () => {
    const keys = [
      cacheKey('c', ref),
      cacheKey('d', ref),
      cacheKey('c', { ...ref, iss: ref.iss + 'c', sub: 'orp:alice' }),
      cacheKey('c', { ...ref, sub: 'corp:alicia' }),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('differs for another configuration of the source', () => {
    expect(configHash(staticSource())).not.toBe(configHash(staticSource({ attributes: { refund_limit_cents: 'other' } })))
  })
})

it('after close nothing is asked any more', async () => {
  setting = await openSetting((directory) => [httpSource(directory)])
  await setting.enricher.close()
  expect(await setting.ask()).toMatchObject({ reason: 'profile_unavailable' })
})
