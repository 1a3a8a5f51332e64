import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DirectoryMode } from '@bailiwick/kit/directory-server'
import { aliceDocument, httpSource, openSetting, user } from './fixture.ts'
import type { Setting } from './fixture.ts'

let setting: Setting
beforeEach(async () => {
  setting = await openSetting((directory) => [httpSource(directory)])
})
afterEach(() => setting.close())

describe('an answer of the directory', () => {
  it('becomes the listed attributes and the mapped roles, and nothing else', async () => {
    expect(await setting.ask()).toEqual({
      profile: { attributes: { tier: 1, department: 'support' }, roles: ['tier-1-support'], meta: { directory: { ageMs: 0, stale: false } } },
      trace: [{ source: 'directory', outcome: 'fresh', ageMs: 0, etag: '"alice-1"' }],
    })
  })

  it('of 404 is profile_not_found', async () => {
    expect(await setting.ask(user('mallory'))).toEqual({ reason: 'profile_not_found', detail: 'directory' })
  })

  it('with active false is account_disabled', async () => {
    setting.directory.users.set('alice', { ...aliceDocument, active: false })
    expect(await setting.ask()).toEqual({ reason: 'account_disabled', detail: 'directory' })
  })

  it.each([
    ['"true"', 'true'],
    ['1', 1],
    ['null', null],
    ['a list', [true]],
  ] as const)('with active %s says nothing about the account, and denies', async (_, active) => {
    setting.directory.users.set('alice', { ...aliceDocument, active })
    expect(await setting.ask()).toEqual({ reason: 'profile_unavailable', detail: 'directory: source_answer_unfit' })
  })

  it('without the active flag denies', async () => {
    const { active: _active, ...rest } = aliceDocument
    setting.directory.users.set('alice', rest)
    expect(await setting.ask()).toEqual({ reason: 'profile_unavailable', detail: 'directory: source_answer_unfit' })
  })

  it('leaves an attribute out that it does not have, or has as null', async () => {
    setting.directory.users.set('alice', { ...aliceDocument, tier: null, profile: {} })
    expect(await setting.ask()).toMatchObject({ profile: { attributes: {}, roles: ['tier-1-support'] } })
  })

  it('makes no role of a value the map does not list, not even of a member every object has', async () => {
    setting.directory.users.set('alice', { ...aliceDocument, groups: ['admin', 'operator', 'constructor', 'toString', '__proto__'] })
    expect(await setting.ask()).toMatchObject({ profile: { roles: [] } })
  })

  it('with a list of groups that is not a list of texts denies, instead of answering with fewer roles', async () => {
    setting.directory.users.set('alice', { ...aliceDocument, groups: ['tier-1', { name: 'tier-1' }] })
    expect(await setting.ask()).toEqual({ reason: 'profile_unavailable', detail: 'directory: source_answer_unfit' })
  })

  it('with an attribute longer than one may be denies, instead of cutting it', async () => {
    setting.directory.users.set('alice', { ...aliceDocument, tier: 'x'.repeat(2000) })
    expect(await setting.ask()).toEqual({ reason: 'profile_unavailable', detail: 'directory: source_answer_unfit' })
  })

  const bad: readonly (readonly [string, DirectoryMode, string])[] = [
    ['a frozen source', 'freeze', 'source_timeout'],
    ['a cut connection', 'drop', 'source_unreachable'],
    ['500', { status: 500 }, 'source_status'],
    ['401 to a source without credentials', { status: 401 }, 'source_status'],
    ['201', { status: 201 }, 'source_status'],
    ['204', { status: 204 }, 'source_status'],
    ['a page to sign in', 'html', 'source_content_type'],
    ['a redirect', 'redirect', 'source_status'],
    ['somebody else', 'wrong_subject', 'source_wrong_subject'],
    ['a huge body', 'huge', 'source_answer_too_large'],
    ['broken JSON', 'invalid_json', 'source_answer_malformed'],
    ['a key twice', 'duplicate_key', 'source_answer_malformed'],
    ['a list', 'list', 'source_answer_malformed'],
  ]
  it.each(bad)('%s is profile_unavailable, and the source is used again once it is well', async (_, mode, code) => {
    setting.directory.behave(mode)
    expect(await setting.ask()).toEqual({ reason: 'profile_unavailable', detail: `directory: ${code}` })
    setting.directory.thaw()
    setting.clock.advance(10_000)
    expect(await setting.ask()).toMatchObject({ profile: { attributes: { tier: 1 } } })
  })

  it('of a redirect is never followed', async () => {
    setting.directory.behave('redirect')
    await setting.ask()
    expect(setting.directory.requests.map(({ path }) => path)).toEqual(['/users/alice'])
  })
})

describe('an id', () => {
  it.each(['..', '.', ''])('of "%s" is never sent: it would address another place', async (id) => {
    expect(await setting.ask(user(id))).toMatchObject({ reason: 'profile_not_found' })
    expect(setting.directory.requests).toEqual([])
  })

  it('with separators stays one part of the path', async () => {
    await setting.ask(user('../admin?x=1#y'))
    expect(setting.directory.requests.map(({ path }) => path)).toEqual(['/users/..%2Fadmin%3Fx%3D1%23y'])
  })

  it('with a colon is sent whole', async () => {
    setting.directory.users.set('a:b', { ...aliceDocument, id: 'a:b' })
    expect(await setting.ask(user('a:b'))).toMatchObject({ profile: { attributes: { tier: 1 } } })
  })
})
