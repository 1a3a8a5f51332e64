import { afterEach, beforeEach, expect, it } from 'vitest'
import { clientCredentials, httpSource, openSetting, user } from './fixture.ts'
import type { Setting } from './fixture.ts'

const TOKEN_FAILED = { reason: 'profile_unavailable', detail: 'directory: source_token_unavailable' }

let setting: Setting
beforeEach(async () => {
  setting = await openSetting((directory) => {
    directory.requireToken()
    return [httpSource(directory, { authentication: clientCredentials(directory) })]
  })
})
afterEach(() => setting.close())

it('gets one token for all subjects and sends it', async () => {
  await Promise.all([setting.ask(), setting.ask(user('bob')), setting.ask(user('carol'))])
  expect(await setting.ask(user('dora'))).toMatchObject({ reason: 'profile_not_found' })
  expect(setting.directory.tokenRequests).toBe(1)
  expect(new Set(setting.directory.requests.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer directory-token-1']))
})

it('gets another token before the first one ends', async () => {
  setting.directory.behaveToken({ expiresIn: 100 })
  await setting.ask()
  setting.clock.advance(91_000)
  expect(await setting.ask()).toMatchObject({ profile: { attributes: { tier: 1 } } })
  expect(setting.directory.tokenRequests).toBe(2)
})

it('gets another token when the source refuses a revoked one, and answers the same question', async () => {
  await setting.ask()
  setting.directory.revokeTokens()
  expect(await setting.ask(user('alice', 'other'))).toMatchObject({ profile: { attributes: { tier: 1 } } })
  expect(setting.directory.tokenRequests).toBe(2)
})

it.each(['drop', 'html', { status: 500 }, { status: 401 }] as const)(
  'denies while the token endpoint answers %j, leaves it alone for a moment, and recovers',
  async (mode) => {
    setting.directory.behaveToken(mode)
    expect(await setting.ask()).toEqual(TOKEN_FAILED)
    const asked = setting.directory.tokenRequests
    expect(await setting.ask(user('bob'))).toEqual(TOKEN_FAILED)
    expect(setting.directory.tokenRequests).toBe(asked)
    setting.directory.thaw()
    setting.clock.advance(15_000)
    expect(await setting.ask()).toMatchObject({ profile: { attributes: { tier: 1 } } })
  },
)

it('denies in time while the token endpoint is frozen, and uses the token that comes late', async () => {
  setting.directory.behaveToken('freeze')
  expect(await setting.ask()).toEqual({ reason: 'profile_unavailable', detail: 'directory: source_timeout' })
  setting.directory.thaw()
  await expect.poll(() => setting.ask(user('bob'))).toMatchObject({ reason: 'profile_not_found' })
  expect(setting.directory.tokenRequests).toBe(1)
})

it('says nothing of a secret or a token in a denial', async () => {
  setting.directory.behaveToken({ status: 401 })
  expect(JSON.stringify(await setting.ask())).not.toContain(setting.directory.client.secret)
})
