import { afterEach, expect, it } from 'vitest'
import { deadlineIn } from '@bailiwick/core'
import { startDirectoryServer } from '@bailiwick/kit/directory-server'
import type { DirectoryServer } from '@bailiwick/kit/directory-server'
import { testClock } from '@bailiwick/kit/clock'
import { createEnricher } from '../src/index.ts'
import type { ProfileEnricher, SourceRead } from '../src/index.ts'
import { alice, aliceDocument, httpSource, user } from './fixture.ts'

const clock = testClock()
let directory: DirectoryServer
let enricher: ProfileEnricher | undefined
afterEach(async () => {
  await enricher?.close()
  await directory.close()
})

it('tells of each source how its answer came, remembered ones included, and never about whom', async () => {
  directory = await startDirectoryServer({ alice: aliceDocument })
  const reads: SourceRead[] = []
  const other = { ...httpSource(directory), name: 'other', required: false, attributes: { manager: 'profile.manager' }, url: 'http://127.0.0.1:1/{id}' }
  const { active: _active, roles: _roles, ...lenient } = { ...other, onError: 'omit' as const }
  enricher = createEnricher({ sources: [httpSource(directory), lenient], clock, observe: (read) => reads.push(read) })
  const ask = async (who = alice): Promise<string> => {
    const result = await enricher?.enrich(who, deadlineIn(clock, 5_000))
    return result?.ok === true ? 'ok' : (result?.denial.reason ?? 'none')
  }
  expect(await ask()).toBe('ok')
  expect(await ask()).toBe('ok')
  expect(await ask(user('nobody'))).toBe('profile_not_found')
  const outcomes = (source: string): readonly string[] => reads.filter((read) => read.source === source).map(({ outcome }) => outcome)
  expect(outcomes('directory')).toEqual(['fresh', 'cached', 'absent'])
  expect(outcomes('other')).toEqual(['failed', 'failed', 'failed'])
  expect(reads.every(({ ms }) => ms >= 0)).toBe(true)
  expect(JSON.stringify(reads)).not.toMatch(/alice|nobody/)
})
