import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { testClock } from '@bailiwick/kit/clock'
import { openKeyRing, readKeyStates } from '../src/index.ts'
import { ISSUER, NOW, temporaryFolder } from './fixtures.ts'

let folder: ReturnType<typeof temporaryFolder>
let directory: string
beforeEach(() => {
  folder = temporaryFolder()
  directory = join(folder.path, 'keys')
})
afterEach(() => folder.remove())

const WEEK = 7 * 86_400 + 5
const states = (nowSeconds: number): readonly string[] | undefined => readKeyStates({ directory, nowSeconds })?.keys.map((key) => key.state)

it('says nothing of a directory that is not there, and does not make it', () => {
  expect(readKeyStates({ directory, nowSeconds: NOW })).toBeUndefined()
  expect(readdirSync(folder.path)).toEqual([])
})

it('tells next, active, retired and spent apart as the ring does', async () => {
  const ring = await openKeyRing({ directory, issuer: ISSUER, algorithm: 'ES256', clock: testClock() })
  expect(states(NOW)).toEqual(['active'])
  const { kid } = await ring.rotate(NOW)
  await ring.close()
  const [next, active] = readKeyStates({ directory, nowSeconds: NOW })?.keys ?? []
  expect(next).toEqual({ kid, algorithm: 'ES256', state: 'next', createdAt: NOW, activeAt: NOW + 600 })
  expect(active).toMatchObject({ state: 'active', activeAt: NOW, retiresAt: NOW + 600, verifiesUntil: NOW + 600 + WEEK })
  expect(states(NOW + 599)).toEqual(['next', 'active'])
  expect(states(NOW + 600)).toEqual(['active', 'retired'])
  expect(states(NOW + 600 + WEEK)).toEqual(['active', 'spent'])
})

it('names the files that are no keys, and hands out nothing private', async () => {
  await (await openKeyRing({ directory, issuer: ISSUER, algorithm: 'ES256', clock: testClock() })).close()
  const broken = `${'A'.repeat(43)}.json`
  writeFileSync(join(directory, broken), '{}', { mode: 0o600 })
  const read = readKeyStates({ directory, nowSeconds: NOW })
  expect(read?.refused).toEqual([broken])
  expect(JSON.stringify(read)).not.toContain('"d"')
  expect(Object.keys(read?.keys[0] ?? {})).toEqual(['kid', 'algorithm', 'state', 'createdAt', 'activeAt'])
})
