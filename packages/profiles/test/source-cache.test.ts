import { afterEach, describe, expect, it } from 'vitest'
import type { ProfileSourceConfig } from '@bailiwick/config'
import type { DirectoryServer } from '@bailiwick/kit/directory-server'
import { aliceDocument, httpSource, openSetting, user, withoutActive } from './fixture.ts'
import type { Setting } from './fixture.ts'

const UNAVAILABLE = { reason: 'profile_unavailable' }

let setting: Setting | undefined
afterEach(async () => {
  await setting?.close()
  setting = undefined
})
const open = async (config: (directory: DirectoryServer) => ProfileSourceConfig): Promise<Setting> => {
  setting = await openSetting((directory) => [config(directory)])
  return setting
}
const reads = ({ directory }: Setting): number => directory.requests.length

describe('with an active flag', () => {
  it('an answer is used up to its ttl without another read', async () => {
    const at = await open((directory) => httpSource(directory))
    await at.ask()
    at.clock.advance(48_000)
    expect(await at.ask()).toMatchObject({ trace: [{ outcome: 'cached', ageMs: 48_000 }] })
    expect(reads(at)).toBe(1)
  })

  it('an answer near its end is read again in the background, so that nobody waits', async () => {
    const at = await open((directory) => httpSource(directory))
    await at.ask()
    at.clock.advance(50_000)
    expect(await at.ask()).toMatchObject({ trace: [{ outcome: 'cached', ageMs: 50_000 }] })
    await expect.poll(() => at.ask()).toMatchObject({ trace: [{ outcome: 'cached', ageMs: 0 }] })
    expect(reads(at)).toBe(2)
  })

  it('an older answer is never used: a disabled account is seen at once', async () => {
    const at = await open((directory) => httpSource(directory))
    await at.ask()
    at.directory.users.set('alice', { ...aliceDocument, active: false })
    at.clock.advance(60_001)
    expect(await at.ask()).toMatchObject({ reason: 'account_disabled' })
  })

  it('an older answer is not used when the source fails, whatever stale times say', async () => {
    const at = await open((directory) => httpSource(directory))
    await at.ask()
    at.directory.behave({ status: 500 })
    at.clock.advance(60_001)
    expect(await at.ask()).toMatchObject(UNAVAILABLE)
  })

  it('a wall clock stepped forward ages it; one stepped back does not make it younger', async () => {
    const at = await open((directory) => httpSource(directory))
    await at.ask()
    at.directory.behave({ status: 500 })
    at.clock.stepWall(-3_600_000)
    at.clock.advance(60_001)
    expect(await at.ask()).toMatchObject(UNAVAILABLE)
    at.directory.thaw()
    at.clock.advance(10_000)
    await at.ask()
    at.directory.behave({ status: 500 })
    at.clock.stepWall(61_000)
    expect(await at.ask()).toMatchObject(UNAVAILABLE)
  })

  it('an optional source still denies when it fails: a failure must not enable an account', async () => {
    const at = await open((directory) => httpSource(directory, { required: false, onError: 'omit' }))
    at.directory.behave({ status: 500 })
    expect(await at.ask()).toMatchObject(UNAVAILABLE)
  })
})

describe('without an active flag', () => {
  it('an answer past its ttl is used while it is read again', async () => {
    const at = await open((directory) => withoutActive(httpSource(directory)))
    await at.ask()
    at.clock.advance(360_000)
    expect(await at.ask()).toMatchObject({ profile: { meta: { directory: { ageMs: 360_000, stale: true } } }, trace: [{ outcome: 'stale' }] })
    await expect.poll(() => at.ask()).toMatchObject({ trace: [{ outcome: 'cached', ageMs: 0 }] })
  })

  it('an answer past that is read again first', async () => {
    const at = await open((directory) => withoutActive(httpSource(directory)))
    await at.ask()
    at.clock.advance(360_001)
    expect(await at.ask()).toMatchObject({ trace: [{ outcome: 'fresh', ageMs: 0 }] })
  })

  it('an answer is used when the source fails, up to the hard end', async () => {
    const at = await open((directory) => withoutActive(httpSource(directory)))
    await at.ask()
    at.directory.behave({ status: 500 })
    at.clock.advance(960_000)
    expect(await at.ask()).toMatchObject({ trace: [{ outcome: 'stale', ageMs: 960_000 }] })
    at.clock.advance(1)
    expect(await at.ask()).toMatchObject(UNAVAILABLE)
  })

  it('404 ends what was remembered: it is an answer, not a failure', async () => {
    const at = await open((directory) => withoutActive(httpSource(directory)))
    await at.ask()
    at.directory.users.delete('alice')
    at.clock.advance(360_001)
    expect(await at.ask()).toMatchObject({ reason: 'profile_not_found' })
  })

  it('an optional source that fails is left out, its attributes absent and not empty', async () => {
    const at = await open((directory) => withoutActive(httpSource(directory, { required: false, onError: 'omit' })))
    at.directory.behave({ status: 500 })
    expect(await at.ask()).toEqual({ profile: { attributes: {}, roles: [], meta: {} }, trace: [{ source: 'directory', outcome: 'omitted', ageMs: 0 }] })
  })
})

it('"no such subject" is remembered for the negative ttl and no longer', async () => {
  const at = await open((directory) => httpSource(directory))
  await at.ask(user('bob'))
  at.directory.users.set('bob', { ...aliceDocument, id: 'bob' })
  at.clock.advance(4999)
  expect(await at.ask(user('bob'))).toMatchObject({ reason: 'profile_not_found' })
  expect(reads(at)).toBe(1)
  at.clock.advance(1)
  expect(await at.ask(user('bob'))).toMatchObject({ profile: { attributes: { tier: 1 } } })
})

it('one read serves a hundred who ask at once', async () => {
  const at = await open((directory) => httpSource(directory))
  const answers = await Promise.all(Array.from({ length: 100 }, () => at.ask()))
  expect(answers.every((answer) => 'profile' in answer)).toBe(true)
  expect(reads(at)).toBe(1)
})

it('over a thousand who wait for one subject, the rest is refused at once', async () => {
  const at = await open((directory) => httpSource(directory))
  at.directory.behave('freeze')
  const answers = Array.from({ length: 1001 }, () => at.ask())
  expect(await answers[1000]).toEqual({ reason: 'profile_unavailable', detail: 'directory: source_busy' })
  at.directory.thaw()
  expect(await answers[999]).toMatchObject({ profile: { attributes: { tier: 1 } } })
})

it('a read slower than the decision answers profile_unavailable at the deadline, goes on, and fills the memory', async () => {
  const at = await open((directory) => httpSource(directory, { timeoutMs: 5000 }))
  at.directory.behave('freeze')
  expect(await at.ask(undefined, 30)).toEqual({ reason: 'profile_unavailable', detail: 'directory: source_deadline' })
  at.directory.thaw()
  await expect.poll(() => at.ask(undefined, 30)).toMatchObject({ profile: { attributes: { tier: 1 } } })
  expect(reads(at)).toBe(1)
})

it('a frozen source is soon left alone: requests do not pile up, and one probe finds it well again', async () => {
  const at = await open((directory) => httpSource(directory, { timeoutMs: 40 }))
  at.directory.behave('freeze')
  for (let n = 0; n < 5; n += 1) await at.ask(user(`user-${n}`))
  expect(await at.ask(user('user-5'))).toEqual({ reason: 'profile_unavailable', detail: 'directory: source_paused' })
  expect(await at.enricher.health()).toBe('not answering: directory')
  expect(reads(at)).toBe(5)
  at.directory.thaw()
  at.clock.advance(1000)
  expect(await at.ask()).toMatchObject({ profile: { attributes: { tier: 1 } } })
  expect(await at.enricher.health()).toBeUndefined()
})

it('after a pause one probe goes out, not everybody', async () => {
  const at = await open((directory) => httpSource(directory, { timeoutMs: 40 }))
  at.directory.behave('freeze')
  for (let n = 0; n < 5; n += 1) await at.ask(user(`user-${n}`))
  at.clock.advance(1000)
  await Promise.all(Array.from({ length: 20 }, (_, n) => at.ask(user(`late-${n}`))))
  expect(reads(at)).toBe(6)
})

it('at most 64 reads are under way at one source', async () => {
  const at = await open((directory) => httpSource(directory, { timeoutMs: 5000 }))
  at.directory.behave('freeze')
  const answers = Array.from({ length: 65 }, (_, n) => at.ask(user(`user-${n}`)))
  expect(await answers[64]).toEqual({ reason: 'profile_unavailable', detail: 'directory: source_busy' })
  await expect.poll(() => reads(at)).toBe(64)
})

it('a 429 stops the reads for as long as it says', async () => {
  const at = await open((directory) => httpSource(directory))
  at.directory.behave({ status: 429, headers: { 'retry-after': '7' } })
  await at.ask()
  at.directory.thaw()
  at.clock.advance(6999)
  expect(await at.ask()).toEqual({ reason: 'profile_unavailable', detail: 'directory: source_paused' })
  at.clock.advance(1)
  expect(await at.ask()).toMatchObject({ profile: { attributes: { tier: 1 } } })
})

it("one subject's broken entry stops no other subject's reads, and is not read on every call", async () => {
  const at = await open((directory) => httpSource(directory))
  at.directory.users.set('mallory', { id: 'mallory', active: 'broken' })
  for (let n = 0; n < 20; n += 1) expect(await at.ask(user('mallory'))).toMatchObject(UNAVAILABLE)
  expect(reads(at)).toBe(1)
  expect(await at.ask()).toMatchObject({ profile: { attributes: { tier: 1 } } })
})

it('invalidate forgets the subject, and what was being read meanwhile is not kept', async () => {
  const at = await open((directory) => httpSource(directory, { timeoutMs: 5000 }))
  at.directory.behave('freeze')
  const early = at.ask()
  await expect.poll(() => reads(at)).toBe(1)
  at.enricher.invalidate('corp:alice')
  at.directory.thaw()
  await early
  at.directory.users.set('alice', { ...aliceDocument, active: false })
  expect(await at.ask()).toMatchObject({ reason: 'account_disabled' })
  at.directory.users.set('alice', aliceDocument)
  at.enricher.invalidate('corp:alice')
  expect(await at.ask()).toMatchObject({ profile: { attributes: { tier: 1 } } })
})

it('the same id at two issuers is two subjects', async () => {
  const at = await open((directory) => httpSource(directory))
  await at.ask()
  await at.ask(user('alice', 'partner'))
  expect(reads(at)).toBe(2)
})
